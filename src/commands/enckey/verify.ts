import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {startProgress} from '../../cli/progress.js'
import type {EncryptionCheck} from '../../lib/services/enckey/index.js'

export default class EnckeyVerify extends AppCommand<typeof EnckeyVerify> {
  static override summary = 'Decrypt every encrypted value of the database.'
  static override description =
    'Reads all encrypted values (token secrets, PINs, passwords of resolvers, servers and gateways, …), checks their ' +
    'form and decrypts them; nothing is shown or changed. Those that do not decrypt are named by table, column and id. ' +
    'The exit status is 3 when there is one.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Before a migration, and after it'},
    {command: '<%= config.bin %> <%= command.id %> --json | jq .failed', description: 'What does not decrypt, as JSON'},
  ]

  async run(): Promise<EncryptionCheck> {
    const result = await this.withApp(async (app) => {
      const service = await app.enckey()
      const progress = await startProgress('verifying', {quiet: this.flags.quiet})
      try {
        return await service.verify((values) => progress.advance(values))
      } finally {
        progress.stop()
      }
    })
    for (const {table, column, id} of result.failed) this.log(`${table}.${column} of ${id} does not decrypt.`)
    this.log(`${result.checked} encrypted values, ${result.failed.length} do not decrypt.`)
    if (result.failed.length > 0) process.exitCode = exitCodes.INTEGRITY
    return result
  }
}
