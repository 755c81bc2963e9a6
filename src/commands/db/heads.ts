import {AppCommand} from '../../cli/app-command.js'
import type {Head} from '../../lib/services/database.js'

const columns = [
  {header: 'product', get: (head: Head) => head.product},
  {header: 'version', get: (head: Head) => head.version},
  {header: 'revision', get: (head: Head) => head.revision},
]

export default class DbHeads extends AppCommand<typeof DbHeads> {
  static override summary = 'List the releases whose schema is known, with their revisions.'
  static override description =
    'A database of any of them can be read and written. Releases that are not listed have the schema of the one before.'
  static override examples = [{command: '<%= config.bin %> <%= command.id %>', description: 'List them'}]

  async run(): Promise<{heads: Head[]}> {
    const {knownHeads} = await import('../../lib/services/database.js')
    const heads = knownHeads()
    await this.showRows(heads, columns)
    return {heads}
  }
}
