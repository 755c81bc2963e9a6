import {Args} from '@oclif/core'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {janitorSafety} from '../../cli/flags/janitor-actions.js'
import {JanitorChangeCommand, type ChangeDocument} from '../../cli/janitor/change-command.js'
import {listTokens} from '../../cli/janitor/list.js'
import {PiError} from '../../lib/errors.js'
import {makePlan} from '../../lib/services/janitor/plan.js'
import {parseWhere} from '../../lib/services/janitor/where.js'

export default class TokenJanitorDeprecated extends JanitorChangeCommand<typeof TokenJanitorDeprecated> {
  static override summary = 'List or delete tokens of types that a later release gave up.'
  static override description =
    'Such tokens have the type "deprecated" since 3.14, and their detail original_tokentype says what they were.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> list', description: 'All of them'},
    {command: '<%= config.bin %> <%= command.id %> delete u2f --dry-run', description: 'What would go'},
  ]
  static override args = {
    action: Args.string({
      default: 'list',
      description: 'what to do',
      ignoreStdin: true,
      options: ['list', 'delete'],
    }),
    type: Args.string({description: 'original type, or all (list: all)', ignoreStdin: true}),
  }
  static override flags = {...janitorSafety, 'dry-run': dryRun, yes}

  /** A list is written as it is read. */
  async run(): Promise<ChangeDocument | void> {
    const {action, type} = this.args
    if (action === 'delete' && type === undefined) throw new PiError('USAGE', 'Name the original token type, or all.')
    const quoted = `'${(type ?? 'all').replaceAll("'", "''")}'`
    const where = `type = deprecated${type === undefined || type === 'all' ? '' : ` and info.original_tokentype = ${quoted}`}`
    const condition = parseWhere(where, new Date())
    return this.withApp(async (app) => {
      if (action === 'list') {
        await listTokens(app, condition, {
          format: this.jsonEnabled() ? 'json' : 'table',
          pageSize: undefined,
          attributes: [],
          usernames: false,
          fancy: process.stdout.isTTY,
          write: (text) => void process.stdout.write(text),
        })
        return
      }
      const plan = await makePlan(await app.selection(), condition, {action: {name: 'delete'}, found: where})
      return this.flags['dry-run'] ? this.rehearse(plan) : this.carryOut(app, plan, this.flags)
    })
  }
}
