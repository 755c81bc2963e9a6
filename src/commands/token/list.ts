import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {tokenFiltersOf, tokenSelection} from '../../cli/flags/token-selection.js'
import {RowStream} from '../../cli/render/row-stream.js'
import {infoColumn, secretColumn, tokenColumns} from '../../cli/render/token-columns.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'
import {selectTokens} from '../../lib/services/janitor/select.js'
import {tokenDocument, type TokenDocument} from '../../lib/services/tokens/document.js'
import {everyPart} from '../../lib/services/tokens/record.js'

export default class TokenList extends AppCommand<typeof TokenList> {
  static override summary = 'List tokens.'
  static override description =
    'Lists all tokens, or those that meet every filter given, ordered by their age in the database. ' +
    'Rows are written as they are read, so that lists of any length can be piped. ' +
    'More filters: token-janitor find.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --type hotp --assigned false', description: 'HOTP tokens in stock'},
    {command: '<%= config.bin %> <%= command.id %> OATH0001 OATH0002 --json', description: 'Two tokens as JSON'},
    {command: '<%= config.bin %> <%= command.id %> --output-format jsonl | jq .serial', description: 'Every serial'},
  ]
  static override args = {
    serial: Args.string({description: 'serials to list; without, all tokens', ignoreStdin: true, multiple: true}),
  }
  static override flags = {
    ...tokenSelection,
    usernames: Flags.boolean({description: 'ask the user stores for the logins of the owners'}),
    'show-secrets': Flags.boolean({description: 'show the secrets of the tokens, which log in for their owners'}),
    'show-info': Flags.boolean({description: 'add the token details to a table or to CSV'}),
    'output-format': Flags.option({
      options: ['table', 'csv', 'json', 'jsonl', 'yaml'] as const,
      default: 'table' as const,
      description: 'form of the list',
      env: 'PI_MANAGE_OUTPUT_FORMAT',
    })(),
    'page-size': Flags.integer({
      aliases: ['chunksize'],
      description: 'tokens to read at a time',
      env: 'PI_MANAGE_PAGE_SIZE',
      min: 1,
    }),
  }

  /** Writes the list itself, one page after the other; `{tokens: […]}` with --json. */
  async run(): Promise<void> {
    const {flags} = this
    const serials = this.args.serial
    await this.withApp(async (app) => {
      const condition = conditionOf({...tokenFiltersOf(flags), serials}, new Date())
      const security = flags['show-secrets'] ? await app.security() : undefined
      const users = flags.usernames ? await app.users() : undefined
      const stream = new RowStream<TokenDocument>({
        format: this.jsonEnabled() ? 'json' : flags['output-format'],
        columns: [...tokenColumns, ...(flags['show-info'] ? [infoColumn] : []), ...(security ? [secretColumn] : [])],
        key: 'tokens',
        toJson: (token) => token,
        fancy: process.stdout.isTTY,
        write: (text) => process.stdout.write(text),
      })
      const pages = selectTokens(await app.selection(), condition, {
        parts: everyPart,
        pageSize: flags['page-size'],
        secrets: security !== undefined,
      })
      for await (const page of pages) {
        const documents: TokenDocument[] = []
        for (const record of page) documents.push(await tokenDocument(record, {security, users}))
        stream.push(documents)
      }
      stream.end()
    })
  }
}
