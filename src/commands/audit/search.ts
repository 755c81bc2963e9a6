import {Flags} from '@oclif/core'
import {setTimeout as sleep} from 'node:timers/promises'
import {AppCommand} from '../../cli/app-command.js'
import {auditFormats, recordWriter} from '../../cli/audit/record-stream.js'
import {auditFilters, auditFiltersOf} from '../../cli/flags/audit-filters.js'
import {auditRecord, type AuditRecord} from '../../lib/services/audit-search/record.js'

export default class AuditSearch extends AppCommand<typeof AuditSearch> {
  static override summary = 'Find rows of the audit log.'
  static override description =
    'The newest come first. In filters * stands for any text and a leading ! for not. Each row says whether its signature holds.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --user alice --no-success --since 2d',
      description: "Alice's failed logins",
    },
    {
      command: '<%= config.bin %> <%= command.id %> --action "*/validate/check" --follow --output-format jsonl',
      description: 'Logins as they happen',
    },
  ]
  static override flags = {
    ...auditFilters,
    'output-format': Flags.option({
      options: auditFormats,
      default: 'table' as const,
      description: 'form of the rows',
    })(),
    limit: Flags.integer({char: 'n', default: 50, description: 'rows at most; 0: all', min: 0}),
    oldest: Flags.boolean({description: 'the oldest first'}),
    follow: Flags.boolean({char: 'F', description: 'go on with rows as they come, until interrupted'}),
  }

  async run(): Promise<{rows: AuditRecord[]}> {
    const {flags} = this
    const filters = auditFiltersOf(flags)
    const rows: AuditRecord[] = []
    await this.withApp(async (app) => {
      const service = await app.auditSearch()
      const schema = await service.schema()
      const writer = recordWriter(flags['output-format'], {
        schema,
        fancy: process.stdout.isTTY && !flags.follow,
        write: (text) => process.stdout.write(text),
      })
      let last = 0
      const options = {order: flags.oldest ? ('oldest' as const) : ('newest' as const), limit: flags.limit || undefined}
      const found = []
      for await (const page of service.search(filters, options)) {
        for (const {row} of page) last = Math.max(last, Number(row['id']))
        if (this.jsonEnabled()) rows.push(...page.map((one) => auditRecord(one, schema)))
        else if (flags.follow) found.push(...page)
        else writer.push(page)
      }
      // What follows is newer: the newest stands last.
      if (flags.follow) writer.push(flags.oldest ? found : found.toReversed())
      while (flags.follow && !this.interruption.aborted) {
        await sleep(1000, undefined, {signal: this.interruption}).catch(() => {})
        for await (const page of service.search({...filters, afterId: last}, {order: 'oldest'})) {
          last = Number(page.at(-1)?.row['id'] ?? last)
          writer.push(page)
        }
      }
      if (!this.jsonEnabled()) writer.end()
    })
    return {rows}
  }
}
