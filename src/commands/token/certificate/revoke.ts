import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {caKey, passphraseFrom} from '../../../cli/flags/ca.js'
import {yes} from '../../../cli/flags/confirm.js'
import {dryRun} from '../../../cli/flags/dry-run.js'
import {revocationReasons} from '../../../lib/ca/shared/reasons.js'

interface Result {
  serial: string
  certificate?: string
  ca?: string
  crl?: string
  dryRun?: boolean
}

export default class TokenCertificateRevoke extends AppCommand<typeof TokenCertificateRevoke> {
  static override summary = 'Revoke a certificate token: lock it, revoke its certificate, make a new CRL.'
  static override description =
    'The token is locked first, so that it is out of use whatever the CA does. If the CA fails, the command ends with ' +
    'status 7 and can be repeated.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> CRT0001A2B3 --reason keyCompromise --yes', description: 'At once'},
  ]
  static override args = {
    serial: Args.string({description: 'serial of the token', ignoreStdin: true, required: true}),
  }
  static override flags = {
    ...caKey,
    'dry-run': dryRun,
    reason: Flags.option({options: revocationReasons, default: 'unspecified' as const, description: 'why'})(),
    yes,
  }

  async run(): Promise<Result> {
    const {reason, wait} = this.flags
    return this.withApp(async (app) => {
      const tokens = await app.certificateTokens()
      const {certificate: number, ca} = await tokens.facts(this.args.serial)
      if (this.flags['dry-run']) {
        this.log(`Would revoke ${this.args.serial}${ca === undefined ? '' : `, certificate ${number} of ${ca}`}.`)
        return {serial: this.args.serial, dryRun: true, ...(ca !== undefined && {ca, certificate: number ?? ''})}
      }
      await this.confirm(`Revoke token ${this.args.serial}, for ever?`, this.flags.yes)
      const use = {reason, waitSeconds: wait, passphrase: passphraseFrom(this.flags)}
      const revoked = await tokens.revoke(this.args.serial, use)
      await app.audit({
        action: 'CLI token certificate revoke',
        info: `${revoked.ca ?? 'no CA'} ${revoked.certificate ?? ''} ${reason}`,
        serial: revoked.serial,
      })
      this.log(`Revoked ${revoked.serial}.`)
      if (revoked.ca === undefined) this.notice('Its certificate was made elsewhere, and is not revoked there.')
      else this.log(`Revoked certificate ${revoked.certificate} of ${revoked.ca} (${reason}).`)
      return revoked
    })
  }
}
