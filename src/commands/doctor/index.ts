import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {doctorText} from '../../cli/render/doctor.js'
import type {CheckFacts, DoctorReport} from '../../lib/services/doctor/index.js'

export default class Doctor extends AppCommand<typeof Doctor> {
  static override summary = 'Look at the whole installation: what is wrong, what will be, and what mends it.'
  static override description =
    'Configuration, files, keys, database, schema, user stores, tokens, policies, event handlers, periodic tasks, servers, ' +
    'audit log and certificates are looked at beside each other, and nothing is changed. ' +
    'The exit status is 3 when an error was found, 4 when there are only warnings, and 0 otherwise; notes do not count.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %>', description: 'Everything; shown is what is not in order'},
    {command: '<%= config.bin %> <%= command.id %> --list', description: 'The checks there are'},
    {
      command: '<%= config.bin %> <%= command.id %> --check clock --check database',
      description: 'Two of them',
    },
    {command: '<%= config.bin %> <%= command.id %> --json --fail-on error', description: 'For monitoring'},
  ]
  static override flags = {
    all: Flags.boolean({char: 'a', description: 'show also what is in order, and what was skipped'}),
    check: Flags.string({
      description: 'only this check; may be repeated',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'fail-on': Flags.option({
      default: 'warning' as const,
      description: 'severity from which the exit status is not 0',
      options: ['error', 'warning', 'note'] as const,
    })(),
    list: Flags.boolean({description: 'list the checks, and do nothing'}),
    skip: Flags.string({
      description: 'leave this check out; may be repeated',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    timeout: Flags.integer({
      default: 5,
      description: 'seconds that a server or user store gets to answer',
      max: 60,
      min: 1,
    }),
  }

  readonly #warnings: string[] = []

  async run(): Promise<DoctorReport | {checks: CheckFacts[]}> {
    const {flags} = this
    if (flags.list) return this.#list()
    const report = await this.withApp(async (app) => {
      const doctor = await app.doctor({answerMs: flags.timeout * 1000, warnings: this.#warnings})
      return doctor.examine({only: flags.check ?? [], skip: flags.skip ?? []})
    })
    const colours = process.stdout.isTTY && !process.env['NO_COLOR']
    for (const line of doctorText(report, {all: flags.all || flags.check !== undefined, colours})) this.log(line)
    process.exitCode = statusOf(report, flags['fail-on'])
    return report
  }

  /** Warnings are part of the report. */
  protected override notice(message: string): void {
    this.#warnings.push(message)
  }

  async #list(): Promise<{checks: CheckFacts[]}> {
    const {listChecks} = await import('../../lib/services/doctor/index.js')
    const checks = listChecks()
    await this.showRows(checks, [
      {header: 'check', get: ({id}) => id},
      {header: 'severity', get: ({severity}) => severity},
      {header: 'what must be', get: ({title}) => title},
    ])
    return {checks}
  }
}

function statusOf({summary}: DoctorReport, failOn: 'error' | 'warning' | 'note'): number {
  if (summary.errors > 0) return exitCodes.INTEGRITY
  const counted = failOn === 'error' ? 0 : failOn === 'warning' ? summary.warnings : summary.warnings + summary.notes
  return counted > 0 ? exitCodes.DIFFERENCE : 0
}
