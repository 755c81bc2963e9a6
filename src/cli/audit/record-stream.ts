import type {Schema} from '../../lib/db/database.js'
import {cefLine} from '../../lib/services/audit-search/cef.js'
import {auditRecord, legacyLine, type AuditRecord, type FoundRow} from '../../lib/services/audit-search/record.js'
import {RowStream} from '../render/row-stream.js'
import type {Column} from '../render/table.js'

export const auditFormats = ['table', 'csv', 'json', 'jsonl', 'yaml', 'cef', 'legacy'] as const
export type AuditFormat = (typeof auditFormats)[number]

interface RecordWriter {
  push(rows: readonly FoundRow[]): void
  end(): void
}

const tableColumns: Column<AuditRecord>[] = [
  {header: 'id', get: ({id}) => id, align: 'right'},
  {header: 'date (UTC)', get: ({date}) => date?.slice(0, 19).replace('T', ' ')},
  {header: 'action', get: ({action}) => action},
  {header: 'ok', get: ({success}) => (success === null ? '' : success ? 'yes' : 'no')},
  {header: 'user', get: ({user, realm}) => (user ? `${user}${realm ? `@${realm}` : ''}` : '')},
  {header: 'serial', get: ({serial}) => serial},
  {header: 'admin', get: ({administrator}) => administrator},
  {header: 'info', get: ({info}) => info},
  {header: 'client', get: ({client}) => client},
  {header: 'signature', get: ({signature}) => signature},
]

const csvColumns = (
  [
    'id',
    'date',
    'signature',
    'neighbours',
    'action',
    'success',
    'serial',
    'tokenType',
    'user',
    'realm',
    'resolver',
    'administrator',
    'actionDetail',
    'info',
    'server',
    'client',
    'policies',
    'startdate',
    'duration',
    'threadId',
    'loglevel',
    'clearanceLevel',
    'authentication',
    'containerSerial',
    'containerType',
    'userAgent',
    'userAgentVersion',
  ] as const
).map((name): Column<AuditRecord> => ({
  header: name,
  get: (record) => {
    const value = record[name]
    return Array.isArray(value) ? value.join(',') : value
  },
}))

/** Writes audit rows as they come. */
export function recordWriter(
  format: AuditFormat,
  {schema, fancy, write}: {schema: Schema; fancy: boolean; write: (text: string) => void},
): RecordWriter {
  if (format === 'legacy') return lines((found) => legacyLine(found, schema), write)
  if (format === 'cef') {
    const product = {name: schema.product === 'edumfa' ? 'eduMFA' : 'privacyIDEA', version: schema.version}
    return lines((found) => cefLine(auditRecord(found, schema), product), write)
  }
  const stream = new RowStream<AuditRecord>({
    format,
    columns: format === 'csv' ? csvColumns : tableColumns,
    key: 'rows',
    toJson: (record) => record,
    fancy,
    write,
  })
  return {
    push: (rows) => stream.push(rows.map((found) => auditRecord(found, schema))),
    end: () => stream.end(),
  }
}

function lines(line: (found: FoundRow) => string, write: (text: string) => void): RecordWriter {
  return {push: (rows) => write(rows.map((found) => line(found)).join('')), end() {}}
}
