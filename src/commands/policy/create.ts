import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {fieldsOf, policyFields} from '../../cli/flags/policy-fields.js'
import {readInputText} from '../../cli/input-text.js'
import {PiError} from '../../lib/errors.js'
import type {Finding} from '../../lib/policy/lint/contract.js'
import {pythonRepr, type PythonValue} from '../../lib/python/repr.js'

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
    const {namedInFile, policyFromFile} = await import('../../lib/services/policies/file.js')
    const text = flags.filename === undefined ? undefined : await readInputText(flags.filename)
    const base = text === undefined ? {} : policyFromFile(text, flags.set ?? [])
    const {parseActions} = await import('../../lib/policy/encoding.js')
    const found = this.shim && text !== undefined ? this.#foundInFile(namedInFile(text, flags.set ?? [])) : {}
    const name = found.name ?? args.name
    const actions =
      args.action === undefined || found.action ? undefined : Object.fromEntries(parseActions(args.action))
    const given = {
      ...base,
      ...(args.scope !== undefined && !found.scope && {scope: args.scope}),
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
      return policies.save(name, await policies.validated(name, given), {
        dryRun: flags['dry-run'],
        force: flags.force,
        update: flags.update || this.shim,
      })
    })
    for (const {message, rule, severity} of result.findings) this.notice(`${severity} ${rule}: ${message}`)
    const done = flags['dry-run'] ? 'Would write' : 'Wrote'
    if (!this.shim) this.log(result.changed ? `${done} policy ${name}.` : `Policy ${name} is as wanted already.`)
    return {name, ...result}
  }

  /** In the original the file wins over the arguments, and it says so (spec/03-cli.md A.1). */
  #foundInFile({action, name, scope}: {name?: unknown; scope?: unknown; action?: unknown}): {
    name?: string
    scope?: boolean
    action?: boolean
  } {
    const {args} = this
    const differs = (value: unknown, given: unknown): boolean => value !== undefined && value !== given
    if (differs(name, args.name))
      this.log(`Found name '${String(name)}' in file, will use that instead of '${args.name}'.`)
    if (differs(scope, args.scope))
      this.log(`Found scope '${String(scope)}' in file, will use that instead of '${args.scope}'.`)
    if (differs(action, args.action)) {
      const shown = typeof action === 'string' ? action : pythonRepr(action as PythonValue)
      this.log(`Found action in file: '${shown}', will use that instead of: '${args.action}'.`)
    }
    return {
      ...(typeof name === 'string' && {name}),
      action: action !== undefined,
      scope: scope !== undefined,
    }
  }
}
