import type {Catalogue, LiveTable} from '../../../db/catalogue.js'
import {connect} from '../../../db/connect.js'
import {durationOf, sixDigits} from '../../../db/dates.js'
import {loadDialect} from '../../../db/dialect.js'
import {pointInTime} from '../../../db/dialects/postgres.js'
import {describeTable} from '../../../db/dump/describe.js'
import type {DumpTable, Field} from '../../../db/dump/contract.js'
import {Loader} from '../../../db/dump/load.js'
import {recognise} from '../../../db/recognise.js'
import {releaseSchema} from '../../../db/schema/releases.js'
import {PiError} from '../../../errors.js'
import {dumpPieces, type SqlFlavour} from './sql-dump.js'

/**
 * Loads a dump of MariaDB, MySQL or PostgreSQL into a new SQLite file.
 * @returns the next values of the sequences
 * @throws PiError INTEGRITY (damaged), CONFIG (tables of no known release)
 */
export async function loadDump(
  dump: string,
  sqliteFile: string,
  flavour: SqlFlavour,
  warn: (message: string) => void,
): Promise<Record<string, number>> {
  const survey = await surveyOf(dump, flavour)
  const found = recognise(survey.catalogue, survey.stamped, {purpose: 'main', warn})
  if (!found) throw new PiError('INTEGRITY', 'The database dump in the backup has no tables of privacyIDEA or eduMFA.')
  const release = releaseSchema(found.schema.product, found.schema.version)
  const {dump: words} = await loadDialect(flavour)
  const tables = [...survey.catalogue.tables.values()].map((live) =>
    describeTable(live, survey.keys.get(live.name) ?? [], release, words),
  )
  const {dialect, knex: k} = await connect(`sqlite:///${sqliteFile}`, {create: true})
  try {
    await k.raw('PRAGMA synchronous = OFF')
    await k.transaction(async (trx) => {
      const read = async (sql: string, bindings: readonly unknown[] = []) =>
        dialect.dump.rows(await trx.raw(sql, [...bindings] as never[]))
      const stage = {dialect, k: trx, read, nameOf: (name: string) => name, referencesLast: false, replaces: false}
      const loader = await Loader.create(stage, tables, {release, longest: new Map()})
      const byName = new Map(tables.map((table) => [table.name, table]))
      for await (const piece of dumpPieces(dump, flavour)) {
        if (piece.kind !== 'rows') continue
        const table = byName.get(piece.table)
        if (table) await loader.insert(table.name, inOrder(table, piece.columns, piece.rows))
      }
    })
  } finally {
    await k.destroy()
  }
  return survey.sequences
}

interface Survey {
  catalogue: Catalogue
  keys: Map<string, {table: string; name: string; columns: string[]; unique: boolean}[]>
  stamped: string[]
  sequences: Record<string, number>
}

/** What tables there are, before any row is looked at. */
async function surveyOf(dump: string, flavour: SqlFlavour): Promise<Survey> {
  const tables = new Map<string, LiveTable>()
  const survey: Survey = {catalogue: {tables, sequences: new Set()}, keys: new Map(), stamped: [], sequences: {}}
  for await (const piece of dumpPieces(dump, flavour)) {
    if (piece.kind === 'sequence') survey.sequences[piece.name] = piece.next
    else if (piece.kind === 'table') {
      const {columns, name, primaryKey} = piece
      tables.set(name, {name, columns: new Map(columns.map((column) => [column.name, column]))})
      if (primaryKey.length > 0) {
        survey.keys.set(name, [{table: name, name: 'PRIMARY', columns: primaryKey, unique: true}])
      }
    } else if (piece.table === 'alembic_version') survey.stamped.push(...piece.rows.map((row) => String(row[0])))
  }
  return survey
}

function inOrder(table: DumpTable, columns: readonly string[] | undefined, rows: Field[][]): Field[][] {
  const places = table.columns.map(({name}, at) => (columns ? columns.indexOf(name) : at))
  return rows.map((row) => {
    if (row.length !== (columns ?? table.columns).length) {
      throw new PiError(
        'INTEGRITY',
        `The database dump in the backup is damaged: a row of ${table.name} is not complete.`,
      )
    }
    return table.columns.map(({type}, at) => canonical(row[places[at]!] ?? null, type.kind))
  })
}

/** As our own dumps write it. */
function canonical(field: Field, kind: string): Field {
  if (typeof field !== 'string') return field
  if (kind === 'boolean') return field === 't' ? '1' : field === 'f' ? '0' : field
  if (kind === 'datetime') return sixDigits(field)
  if (kind === 'interval') return durationOf(field) === undefined ? pointInTime(field) : sixDigits(field)
  if (kind === 'blob' && field.startsWith('\\x')) return Buffer.from(field.slice(2), 'hex')
  return field
}
