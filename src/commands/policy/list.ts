import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {output} from '../../cli/flags/output.js'
import type {PolicyDocument} from '../../lib/config-objects/kinds/policy.js'
import {formatActions} from '../../lib/policy/encoding.js'

type Listed = {name: string} & PolicyDocument

export default class PolicyList extends AppCommand<typeof PolicyList> {
  static override summary = 'List policies, the most important first.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'All policies'},
    {command: '<%= config.bin %> <%= command.id %> --scope authentication --json', description: 'One scope, complete'},
  ]
  static override flags = {
    ...output,
    scope: Flags.string({description: 'only policies of this scope'}),
    action: Flags.string({description: 'only policies that name this action'}),
  }

  async run(): Promise<{policies: Listed[]}> {
    const {action, scope} = this.flags
    const policies = await this.withApp(async (app) =>
      (await (await app.policies()).list())
        .filter(({document}) => scope === undefined || document.scope === scope)
        .filter(({document}) => action === undefined || Object.hasOwn(document.actions, action))
        .map(({document, name}) => ({name, ...document})),
    )
    if (this.shim) {
      this.log(`Active \t Name \t Scope\n${'='.repeat(40)}`)
      for (const {active, name, scope: where} of policies)
        this.log(`${active ? 'True' : 'False'} \t ${name} \t ${where}`)
    } else {
      await this.showRows(policies, [
        {header: 'active', get: ({active}) => active},
        {header: 'priority', get: ({priority}) => priority},
        {header: 'name', get: ({name}) => name},
        {header: 'scope', get: ({scope: where}) => where},
        {header: 'actions', get: ({actions}) => formatActions(new Map(Object.entries(actions)))},
      ])
    }
    return {policies}
  }
}
