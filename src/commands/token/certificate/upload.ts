import {Args} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {certificateToken, tokenWishes} from '../../../cli/flags/certificate-token.js'
import {readInputBytes} from '../../../cli/input-text.js'
import {readCertificate} from '../../../lib/ca/shared/certificate.js'
import type {EnrolledToken} from '../../../lib/services/ca/tokens.js'

export default class TokenCertificateUpload extends AppCommand<typeof TokenCertificateUpload> {
  static override summary = 'Keep a certificate that was made elsewhere as a token.'
  static override description = 'Such a token has no CA here: revoking it locks the token only.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> alice.pem --user alice', description: 'For a user'},
  ]
  static override args = {
    certificate: Args.string({
      description: 'file with the certificate, PEM or DER; - for the standard input',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override flags = certificateToken

  async run(): Promise<EnrolledToken> {
    const {pem} = readCertificate(await readInputBytes(this.args.certificate))
    const token = await this.withApp(async (app) => {
      const uploaded = await (await app.certificateTokens()).upload(pem, tokenWishes(this.flags))
      await app.audit({action: 'CLI token certificate upload', info: '', serial: uploaded.serial})
      return uploaded
    })
    this.log(`Enrolled ${token.serial}: certificate for ${token.facts?.subject}, until ${token.facts?.notAfter}.`)
    return token
  }
}
