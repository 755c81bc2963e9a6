import {AppCommand} from '../../cli/app-command.js'
import type {HistoryStep} from '../../lib/services/database.js'

const columns = [
  {header: '', get: (step: HistoryStep) => (step.current ? '*' : '')},
  {header: 'revision', get: (step: HistoryStep) => step.revision},
  {header: 'release', get: (step: HistoryStep) => `${step.product} ${step.version}${step.head ? ' (head)' : ''}`},
  {header: 'effect', get: (step: HistoryStep) => step.effect},
]

export default class DbHistory extends AppCommand<typeof DbHistory> {
  static override summary = 'List the known migration steps, newest first, and where this database stands.'
  static override description = 'The step that the database is stamped with is marked by a star.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %>', description: 'List them'}]

  async run(): Promise<{history: HistoryStep[]}> {
    const history = await this.withApp(async (app) => (await app.schema()).history())
    await this.showRows(history, columns)
    return {history}
  }
}
