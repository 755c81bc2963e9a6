import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {auditFilters, auditFiltersOf} from '../../cli/flags/audit-filters.js'
import {writeOutputFile} from '../../cli/output-file.js'
import {startProgress} from '../../cli/progress.js'
import {sparkline} from '../../cli/render/sparkline.js'
import {PiError} from '../../lib/errors.js'
import type {AuditStats as Stats, Tally} from '../../lib/services/audit-stats/index.js'

const sections = [
  ['action', 'actions'],
  ['user', 'users'],
  ['realm', 'realms'],
  ['client', 'clients'],
] as const

export default class AuditStats extends AppCommand<typeof AuditStats> {
  static override summary = 'Count the audit log by action, user, realm, client and hour.'
  static override description =
    'With --html the result is also written as a report with charts, one file that needs nothing from elsewhere.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --since 7d', description: 'The last week'},
    {
      command: '<%= config.bin %> <%= command.id %> --action "*/validate/check" --html logins.html',
      description: 'A report on logins',
    },
  ]
  static override flags = {
    ...auditFilters,
    top: Flags.integer({default: 10, description: 'entries of each list', min: 1, max: 10_000}),
    html: Flags.string({description: 'file for a report', helpValue: 'FILE'}),
    title: Flags.string({default: 'Audit log', description: 'heading of the report', helpValue: 'TEXT'}),
  }

  async run(): Promise<Stats> {
    const {flags} = this
    const progress = await startProgress('rows', {quiet: flags.quiet})
    const stats = await this.withApp(async (app) =>
      (await app.auditStats())(auditFiltersOf(flags), {
        top: flags.top,
        signal: this.interruption,
        onProgress: (rows) => progress.advance(rows),
      }),
    ).finally(() => progress.stop())
    if (this.interruption.aborted) throw new PiError('INTERRUPTED', 'Interrupted.')
    if (flags.html !== undefined) {
      const {statsHtml} = await import('../../lib/services/audit-stats/html.js')
      await writeOutputFile(flags.html, statsHtml(stats, {title: flags.title}))
    }
    await this.#show(stats)
    if (flags.html !== undefined) this.notice(`Report: ${flags.html}`)
    return stats
  }

  async #show(stats: Stats): Promise<void> {
    const {rows, failed, from, to, hours, hoursOfDay} = stats
    if (rows === 0) return this.log('There are no such rows.')
    this.log(`${rows} rows, ${failed} failed, ${from?.slice(0, 16)} to ${to?.slice(0, 16)}.`)
    this.log(`${hours[0]?.name.length === 10 ? 'days' : 'hours'}        ${sparkline(hours.map((hour) => hour.rows))}`)
    this.log(`hour of day  ${sparkline(hoursOfDay.map((hour) => hour.rows))}`)
    for (const [header, key] of sections) {
      if (stats[key].length === 0) continue
      this.log('')
      await this.showRows<Tally>(stats[key], [
        {header, get: ({name}) => name},
        {header: 'rows', get: (tally) => tally.rows, align: 'right'},
        {header: 'failed', get: (tally) => tally.failed, align: 'right'},
        {header: 'share', get: (tally) => `${((100 * tally.rows) / rows).toFixed(1)} %`, align: 'right'},
      ])
    }
  }
}
