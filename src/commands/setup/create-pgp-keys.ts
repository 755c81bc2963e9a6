import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {PiError} from '../../lib/errors.js'
import type {PgpKey} from '../../lib/services/pgp-keys.js'

export default class SetupCreatePgpKeys extends AppCommand<typeof SetupCreatePgpKeys> {
  static override summary = 'Make the PGP key to which vendors encrypt seed files.'
  static override description =
    'Makes an RSA key without passphrase in the GnuPG home of the installation (PI_GNUPG_HOME), which is made with mode ' +
    '0700 if it is missing. gpg must be installed. Keys that are there stay, also with --force.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'A first key of 2048 bits'},
    {command: '<%= config.bin %> <%= command.id %> --keysize 4096 --force', description: 'Another, larger one'},
  ]
  static override flags = {
    force: Flags.boolean({char: 'f', description: 'make another key beside those that are there'}),
    keysize: Flags.integer({
      char: 'k',
      default: 2048,
      description: 'bits of the key',
      helpValue: 'BITS',
      max: 4096,
      min: 1024,
    }),
  }

  async run(): Promise<PgpKey & {home: string}> {
    const {force, keysize} = this.flags
    const result = await this.withApp(async (app) => {
      const settings = await app.settings()
      const home = settings.path('PI_GNUPG_HOME')
      if (home === undefined) throw new PiError('CONFIG', 'There is no PI_GNUPG_HOME in the configuration.')
      const {createPgpKeys} = await import('../../lib/services/pgp-keys.js')
      return {...(await createPgpKeys({home, product: settings.product, bits: keysize, force})), home}
    })
    // The original says nothing.
    if (!this.shim) this.log(`Made the key ${result.fingerprint} of ${result.uid} in ${result.home}`)
    return result
  }
}
