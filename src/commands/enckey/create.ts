import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'

export default class EnckeyCreate extends AppCommand<typeof EnckeyCreate> {
  static override aliases = ['setup:create-enckey']
  static override summary = 'Make the encryption key file.'
  static override description =
    'Writes 96 random bytes to the file that PI_ENCFILE names, with mode 0400. An existing file is never touched: ' +
    'without its key everything encrypted in the database is lost. Keep a copy of the file in a safe place.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'A new key for a new installation'},
    {
      command: 'base64 saved-key | <%= config.bin %> <%= command.id %> --enckey-b64 -',
      description: 'Bring back a key that was saved',
    },
  ]
  static override flags = {
    'enckey-b64': Flags.string({
      aliases: ['enckey_b64'],
      char: 'e',
      description: 'the key in base64 instead of a new one; - reads it from the standard input',
      helpValue: 'BASE64',
    }),
    owner: Flags.string({description: 'user who is to own the file, for root', helpValue: 'USER'}),
  }

  async run(): Promise<{file: string; mode: string}> {
    const {flags} = this
    const keys = await this.#givenKeys(flags['enckey-b64'])
    const {findOwner} = await import('../../cli/owner.js')
    const owner = flags.owner === undefined ? undefined : await findOwner(flags.owner)
    const file = await this.withApp(async (app) => {
      const settings = await app.settings()
      settings.required('PI_ENCFILE')
      const path = settings.path('PI_ENCFILE') ?? ''
      await (await app.enckey()).create(path, {keys, owner})
      return path
    })
    if (this.shim) {
      this.log(`\nEncryption key written to ${file}`)
      this.log(`The file permission of ${file} was set to 400!`)
      this.log('Please ensure, that it is owned by the right user.   ')
    } else {
      this.log(`Encryption key written to ${file} (mode 0400).`)
      this.notice('The server must be able to read it. Keep a copy in a safe place.')
    }
    return {file, mode: '0400'}
  }

  async #givenKeys(text: string | undefined): Promise<Uint8Array | undefined> {
    if (text === undefined) return undefined
    const {readEnckeyText} = await import('../../lib/services/enckey/index.js')
    if (text === '-') {
      const {text: readText} = await import('node:stream/consumers')
      return readEnckeyText(await readText(process.stdin))
    }
    const warning = 'Warning: Passing enckey via cli input is considered harmful.'
    if (this.shim) this.log(warning)
    else this.notice(warning)
    return readEnckeyText(text)
  }
}
