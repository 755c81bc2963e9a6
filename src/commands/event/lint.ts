import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {readInputText} from '../../cli/input-text.js'
import {atLeast, lintFlags, reportFindings} from '../../cli/lint-report.js'
import type {EventFinding} from '../../lib/events/lint/contract.js'

export default class EventLint extends AppCommand<typeof EventLint> {
  static override summary = 'Find event handlers that fail, never run, or do something else than they seem to.'
  static override description = `Checks modules, actions, options and conditions against what the release of the database declares, and whether what they
name exists. Ends with status 4 when a rule of severity error is broken. --rules lists all rules.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'The stored handlers'},
    {
      command: '<%= config.bin %> <%= command.id %> -f events.py --sarif lint.sarif --severity warning',
      description: 'A file, for code review',
    },
  ]
  static override flags = {
    ...lintFlags,
    file: Flags.string({
      char: 'f',
      description: 'check the handlers of this export instead of the stored ones',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<{findings: EventFinding[]; errors: number} | {rules: object[]}> {
    const {flags} = this
    const {eventLintRules} = await import('../../lib/events/lint/lint.js')
    if (flags.rules) {
      for (const {id, severity, title} of eventLintRules) this.log(`${id} ${severity}: ${title}`)
      return {rules: [...eventLintRules]}
    }
    const findings = await this.withApp(async (app) => {
      const events = await app.events()
      if (flags.file === undefined) return events.lint()
      return events.lint(await events.fromExport(await readInputText(flags.file)), {only: true})
    })
    const shown = atLeast(flags.severity, findings)
    const errors = await reportFindings(
      {
        results: shown.map(({event, other, ...finding}) => ({
          ...finding,
          objects: [event, ...(other === undefined ? [] : [other])].map((name) => `event/${name}`),
        })),
        rules: eventLintRules,
        tool: 'pi-manage event lint',
      },
      {log: (line) => this.log(line), sarif: flags.sarif, version: this.config.version},
    )
    return {errors, findings: shown}
  }
}
