import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {caName} from '../../cli/flags/ca.js'
import {readSecretFile} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'
import type {NewCa} from '../../lib/services/ca/create.js'

export default class CaConnect extends AppCommand<typeof CaConnect> {
  static override summary = 'Connect a folder in which openssl already works as a CA.'
  static override description =
    'Where key, certificate, lists and CRL are is read from the openssl configuration in the folder. Nothing in the folder ' +
    'is changed, and openssl can go on working in it.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> myCA --directory /etc/ssl/myCA',
      description: 'A folder with an openssl.cnf of its own',
    },
  ]
  static override args = {name: caName}
  static override flags = {
    'ca-password-file': Flags.string({
      dependsOn: ['save-password'],
      description: 'first line of this file: passphrase of the key, or PIN of its token',
      helpValue: 'FILE',
    }),
    'crl-overlap': Flags.integer({
      default: 5,
      description: 'days before the end of a CRL at which a new one is made',
      helpValue: 'N',
      min: 0,
    }),
    directory: Flags.string({description: 'folder of the CA', helpValue: 'DIR', required: true}),
    key: Flags.string({
      description: 'file or PKCS#11 URI of the key, instead of the configured one',
      helpValue: 'FILE|URI',
    }),
    'openssl-cnf': Flags.string({
      default: 'openssl.cnf',
      description: 'openssl configuration, from the folder',
      helpValue: 'FILE',
    }),
    'save-password': Flags.boolean({description: 'keep the passphrase, or PIN, with the connector, encrypted'}),
    templates: Flags.string({description: 'YAML file with templates, from the folder', helpValue: 'FILE'}),
  }

  async run(): Promise<NewCa> {
    const {flags} = this
    const file = flags['ca-password-file']
    if (flags['save-password'] && file === undefined) {
      throw new PiError('USAGE', 'Give the passphrase to be kept with --ca-password-file FILE.')
    }
    const made = await this.withApp(async (app) => {
      const {connectCa} = await import('../../lib/services/ca/create.js')
      const connected = await connectCa(await app.authorities(), this.args.name, {
        directory: flags.directory,
        configFile: flags['openssl-cnf'],
        overlapDays: flags['crl-overlap'],
        templates: flags.templates,
        key: flags.key,
        savePassphrase: file === undefined ? undefined : readSecretFile(file),
        env: (name) => process.env[name],
      })
      await app.audit({action: 'CLI ca connect', info: this.args.name})
      return connected
    })
    this.log(`Saved CA Connector with ID ${made.id}: ${made.settings['subject']}.`)
    return made
  }
}
