import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readInputText} from '../../cli/input-text.js'
import {changeDocument, describeChange} from '../../cli/object-changes.js'
import type {ObjectChange} from '../../lib/services/config-objects.js'

export default class PolicyDiff extends AppCommand<typeof PolicyDiff> {
  static override summary = 'Show what separates the stored policies from a file.'
  static override description = 'Order and white space do not count. Ends with status 4 when there is a difference.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> policies.py', description: 'What an import would change'},
  ]
  static override args = {
    file: Args.string({description: 'export with policies, or -', ignoreStdin: true, required: true}),
  }
  static override flags = {
    'ignore-missing': Flags.boolean({description: 'policies that the file does not name are no difference'}),
  }

  async run(): Promise<{changes: ObjectChange[]}> {
    const text = await readInputText(this.args.file)
    const {readExport} = await import('../../lib/config-objects/exchange/read.js')
    const changes = await this.withApp(async (app) => {
      const objects = await app.configObjects()
      const wanted = await objects.parseOriginal(await readExport(text, {assume: 'policy'}), {kinds: ['policy']})
      return objects.plan(wanted, {prune: !this.flags['ignore-missing']})
    })
    for (const change of changes) this.log(describeChange(change))
    if (changes.length === 0) this.log('No difference.')
    else process.exitCode = 4
    return {changes: changes.map(changeDocument)}
  }
}
