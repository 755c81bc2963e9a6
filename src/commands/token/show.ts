import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import {tokenProperties} from '../../cli/render/token-columns.js'
import {notFound} from '../../lib/errors.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'
import {selectTokens} from '../../lib/services/janitor/select.js'
import {tokenDocument, type TokenDocument} from '../../lib/services/tokens/document.js'
import {everyPart} from '../../lib/services/tokens/record.js'

export default class TokenShow extends AppCommand<typeof TokenShow> {
  static override summary = 'Show tokens with everything that belongs to them.'
  static override description =
    'The logins of the owners are looked up; a user store that does not answer is no failure.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> OATH0001', description: 'Show a token'},
    {command: '<%= config.bin %> <%= command.id %> OATH0001 --json --show-secrets', description: 'With its secret'},
  ]
  static override args = {
    serial: Args.string({description: 'serials of the tokens', ignoreStdin: true, multiple: true, required: true}),
  }
  static override flags = {
    ...output,
    'show-secrets': Flags.boolean({description: 'show the secrets of the token, which log in for its owner'}),
    usernames: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'ask the user stores for the logins of the owners',
    }),
  }

  async run(): Promise<{tokens: TokenDocument[]}> {
    const {flags} = this
    const serials = this.args.serial
    const tokens = await this.withApp(async (app) => {
      const security = flags['show-secrets'] ? await app.security() : undefined
      const users = flags.usernames ? await app.users() : undefined
      const found = new Map<string, TokenDocument>()
      const condition = conditionOf({serials}, new Date())
      for await (const page of selectTokens(await app.selection(), condition, {parts: everyPart, secrets: true})) {
        for (const record of page) found.set(record.token.serial, await tokenDocument(record, {security, users}))
      }
      return serials.map((serial) => {
        const document = found.get(serial)
        if (!document) throw notFound('token', serial, 'pi-manage token list')
        return document
      })
    })
    for (const [index, token] of tokens.entries()) {
      if (index > 0 && !this.jsonEnabled()) this.log('')
      await this.showRows(tokenProperties(token), [
        {header: 'property', get: (row) => row.property},
        {header: 'value', get: (row) => row.value},
      ])
    }
    return {tokens}
  }
}
