import type {Changes} from '../lib/db/changes.js'
import type {Database} from '../lib/db/database.js'
import type {SecurityModule} from '../lib/security-module.js'
import type {Settings} from '../lib/config/settings.js'
import type {DatabaseService} from '../lib/services/database.js'
import type {CommandAudit} from '../lib/services/command-audit.js'
import {once, passwordSources, type AppOptions, type OnClose} from './options.js'

/** What everything else is made from; each is opened on first use. */
export interface CoreServices {
  /** @throws PiError CONFIG */
  settings(): Promise<Settings>
  /** The main database, of a recognised schema. @throws PiError CONFIG, UNAVAILABLE */
  database(): Promise<Database>
  /** Looking at, making and removing the schema, whatever the main database holds. */
  schema(): Promise<DatabaseService>
  /** The database of the audit table (PI_AUDIT_SQL_URI), often the main one. */
  auditDatabase(): Promise<Database>
  /** The module that holds the keys. @throws PiError CONFIG, UNAVAILABLE, INTEGRITY (wrong password) */
  security(): Promise<SecurityModule>
  /** Writes an audit row about what a command did; it never fails. */
  audit(entry: CommandAudit): Promise<void>
  /** What was changed so far in the main database, and whether an audit row tells of it already. */
  readonly changed: {readonly tables: Changes; audited: boolean}
}

export function coreServices(options: AppOptions, onClose: OnClose): CoreServices {
  const changed = {tables: new Map<string, number>(), audited: false}
  const settings = once(async () => {
    const {loadSettings} = await import('../lib/config/load.js')
    return loadSettings({
      configFile: options.configFile,
      databaseUri: options.databaseUri,
      enckeyFile: options.enckeyFile,
      env: options.env,
      warn: options.warn,
    })
  })
  const database = once(async () => {
    const [{openDatabase}, found] = await Promise.all([import('../lib/db/connect.js'), settings()])
    const opened = await openDatabase(found.required('SQLALCHEMY_DATABASE_URI'), {
      settings: found,
      warn: options.warn,
      onChange(changes) {
        for (const [table, rows] of changes) changed.tables.set(table, (changed.tables.get(table) ?? 0) + rows)
      },
    })
    onClose(() => opened.close())
    return opened
  })
  const schema = once(async () => {
    const [{DatabaseService}, found] = await Promise.all([import('../lib/services/database.js'), settings()])
    const uri = found.required('SQLALCHEMY_DATABASE_URI')
    return new DatabaseService({uri, settings: found, warn: options.warn ?? (() => {})})
  })
  const auditDatabase = once(async () => {
    const found = await settings()
    const uri = found.text('PI_AUDIT_SQL_URI')
    if (!uri) return database()
    const {openDatabase} = await import('../lib/db/connect.js')
    const opened = await openDatabase(uri, {purpose: 'audit', settings: found, warn: options.warn})
    onClose(() => opened.close())
    return opened
  })
  const security = once(async () => {
    const [{openSecurityModule}, found] = await Promise.all([import('../hsm/registry.js'), settings()])
    const opened = await openSecurityModule(found, passwordSources(options))
    onClose(() => opened.close())
    return opened
  })
  const audit = async (entry: CommandAudit) => {
    changed.audited = true
    const {auditCommand} = await import('../lib/services/command-audit.js')
    await auditCommand(await settings(), auditDatabase, entry, options.warn ?? (() => {}))
  }
  return {settings, database, schema, auditDatabase, security, audit, changed}
}
