import {Flags} from '@oclif/core'
import {createWriteStream} from 'node:fs'
import {rename, rm} from 'node:fs/promises'
import {once} from 'node:events'
import {AppCommand} from '../../cli/app-command.js'
import {auditFormats, recordWriter, type AuditFormat} from '../../cli/audit/record-stream.js'
import {auditFilters, auditFiltersOf, hasAuditFilters} from '../../cli/flags/audit-filters.js'
import {PiError, reasonOf} from '../../lib/errors.js'
import {parseTimedelta} from '../../lib/python/timedelta.js'

export default class AuditDump extends AppCommand<typeof AuditDump> {
  static override summary = 'Write the rows of the audit log into a file.'
  static override description =
    'With nothing but the flags of the original (-f, -t) the rows are written as the original does: no header, single ' +
    'quotes, nothing escaped. With a filter or --format it is proper CSV, JSON, JSON lines or CEF. Rows are written as ' +
    'they are read.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> -f audit.csv -t 30d', description: 'As the original'},
    {
      command: '<%= config.bin %> <%= command.id %> --format jsonl --since 2025-01-01 | gzip > audit.gz',
      description: 'JSON lines',
    },
  ]
  static override flags = {
    ...auditFilters,
    filename: Flags.string({char: 'f', description: 'file to write; - or nothing: standard output', helpValue: 'FILE'}),
    timelimit: Flags.string({char: 't', description: 'not older than this, e.g. 30d', helpValue: 'SPAN'}),
    format: Flags.option({options: auditFormats, description: 'form of the rows'})(),
  }

  async run(): Promise<{rows: number; file?: string}> {
    const {flags} = this
    const filters = auditFiltersOf(flags)
    if (flags.timelimit !== undefined) {
      parseTimedelta(flags.timelimit)
      filters.since ??= flags.timelimit
    }
    const own = flags.format !== undefined || hasAuditFilters(flags)
    const format: AuditFormat = flags.format ?? (this.jsonEnabled() || own ? 'csv' : 'legacy')
    const file = flags.filename === undefined || flags.filename === '-' ? undefined : flags.filename
    if (file === undefined && this.jsonEnabled()) {
      throw new PiError('USAGE', 'The rows and the document of --json would be mixed.', {
        hints: ['Write the rows into a file with -f', 'For rows in JSON: --format json'],
      })
    }
    const rows = await this.#writeTo(file, (write) => this.#rows(format, filters, write))
    return {rows, ...(file !== undefined && {file})}
  }

  async #rows(
    format: AuditFormat,
    filters: ReturnType<typeof auditFiltersOf>,
    write: (text: string) => Promise<void>,
  ): Promise<number> {
    return this.withApp(async (app) => {
      const service = await app.auditSearch()
      let text = ''
      const writer = recordWriter(format, {
        schema: await service.schema(),
        fancy: false,
        write: (part) => (text += part),
      })
      let rows = 0
      const legacy = format === 'legacy'
      for await (const page of service.search(filters, {order: legacy ? 'date' : 'oldest', presentKeyOnly: legacy})) {
        writer.push(page)
        rows += page.length
        await write(text)
        text = ''
      }
      writer.end()
      await write(text)
      return rows
    })
  }

  /** A file is there when it is whole. */
  async #writeTo(file: string | undefined, work: (write: (text: string) => Promise<void>) => Promise<number>) {
    if (file === undefined) {
      return work(async (text) => {
        if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
      })
    }
    const temporary = `${file}.part`
    try {
      const stream = createWriteStream(temporary, {mode: 0o600})
      await once(stream, 'open')
      const rows = await work(async (text) => {
        if (text !== '' && !stream.write(text)) await once(stream, 'drain')
      })
      stream.end()
      await once(stream, 'close')
      await rename(temporary, file)
      return rows
    } catch (error) {
      await rm(temporary, {force: true})
      if (error instanceof PiError) throw error
      throw new PiError('CONFIG', `The file ${file} cannot be written: ${reasonOf(error)}`, {cause: error})
    }
  }
}
