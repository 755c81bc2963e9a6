import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readInputText} from '../../cli/input-text.js'
import {atLeast, lintFlags, reportFindings} from '../../cli/lint-report.js'
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
    ...lintFlags,
    file: Flags.string({
      char: 'f',
      description: 'check the policies of this export instead of the stored ones',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<{findings: Finding[]; errors: number} | {rules: object[]}> {
    const {flags} = this
    const {lintRules} = await import('../../lib/policy/lint/lint.js')
    if (flags.rules) {
      for (const {id, severity, title} of lintRules) this.log(`${id} ${severity}: ${title}`)
      return {rules: [...lintRules]}
    }
    const findings = await this.withApp(async (app) => {
      const policies = await app.policies()
      if (flags.file === undefined) return policies.lint()
      return policies.lint(await policies.fromExport(await readInputText(flags.file)), {only: true})
    })
    const shown = atLeast(flags.severity, findings)
    const errors = await reportFindings(
      {
        results: shown.map(({other, policy, ...finding}) => ({
          ...finding,
          objects: [policy, ...(other === undefined ? [] : [other])].map((name) => `policy/${name}`),
        })),
        rules: lintRules,
        tool: 'pi-manage policy lint',
      },
      {log: (line) => this.log(line), sarif: flags.sarif, version: this.config.version},
    )
    return {errors, findings: shown}
  }
}
