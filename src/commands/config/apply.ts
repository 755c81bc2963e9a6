import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {pruneOf, treeFlags, treeFolder} from '../../cli/flags/tree.js'
import {changeDocument, countChanges, describeChange} from '../../cli/object-changes.js'
import type {ObjectChange} from '../../lib/services/config-objects.js'

export default class ConfigApply extends AppCommand<typeof ConfigApply> {
  static override summary = 'Make the database as a folder says.'
  static override description = `Only what differs is written, in one transaction with the mark that makes running servers reload. What somebody else
changes between plan and write ends the run with status 8 and changes nothing.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> site/ --dry-run', description: 'Show the changes'},
    {command: '<%= config.bin %> <%= command.id %> site/ --prune --yes', description: 'From a deployment job'},
  ]
  static override args = treeFolder
  static override flags = {...treeFlags, 'dry-run': dryRun, yes}

  async run(): Promise<{changes: ObjectChange[]; applied: boolean}> {
    const {flags} = this
    const {folder} = this.args
    const options = {folder, kinds: flags.types ?? [], tree: flags.tree}
    return this.withApp(async (app) => {
      const trees = await app.configTree()
      const changes = await trees.plan({...options, prune: pruneOf(flags)})
      for (const change of changes) this.log(describeChange(change))
      const {created, deleted, updated} = countChanges(changes)
      const dry = flags['dry-run']
      if (!dry && deleted > 0) await this.confirm(`Delete ${deleted} objects?`, flags.yes)
      if (!dry) await trees.apply(changes, options)
      this.log(`${dry ? 'Would be' : 'Done'}: ${created} created, ${updated} updated, ${deleted} deleted.`)
      return {applied: !dry, changes: changes.map(changeDocument)}
    })
  }
}
