import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {output} from '../../cli/flags/output.js'
import {PiError} from '../../lib/errors.js'
import type {CaReport as Report} from '../../lib/services/ca/report.js'

const units: Readonly<Record<string, number>> = {h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000}

export default class CaReport extends AppCommand<typeof CaReport> {
  static override summary = 'List certificates by the time of their end.'
  static override description =
    'Of the CAs themselves, their CRLs, what they issued, and what tokens keep; revoked ones only with --all. With --check ' +
    'the command ends with status 4 when something is listed, for monitoring.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --expiring 30d',
      description: 'What ends within 30 days, or has ended',
    },
    {command: '<%= config.bin %> <%= command.id %> myCA --all --output-format csv', description: 'Everything of a CA'},
  ]
  static override args = {name: Args.string({description: 'only this CA', ignoreStdin: true})}
  static override flags = {
    ...output,
    all: Flags.boolean({description: 'revoked ones too'}),
    check: Flags.boolean({dependsOn: ['expiring'], description: 'end with status 4 when something is listed'}),
    expiring: Flags.string({description: 'only what ends within this time: 12h, 30d, 4w, 1y', helpValue: 'TIME'}),
  }

  async run(): Promise<Report> {
    const {all, check, expiring} = this.flags
    const withinMs = expiring === undefined ? undefined : timeOf(expiring)
    const report = await this.withApp(async (app) => {
      const {caReport} = await import('../../lib/services/ca/report.js')
      const options = {ca: this.args.name, withinMs, all, now: new Date()}
      return caReport(await app.database(), await app.authorities(), options)
    })
    await this.showRows(report.rows, [
      {header: 'until', get: ({notAfter}) => notAfter},
      {header: 'days', get: ({daysLeft}) => daysLeft, align: 'right'},
      {header: 'state', get: ({state}) => state},
      {header: 'kind', get: ({kind}) => kind},
      {header: 'ca', get: ({ca}) => ca},
      {header: 'serial', get: ({serial}) => serial},
      {header: 'token', get: ({token}) => token},
      {header: 'subject', get: ({subject}) => subject},
    ])
    // Not thrown: the rows are the result of --json, too.
    for (const {ca, reason} of report.problems) this.notice(`Could not be looked at: ${ca}: ${reason}`)
    if (report.problems.length > 0) process.exitCode = exitCodes.PARTIAL
    else if (check && report.rows.length > 0) {
      this.notice(`${report.rows.length} end within ${expiring}, or have ended.`)
      process.exitCode = exitCodes.DIFFERENCE
    }
    return report
  }
}

function timeOf(text: string): number {
  const [, number, unit] = /^(\d{1,6})([hdwy])$/.exec(text) ?? []
  if (number !== undefined && unit !== undefined) return Number(number) * units[unit]!
  throw new PiError('USAGE', `'${text}' is no time.`, {hints: ['For example 30d; units are h, d, w, y']})
}
