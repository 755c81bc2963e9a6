import {AppCommand} from '../../cli/app-command.js'
import {pruneOf, treeFlags, treeFolder, withSource} from '../../cli/flags/tree.js'
import {changeDocument, describeChange} from '../../cli/object-changes.js'
import type {ObjectChange} from '../../lib/services/config-objects.js'

export default class ConfigDiff extends AppCommand<typeof ConfigDiff> {
  static override summary =
    'Show what separates the database from a folder or another installation; status 4 when anything does.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> site/', description: 'Compare with the folder'},
    {
      command: '<%= config.bin %> <%= command.id %> --from /etc/privacyidea/test.cfg -t policy',
      description: 'Compare policies with those of another installation',
    },
  ]
  static override args = treeFolder
  static override flags = treeFlags

  async run(): Promise<{changes: ObjectChange[]}> {
    const {flags} = this
    const changes = await this.withApp((app) =>
      withSource(app, {folder: this.args.folder, from: flags.from}, async (source) =>
        (await app.configTree()).plan({kinds: flags.types ?? [], prune: pruneOf(flags), source, tree: flags.tree}),
      ),
    )
    for (const change of changes) this.log(describeChange(change))
    if (changes.length === 0) this.log('No difference.')
    else process.exitCode = 4
    return {changes: changes.map(changeDocument)}
  }
}
