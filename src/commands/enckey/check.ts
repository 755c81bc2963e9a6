import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import type {EncryptionCheck} from '../../lib/services/enckey/index.js'

export default class EnckeyCheck extends AppCommand<typeof EnckeyCheck> {
  static override summary = 'See quickly whether the encryption key belongs to the database.'
  static override description =
    'Opens the key (file, file with password, or PKCS#11 token) and decrypts one value of each kind. Every value: ' +
    'enckey verify. The exit status is 3 when one does not decrypt.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'After a move or a restore'},
    {
      command: '<%= config.bin %> <%= command.id %> --enckey saved-key --json',
      description: 'Whether another key file is the right one',
    },
  ]

  async run(): Promise<EncryptionCheck & {module: string}> {
    const result = await this.withApp(async (app) => (await app.enckey()).check())
    for (const {table, column, id} of result.failed) this.log(`${table}.${column} of ${id} does not decrypt.`)
    if (result.failed.length > 0) {
      process.exitCode = exitCodes.INTEGRITY
      this.notice(`The ${result.module} is not the key of this database, or values are damaged.`)
    } else if (result.checked === 0) {
      this.log(`The ${result.module} can be used; the database holds no encrypted values.`)
    } else {
      this.log(`The ${result.module} belongs to this database: ${result.checked} values of different kinds decrypt.`)
    }
    return result
  }
}
