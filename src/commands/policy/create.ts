import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {fieldsOf, policyFields} from '../../cli/flags/policy-fields.js'
import {readInputText} from '../../cli/input-text.js'
import {PiError} from '../../lib/errors.js'
import type {Finding} from '../../lib/policy/lint/contract.js'

export default class PolicyCreate extends AppCommand<typeof PolicyCreate> {
  static override summary = 'Create a policy.'
  static override description = `From flags, from a file (a policy as policy show or the original writes it; all its keys are read), from a template with
variables, or from several of them: flags win over the file. Refused when a lint rule of severity error is broken.`
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> pin authentication "otppin=userstore" --realm sales',
      description: 'PINs of the realm sales are the passwords of the user store',
    },
    {
      command: '<%= config.bin %> <%= command.id %> limit enrollment -f template.yaml --set realm=sales --set max=3',
      description: 'From a template with ${realm} and ${max}',
    },
  ]
  static override args = {
    name: Args.string({description: 'name of the policy', ignoreStdin: true, required: true}),
    scope: Args.string({
      description: 'authentication, authorization, enrollment, admin, user, webui …',
      ignoreStdin: true,
    }),
    action: Args.string({description: 'actions, as "name=value, name"', ignoreStdin: true}),
  }
  static override flags = {
    ...policyFields,
    'dry-run': dryRun,
    filename: Flags.string({
      aliases: ['file'],
      char: 'f',
      description: 'file with a policy: YAML, JSON or Python',
      helpValue: 'FILE',
    }),
    force: Flags.boolean({description: 'write it although a lint rule is broken'}),
    set: Flags.string({
      description: 'value of a variable in the file',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    update: Flags.boolean({description: 'replace a policy of this name'}),
  }

  async run(): Promise<{name: string; changed: boolean; findings: Finding[]}> {
    const {args, flags} = this
    const {policyFromFile} = await import('../../lib/services/policies/file.js')
    const text = flags.filename === undefined ? undefined : await readInputText(flags.filename)
    const base = text === undefined ? {} : policyFromFile(text, flags.set ?? [])
    const {parseActions} = await import('../../lib/policy/encoding.js')
    const actions = args.action === undefined ? undefined : Object.fromEntries(parseActions(args.action))
    const given = {
      ...base,
      ...(args.scope !== undefined && {scope: args.scope}),
      ...(actions && {actions}),
      ...fieldsOf(flags, undefined),
    }
    if (!given.scope || !given.actions) {
      throw new PiError('USAGE', 'A policy needs a scope and an action.', {
        hints: ['Give them as arguments or in a file (-f)'],
      })
    }
    const result = await this.withApp(async (app) => {
      const policies = await app.policies()
      return policies.save(args.name, await policies.validated(args.name, given), {
        dryRun: flags['dry-run'],
        force: flags.force,
        update: flags.update || this.shim,
      })
    })
    for (const {message, rule, severity} of result.findings) this.notice(`${severity} ${rule}: ${message}`)
    const done = flags['dry-run'] ? 'Would write' : 'Wrote'
    this.log(result.changed ? `${done} policy ${args.name}.` : `Policy ${args.name} is as wanted already.`)
    return {name: args.name, ...result}
  }
}
