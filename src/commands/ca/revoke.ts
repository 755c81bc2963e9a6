import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {caKey, caName, passphraseFrom} from '../../cli/flags/ca.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {readInputBytes} from '../../cli/input-text.js'
import {PiError} from '../../lib/errors.js'
import {revocationReasons} from '../../lib/ca/shared/reasons.js'

interface Result {
  ca: string
  serial: string
  reason: string
  crl?: string
  dryRun?: boolean
}

export default class CaRevoke extends AppCommand<typeof CaRevoke> {
  static override summary = 'Revoke a certificate, and make a new CRL.'
  static override description =
    'For the certificate of a token use "token certificate revoke", which also locks the token.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> myCA 1002 --reason keyCompromise', description: 'By serial number'},
    {command: '<%= config.bin %> <%= command.id %> myCA --certificate host.pem --yes', description: 'By its file'},
  ]
  static override args = {
    name: caName,
    serial: Args.string({description: 'serial number, hexadecimal', ignoreStdin: true}),
  }
  static override flags = {
    ...caKey,
    certificate: Flags.string({description: 'the certificate, instead of its serial number', helpValue: 'FILE'}),
    crl: Flags.boolean({allowNo: true, default: true, description: 'make a new CRL at once'}),
    'dry-run': dryRun,
    reason: Flags.option({
      options: revocationReasons,
      default: 'unspecified' as const,
      description: 'why',
    })(),
    yes,
  }

  async run(): Promise<Result> {
    const {crl, reason, wait} = this.flags
    const serial = await this.#serial()
    return this.withApp(async (app) => {
      const authorities = await app.authorities()
      const ca = await authorities.get(this.args.name)
      if (this.flags['dry-run']) {
        const {revocable} = await import('../../lib/services/ca/revocable.js')
        const subject = await revocable(authorities, ca.name, serial)
        this.log(`Would revoke ${serial} (${subject}) of ${ca.name}.`)
        return {ca: ca.name, serial, reason, dryRun: true}
      }
      await this.confirm(`Revoke certificate ${serial} of ${ca.name}?`, this.flags.yes)
      const use = {reason, crl, waitSeconds: wait, passphrase: passphraseFrom(this.flags)}
      const revoked = await authorities.revoke(ca.name, serial, use)
      await app.audit({action: 'CLI ca revoke', info: `${revoked.ca} ${revoked.serial} ${reason}`})
      this.log(`Revoked ${revoked.serial} of ${revoked.ca} (${reason}).`)
      if (revoked.crl !== undefined) this.log(`The CRL ${revoked.crl} was created.`)
      return revoked
    })
  }

  async #serial(): Promise<string> {
    const {certificate} = this.flags
    const {serial} = this.args
    if ((serial === undefined) === (certificate === undefined)) {
      throw new PiError('USAGE', 'Give either the serial number or --certificate FILE.')
    }
    if (certificate === undefined) {
      const hex = serial!.replace(/^0x/i, '').replaceAll(':', '').toUpperCase()
      if (/^[0-9A-F]+$/.test(hex)) return hex
      throw new PiError('USAGE', `'${serial}' is no serial number: they are hexadecimal here.`)
    }
    const {readCertificate} = await import('../../lib/ca/shared/certificate.js')
    return readCertificate(await readInputBytes(certificate)).serial
  }
}
