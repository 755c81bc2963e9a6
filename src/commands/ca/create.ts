import {Flags} from '@oclif/core'
import path from 'node:path'
import {AppCommand} from '../../cli/app-command.js'
import {askLocalCa, askMicrosoftCa, type LocalAnswers} from '../../cli/ca-dialogue.js'
import {Dialogue} from '../../cli/dialogue.js'
import {caName} from '../../cli/flags/ca.js'
import {yes} from '../../cli/flags/confirm.js'
import {findOwner} from '../../cli/owner.js'
import {readSecretFile} from '../../cli/secret-input.js'
import type {App} from '../../app.js'
import {caTypes} from '../../lib/ca/registry.js'
import {PiError} from '../../lib/errors.js'
import type {NewCa} from '../../lib/services/ca/create.js'

const reminder = 'Please check the ownership of the private key: the server must be able to read it.'

export default class CaCreate extends AppCommand<typeof CaCreate> {
  static override summary = 'Create a local CA with its folder, or connect a Microsoft CA.'
  static override description =
    'Asks for what is needed, as the original does; with --yes nothing is asked, and flags and defaults count. The folder ' +
    'gets key, certificate, openssl configuration, empty lists and a first CRL, and openssl can work in it. The key lies ' +
    'in a file, encrypted with --encrypt-key, or in a PKCS#11 token (--key URI). The original can use plain key files ' +
    'only. For a folder that exists already see "ca connect".'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> myCA', description: 'Asks'},
    {
      command:
        "<%= config.bin %> <%= command.id %> myCA --yes --directory /etc/privacyidea/CA --dn '/O=Example/CN=Example CA'",
      description: 'For scripts',
    },
    {
      command: "<%= config.bin %> <%= command.id %> myCA --yes --key 'pkcs11:token=CA;object=ca-key' --make-key",
      description: 'With a new key in a token',
    },
    {
      command:
        "<%= config.bin %> <%= command.id %> winCA --yes -t microsoft --set hostname=worker --set port=50061 --set 'ca=HOST\\CA'",
      description: 'A Microsoft CA',
    },
  ]
  static override args = {name: caName}
  static override flags = {
    'ca-password-file': Flags.string({
      description: 'first line of this file: passphrase for the key with --encrypt-key, or PIN of its token',
      helpValue: 'FILE',
    }),
    'crl-days': Flags.integer({default: 30, description: 'validity of CRLs in days', helpValue: 'N'}),
    'crl-overlap': Flags.integer({
      default: 5,
      description: 'days before the end of a CRL at which a new one is made',
      helpValue: 'N',
    }),
    'crl-url': Flags.string({description: 'where CRLs are published, for certificates', helpValue: 'URL'}),
    days: Flags.integer({default: 1800, description: 'validity of the CA in days', helpValue: 'N'}),
    directory: Flags.string({default: './ca', description: 'folder of the CA', helpValue: 'DIR'}),
    dn: Flags.string({description: 'name of the CA (default: /CN=NAME)', helpValue: 'DN'}),
    'encrypt-key': Flags.boolean({description: 'encrypt the key in its file with a passphrase', exclusive: ['key']}),
    'issuer-url': Flags.string({description: 'where the certificate of the CA is published', helpValue: 'URL'}),
    key: Flags.string({description: 'PKCS#11 URI of the key, instead of a file', helpValue: 'URI'}),
    keysize: Flags.integer({default: 4096, description: 'bits of the key', helpValue: 'BITS'}),
    'make-key': Flags.boolean({dependsOn: ['key'], description: 'make the key in the token'}),
    owner: Flags.string({description: 'user who is to own the files, for root', helpValue: 'USER'}),
    'save-password': Flags.boolean({description: 'keep the passphrase, or PIN, with the connector, encrypted'}),
    set: Flags.string({
      description: 'a setting of a Microsoft CA connector',
      helpValue: 'KEY=VALUE',
      multiple: true,
    }),
    'set-secret-file': Flags.string({
      description: 'file with the password of ssl_client_key',
      helpValue: 'FILE',
    }),
    type: Flags.option({options: caTypes, char: 't', default: 'local', description: 'type of the CA'})(),
    yes,
  }

  async run(): Promise<NewCa> {
    const {type, yes: silent} = this.flags
    const {name} = this.args
    const made = await this.withApp(async (app) => {
      await (await app.authorities()).requireNew(name).catch((error: unknown) => this.#asOriginal(error))
      if (!silent) {
        const say = (text: string) => (this.shim ? this.log(text) : this.notice(text))
        say('Warning: Be sure to set the access rights.')
        say('')
        say(`Creating CA connector of type ${type}.`)
      }
      const created = type === 'microsoft' ? await this.#microsoft(app) : await this.#local(app)
      await app.audit({action: 'CLI ca create', info: `${name} (${type})`})
      return created
    })
    if (made.type === 'local') {
      if (this.shim) this.log(`${'!'.repeat(60)}\n${reminder}\n${'!'.repeat(60)}`)
      else if (!this.flags.key) this.notice(reminder)
    }
    this.log(`Saved CA Connector with ID ${made.id}.`)
    return made
  }

  async #local(app: App): Promise<NewCa> {
    const {flags} = this
    const defaults: LocalAnswers = {
      directory: flags.directory,
      keySize: flags.keysize,
      days: flags.days,
      dn: flags.dn ?? `/CN=${this.args.name}`,
      crlDays: flags['crl-days'],
      overlapDays: flags['crl-overlap'],
    }
    const answers = flags.yes ? defaults : await askLocalCa(this.#dialogue(), defaults)
    const passphrase = await this.#passphrase()
    const {createCa} = await import('../../lib/services/ca/create.js')
    const device = flags.key === undefined ? undefined : await this.#device(app, flags.key, passphrase, answers.keySize)
    try {
      return await createCa(
        await app.authorities(),
        this.args.name,
        {
          ...answers,
          directory: path.resolve(answers.directory),
          crlUrl: flags['crl-url'],
          issuerUrl: flags['issuer-url'],
          passphrase: flags['encrypt-key'] ? passphrase : undefined,
          device,
          owner: flags.owner === undefined ? undefined : await findOwner(flags.owner),
        },
        {savePassphrase: flags['save-password'] ? passphrase : undefined, now: new Date()},
      )
    } finally {
      await device?.signer.close()
    }
  }

  async #device(app: App, uri: string, pin: string | undefined, bits: number) {
    const keys = await app.deviceKeys()
    const {askPassword} = await import('../../cli/prompt.js')
    const source = {known: pin, ask: (what: string) => askPassword(what)}
    if (this.flags['make-key']) await keys.create(uri, source, bits)
    return {uri, signer: await keys.open(uri, source)}
  }

  async #passphrase(): Promise<string | undefined> {
    const {key, yes: silent} = this.flags
    const file = this.flags['ca-password-file']
    const needed = this.flags['encrypt-key'] || (key !== undefined && this.flags['save-password'])
    if (file !== undefined) {
      if (!needed && key === undefined) throw new PiError('USAGE', '--ca-password-file needs --encrypt-key or --key.')
      return readSecretFile(file)
    }
    if (!needed) return undefined
    if (silent && !process.stdin.isTTY) {
      throw new PiError('USAGE', 'The passphrase of the key is missing.', {hints: ['Give --ca-password-file FILE']})
    }
    const {askPassword} = await import('../../cli/prompt.js')
    return askPassword(key === undefined ? 'Passphrase of the CA key' : 'PIN of the token', {twice: key === undefined})
  }

  async #microsoft(app: App): Promise<NewCa> {
    const authorities = await app.authorities()
    const secret = this.flags['set-secret-file']
    const given = {
      ...Object.fromEntries((this.flags.set ?? []).map(settingOf)),
      ...(secret !== undefined && {ssl_client_key_password: readSecretFile(secret)}),
    }
    const asked = this.flags.yes
      ? {}
      : await askMicrosoftCa(this.#dialogue(), (settings) =>
          authorities.tryOut({type: 'microsoft', settings: {...given, ...settings}}, async (connector) =>
            connector.authorities ? connector.authorities() : [],
          ),
        )
    const settings = {...given, ...asked}
    const id = await authorities.add({name: this.args.name, type: 'microsoft', settings})
    return {id, ...(await authorities.get(this.args.name))}
  }

  #dialogue(): Dialogue {
    return new Dialogue({shim: this.shim, hint: 'Answer on a terminal, or give flags and --yes'})
  }

  /** Under the old name with the old words. */
  #asOriginal(error: unknown): never {
    if (this.shim && error instanceof PiError && error.code === 'ALREADY_EXISTS') {
      throw new PiError('ALREADY_EXISTS', `A CA connector with the name '${this.args.name}' already exists.`)
    }
    throw error
  }
}

function settingOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new PiError('USAGE', `'${text}' is not of the form KEY=VALUE.`)
  const key = text.slice(0, at)
  if (key === 'ssl_client_key_password') {
    throw new PiError('USAGE', 'A password does not belong on the command line.', {
      hints: ['Give it in a file: --set-secret-file FILE'],
    })
  }
  return [key, text.slice(at + 1)]
}
