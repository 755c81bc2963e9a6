import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {caKey, caName, passphraseFrom} from '../../cli/flags/ca.js'
import {readInputText} from '../../cli/input-text.js'
import {writeOutputFile} from '../../cli/output-file.js'
import {showCertificate, type ShownCertificate} from '../../lib/ca/shared/inspect.js'
import {checkAttestation} from '../../lib/services/ca/attestation.js'

interface Result {
  ca: string
  state: 'issued' | 'pending'
  requestId?: number
  message?: string
  certificate?: string
  facts?: ShownCertificate
  files?: readonly string[]
}

export default class CaIssue extends AppCommand<typeof CaIssue> {
  static override summary = 'Have a certificate request signed.'
  static override description =
    'The request (PKCS#10, PEM or DER) must be signed with its own key. What comes into the certificate is decided by ' +
    'the template, or by --days and --extensions (a section of the openssl configuration). With --attestation, the ' +
    'certificate of the device that made the key (e.g. a Yubikey) must be for the same key and lead to a trusted CA.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> myCA host.csr -o host.pem',
      description: 'A server certificate for a year',
    },
    {command: '<%= config.bin %> <%= command.id %> myCA - --template user < alice.csr', description: 'By a template'},
    {
      command:
        '<%= config.bin %> <%= command.id %> myCA key.csr --attestation attest.pem --attestation-ca /etc/privacyidea/trusted_attestation_ca',
      description: 'Only for a key made in a device',
    },
  ]
  static override args = {
    name: caName,
    request: Args.string({
      description: 'file with the request, - for the standard input',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override flags = {
    ...caKey,
    attestation: Flags.string({description: 'certificate of the device that made the key', helpValue: 'FILE'}),
    'attestation-ca': Flags.string({
      default: ['/etc/privacyidea/trusted_attestation_ca'],
      description: 'folder with the chains that are trusted for it',
      helpValue: 'DIR',
      multiple: true,
    }),
    days: Flags.integer({description: 'validity in days (default: 365)', helpValue: 'N', min: 1}),
    extensions: Flags.string({description: 'section with the extensions (default: server)', helpValue: 'SECTION'}),
    out: Flags.string({char: 'o', description: 'write the certificate into this file', helpValue: 'FILE'}),
    template: Flags.string({char: 't', description: 'template of the CA', helpValue: 'NAME'}),
  }

  async run(): Promise<Result> {
    const {attestation, days, extensions, out, template, wait} = this.flags
    const request = await readInputText(this.args.request)
    const result = await this.withApp(async (app) => {
      if (attestation !== undefined) {
        await checkAttestation(request, await readInputText(attestation), this.flags['attestation-ca'])
      }
      const options = {template, days, extensions, waitSeconds: wait, passphrase: passphraseFrom(this.flags)}
      const signed = await (await app.authorities()).issue(this.args.name, request, options)
      const what =
        signed.state === 'issued' ? showCertificate(signed.certificate).serial : `request ${signed.requestId}`
      await app.audit({action: 'CLI ca issue', info: `${signed.ca} ${what}`})
      return signed
    })
    if (result.state === 'pending') {
      this.log(`The request ${result.requestId} is pending: ${result.message}.`)
      return result
    }
    if (out !== undefined) await writeOutputFile(out, result.certificate)
    const facts = showCertificate(result.certificate)
    if (out === undefined && !this.jsonEnabled()) process.stdout.write(result.certificate)
    this.notice(`Issued ${facts.serial} for ${facts.subject}, valid until ${facts.notAfter}.`)
    return {...result, facts}
  }
}
