import {PiError} from '../errors.js'
import type {Settings} from '../config/settings.js'
import type {Catalogue} from './catalogue.js'
import type {Changes} from './changes.js'
import type {Database, Schema} from './database.js'
import {dialectNameOf, loadDialect, type Connected, type Dialect} from './dialect.js'
import {OpenDatabase} from './open-database.js'
import {readRevisions, recognise} from './recognise.js'
import {parseSqlalchemyUrl} from './sqlalchemy-url.js'

export interface OpenOptions {
  /** For `SQLALCHEMY_ENGINE_OPTIONS` and `PI_AUDIT_SQL_OPTIONS`. */
  settings?: Settings | undefined
  warn?: ((message: string) => void) | undefined
  /** `audit`: a database that may hold the audit table only. */
  purpose?: 'main' | 'audit'
  /** Makes the database file if it is missing (SQLite only), and takes an empty database. */
  create?: boolean
  /** Let the database refuse every write. */
  readOnly?: boolean
  /** Instead of those in the settings, e.g. `{pool_size: 5, pool_timeout: 10}` (seconds). */
  engineOptions?: Readonly<Record<string, unknown>>
  /** For a relative SQLite path; default the process's. */
  workingDirectory?: string
  /** Told after each transaction that changed something. */
  onChange?: (changes: Changes) => void
}

/** A connection whose schema nobody has looked at yet. */
export interface Connection extends Connected {
  dialect: Dialect
}

/**
 * Opens a database by its SQLAlchemy URI and finds out what it holds.
 * @throws PiError CONFIG (URI, missing file, schema unknown, too old or absent), UNAVAILABLE (no answer)
 */
export async function openDatabase(uri: string, options: OpenOptions = {}): Promise<Database> {
  const {purpose = 'main', warn = () => {}} = options
  const connection = await connect(uri, options)
  const {knex: k, dialect} = connection
  try {
    const catalogue = await dialect.readCatalogue(k)
    const found = recognise(catalogue, await readRevisions(k, catalogue), {purpose, warn})
    if (!found && !options.create) throw noTables(connection.description, catalogue)
    if (found?.readOnlyBecause && !options.readOnly) {
      await k.destroy()
      return await openDatabase(uri, {...options, readOnly: true, warn: undefined})
    }
    return new OpenDatabase({
      k,
      dialect,
      catalogue,
      schema: found?.schema ?? emptySchema,
      readOnlyBecause: found?.readOnlyBecause,
      onChange: options.onChange,
    })
  } catch (error) {
    await k.destroy()
    throw error
  }
}

/** Only connects: for commands that look at or make a schema. */
export async function connect(uri: string, options: OpenOptions = {}): Promise<Connection> {
  const {settings, purpose = 'main', warn = () => {}, create = false} = options
  const url = parseSqlalchemyUrl(uri)
  const dialect = await loadDialect(dialectNameOf(url.backend))
  const audit = purpose === 'audit' ? settings?.get('PI_AUDIT_SQL_OPTIONS') : undefined
  const engine = options.engineOptions ?? audit ?? settings?.get('SQLALCHEMY_ENGINE_OPTIONS')
  const engineOptions = engine && typeof engine === 'object' && !Array.isArray(engine) ? engine : {}
  const connected = await dialect.connect({
    url,
    engineOptions: engineOptions as Record<string, unknown>,
    create,
    readOnly: options.readOnly ?? false,
    workingDirectory: options.workingDirectory ?? process.cwd(),
    warn,
  })
  return {...connected, dialect}
}

/** What an empty database counts as until its tables are made. */
const emptySchema: Schema = {
  product: 'privacyidea',
  version: '3.8',
  revision: undefined,
  auditTable: 'pidea_audit',
  auditServerColumn: 'privacyidea_server',
  remoteServerTable: 'privacyideaserver',
  policyNodeColumn: 'pinode',
  finishedRolloutState: '',
  hasTable: () => false,
  hasColumn: () => false,
  columnLength: () => undefined,
}

function noTables(description: string, {tables}: Catalogue): PiError {
  const what = tables.size === 0 ? 'is empty' : 'holds no tables of privacyIDEA or eduMFA'
  return new PiError('CONFIG', `The database ${what} (${description}).`, {
    hints: ['pi-manage db create-tables makes them'],
  })
}
