import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readInputText} from '../../cli/input-text.js'
import {writeOutputFile} from '../../cli/output-file.js'
import type {Finding} from '../../lib/policy/lint/contract.js'

export default class PolicyLint extends AppCommand<typeof PolicyLint> {
  static override summary = 'Find policies that contradict themselves or others, or can never work.'
  static override description = 'Ends with status 4 when a rule of severity error is broken. --rules lists all rules.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'The stored policies'},
    {
      command: '<%= config.bin %> <%= command.id %> -f policies.py --sarif lint.sarif',
      description: 'A file, for code review',
    },
  ]
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'check the policies of this export instead of the stored ones',
      helpValue: 'FILE',
    }),
    rules: Flags.boolean({description: 'list the rules'}),
    sarif: Flags.string({description: 'write the findings as SARIF to this file', helpValue: 'FILE'}),
    severity: Flags.option({
      default: 'info' as const,
      description: 'show findings from this severity on',
      options: ['info', 'warning', 'error'] as const,
    })(),
  }

  async run(): Promise<{findings: Finding[]; errors: number} | {rules: object[]}> {
    const {flags} = this
    if (flags.rules) return this.#listRules()
    const findings = await this.withApp(async (app) => {
      const policies = await app.policies()
      if (flags.file === undefined) return policies.lint()
      return policies.lint(await policies.fromExport(await readInputText(flags.file)), {only: true})
    })
    const order = ['info', 'warning', 'error']
    const shown = findings.filter(({severity}) => order.indexOf(severity) >= order.indexOf(flags.severity))
    if (flags.sarif) {
      const {sarifOf} = await import('../../lib/policy/lint/sarif.js')
      await writeOutputFile(flags.sarif, `${JSON.stringify(sarifOf(shown, this.config.version), undefined, 2)}\n`)
    }
    for (const {message, other, policy, rule, severity} of shown) {
      this.log(`${severity} ${rule} ${policy}${other === undefined ? '' : ` / ${other}`}: ${message}`)
    }
    const errors = shown.filter(({severity}) => severity === 'error').length
    if (shown.length === 0) this.log('No findings.')
    if (errors > 0) process.exitCode = 4
    return {errors, findings: shown}
  }

  async #listRules(): Promise<{rules: object[]}> {
    const {lintRules} = await import('../../lib/policy/lint/lint.js')
    for (const {id, severity, title} of lintRules) this.log(`${id} ${severity}: ${title}`)
    return {rules: [...lintRules]}
  }
}
