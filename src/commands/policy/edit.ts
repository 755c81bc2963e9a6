import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {fieldsOf, policyFields} from '../../cli/flags/policy-fields.js'
import type {Finding} from '../../lib/policy/lint/contract.js'

const actions = (description: string) =>
  Flags.string({description, helpValue: 'ACTION', multiple: true, multipleNonGreedy: true})

export default class PolicyEdit extends AppCommand<typeof PolicyEdit> {
  static override summary = 'Change fields of a policy and keep the others.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> pin --priority 2 --realm sales,corp', description: 'Two fields'},
    {
      command: '<%= config.bin %> <%= command.id %> pin --set-action otppin=none --remove-action passOnNoUser',
      description: 'One action set, one taken away',
    },
  ]
  static override args = {name: Args.string({description: 'name of the policy', ignoreStdin: true, required: true})}
  static override flags = {
    ...policyFields,
    'dry-run': dryRun,
    force: Flags.boolean({description: 'write it although a lint rule is broken'}),
    'remove-action': actions('action to take away'),
    scope: Flags.string({description: 'new scope'}),
    'set-action': actions('action to set, as name=value or name'),
  }

  async run(): Promise<{name: string; changed: boolean; findings: Finding[]}> {
    const {flags} = this
    const {name} = this.args
    const result = await this.withApp(async (app) => {
      const policies = await app.policies()
      const stored = await policies.get(name)
      const {actionsFrom} = await import('../../lib/services/policies/index.js')
      const changed = {...stored.actions, ...actionsFrom(flags['set-action'] ?? [])}
      for (const key of flags['remove-action'] ?? []) delete changed[key]
      const wanted = {
        ...stored,
        ...(flags.scope !== undefined && {scope: flags.scope}),
        ...fieldsOf(flags, undefined),
        actions: changed,
      }
      return policies.save(name, await policies.validated(name, wanted), {
        dryRun: flags['dry-run'],
        force: flags.force,
        update: true,
      })
    })
    for (const {message, rule, severity} of result.findings) this.notice(`${severity} ${rule}: ${message}`)
    const done = flags['dry-run'] ? 'Would change' : 'Changed'
    this.log(result.changed ? `${done} policy ${name}.` : `Policy ${name} is as wanted already.`)
    return {name, ...result}
  }
}
