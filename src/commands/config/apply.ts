import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {pruneOf, treeFlags, treeFolder, withSource} from '../../cli/flags/tree.js'
import {findingLine, lintChanges, strict, type ChangeFinding} from '../../cli/lint-changes.js'
import {changeDocument, countChanges, describeChange} from '../../cli/object-changes.js'
import {DatabaseLock} from '../../lib/jobs/lock.js'
import type {ObjectChange} from '../../lib/services/config-objects.js'

export default class ConfigApply extends AppCommand<typeof ConfigApply> {
  static override summary = 'Make the database as a folder, or another installation, says.'
  static override description = `Only what differs is written, in one transaction with audit rows and the mark that makes running servers reload. One run at a
time: another one ends with status 5, or waits (--wait). What somebody else changes between plan and write ends the run with
status 8 and changes nothing.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> site/ --dry-run', description: 'Show the changes'},
    {command: '<%= config.bin %> <%= command.id %> site/ --prune --yes', description: 'From a deployment job'},
    {
      command: '<%= config.bin %> <%= command.id %> --from /etc/privacyidea/test.cfg --types policy,event',
      description: 'Policies and events of the test installation',
    },
  ]
  static override args = treeFolder
  static override flags = {
    ...treeFlags,
    'dry-run': dryRun,
    strict,
    wait: Flags.integer({
      default: 0,
      description: 'seconds to wait for another run to end',
      helpValue: 'SECONDS',
      min: 0,
    }),
    yes,
  }

  async run(): Promise<{changes: ObjectChange[]; applied: boolean; findings: ChangeFinding[]}> {
    const {flags} = this
    const {folder} = this.args
    const dry = flags['dry-run']
    return this.withApp(async (app) => {
      const trees = await app.configTree()
      const lock = dry
        ? undefined
        : await DatabaseLock.acquire(await app.database(), {
            name: 'config',
            waitSeconds: flags.wait,
            work: `config apply ${folder ?? flags.from}`,
          })
      try {
        return await withSource(app, {folder, from: flags.from}, async (source) => {
          const options = {kinds: flags.types ?? [], source, tree: flags.tree}
          const changes = await trees.plan({...options, prune: pruneOf(flags)})
          for (const change of changes) this.log(describeChange(change))
          const findings = await lintChanges(app, changes, {refuse: flags.strict})
          for (const finding of findings) this.notice(findingLine(finding))
          const {created, deleted, updated} = countChanges(changes)
          if (!dry && deleted > 0) await this.confirm(`Delete ${deleted} objects?`, flags.yes)
          lock?.check()
          if (!dry) await trees.apply(changes, options)
          this.log(`${dry ? 'Would be' : 'Done'}: ${created} created, ${updated} updated, ${deleted} deleted.`)
          return {applied: !dry, changes: changes.map(changeDocument), findings}
        })
      } finally {
        await lock?.release()
      }
    })
  }
}
