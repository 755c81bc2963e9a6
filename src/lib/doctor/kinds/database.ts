import type {Database, Row} from '../../db/database.js'
import {databaseSeconds} from '../../db/clock.js'
import {parseSqlalchemyUrl} from '../../db/sqlalchemy-url.js'
import {outcome, type DoctorCheck, type Fault} from '../contract.js'
import {firstRow} from '../shared/rows.js'

/** The database server: whether it answers, keeps the time, and is set up for this. */
export const databaseChecks: readonly DoctorCheck[] = [
  {
    id: 'database',
    title: 'the database answers and holds a known schema',
    severity: 'error',
    mend: 'Start the database, or correct SQLALCHEMY_DATABASE_URI',
    owns: 'database',
    async run({database}) {
      const {schema, dialect} = await database()
      return outcome(`${schema.product} ${schema.version} on ${dialect}`, [])
    },
  },
  {
    id: 'database-version',
    title: 'the database server still gets corrections',
    severity: 'warning',
    mend: 'Upgrade the database server',
    async run({database}) {
      const db = await database()
      const text = await serverVersion(db)
      const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number)
      const [leastMajor, leastMinor] = leastVersions[db.dialect]
      const old = major < leastMajor || (major === leastMajor && minor < leastMinor)
      return outcome(text, old ? [{message: `${text} is older than ${leastMajor}.${leastMinor}.`}] : [])
    },
  },
  {
    id: 'database-file',
    title: 'the database file is undamaged (SQLite)',
    severity: 'error',
    mend: 'pi-manage backup restore',
    timeoutMs: 60_000,
    async run({database}) {
      const db = await database()
      if (db.dialect !== 'sqlite') return {skipped: 'It is no SQLite database.'}
      const rows: Row[] = await db.k.raw('PRAGMA quick_check(5)')
      const found = rows.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok')
      return outcome(
        'quick_check is content',
        found.map((text) => ({message: `SQLite says: ${text.split('\n', 1)[0]!}`})),
      )
    },
  },
  {
    id: 'database-pool',
    title: 'connections are renewed before the server drops them, and are not too many',
    severity: 'warning',
    mend: "Set SQLALCHEMY_ENGINE_OPTIONS = {'pool_recycle': 600, 'pool_pre_ping': True}",
    async run({database, settings}) {
      const db = await database()
      if (db.dialect === 'sqlite') return {skipped: 'SQLite has no server.'}
      const found = await settings()
      const engine = (found.get('SQLALCHEMY_ENGINE_OPTIONS') ?? {}) as Record<string, unknown>
      const recycle = Number(engine['pool_recycle'] ?? found.integer('SQLALCHEMY_POOL_RECYCLE') ?? -1)
      const faults: Fault[] = []
      if (db.dialect === 'mariadb' && engine['pool_pre_ping'] !== true) {
        const wait = await serverNumber(db, 'SELECT @@global.wait_timeout AS n')
        if (recycle <= 0 || recycle >= wait) {
          const own = recycle <= 0 ? 'never renewed' : `renewed after ${recycle} s`
          faults.push({message: `The server drops connections after ${wait} s, but they are ${own}: logins fail then.`})
        }
      }
      const size = Number(engine['pool_size'] ?? found.integer('SQLALCHEMY_POOL_SIZE') ?? 5)
      const overflow = Number(engine['max_overflow'] ?? found.integer('SQLALCHEMY_MAX_OVERFLOW') ?? 10)
      const most = await serverNumber(
        db,
        db.dialect === 'postgres'
          ? "SELECT current_setting('max_connections')::int AS n"
          : 'SELECT @@global.max_connections AS n',
      )
      if (size + overflow > most) {
        faults.push({
          message: `One process may open ${size + overflow} connections; the server allows ${most} in all.`,
          mend: 'Lower pool_size and max_overflow, or raise max_connections of the server',
        })
      }
      return outcome(`at most ${size + overflow} of ${most} connections a process`, faults)
    },
  },
  {
    id: 'database-charset',
    title: 'every letter can be stored',
    severity: 'warning',
    mend: 'Convert database and tables to utf8mb4',
    async run({database}) {
      const db = await database()
      if (db.dialect === 'sqlite') return {skipped: 'SQLite stores UTF-8.'}
      const row = await firstRow(
        db,
        db.dialect === 'postgres'
          ? "SELECT current_setting('server_encoding') AS name"
          : 'SELECT default_character_set_name AS name FROM information_schema.schemata WHERE schema_name = database()',
      )
      const charset = String(row?.['name'] ?? row?.['NAME'] ?? '')
      return outcome(charset, /^utf-?8/i.test(charset) ? [] : [{message: `The database stores ${charset}, not UTF-8.`}])
    },
  },
  {
    id: 'database-password',
    title: 'the database wants a password, and the way to it is safe',
    severity: 'note',
    mend: 'Add sslmode (PostgreSQL) or ssl options (MariaDB) to SQLALCHEMY_DATABASE_URI',
    async run({settings, database}) {
      const db = await database()
      if (db.dialect === 'sqlite') return {skipped: 'SQLite has no server.'}
      const found = await settings()
      const {host, password, query} = parseSqlalchemyUrl(found.required('SQLALCHEMY_DATABASE_URI'))
      const local = !host || ['localhost', '127.0.0.1', '::1'].includes(host)
      if (local) return outcome('on this machine', [])
      const engine = JSON.stringify(found.get('SQLALCHEMY_ENGINE_OPTIONS') ?? {})
      const encrypted = [...query.keys()].some((key) => /^ssl/.test(key)) || /"ssl/.test(engine)
      const faults: Fault[] = encrypted ? [] : [{message: `Nothing asks for TLS on the way to ${host}.`}]
      if (!password) faults.push({message: `No password is used at ${host}.`, severity: 'warning'})
      return outcome(`TLS to ${host}`, faults)
    },
  },
  {
    id: 'clock',
    title: 'this machine and the database agree on the time',
    severity: 'error',
    mend: 'Synchronise both clocks (chrony, systemd-timesyncd)',
    async run({database, limits}) {
      const db = await database()
      const before = Date.now()
      const theirs = await databaseSeconds(db)
      // The database tells whole seconds, cut off.
      const off = Math.round(theirs + 0.5 - (before + Date.now()) / 2000)
      const wrong = Math.abs(off) > limits.clockSeconds
      return outcome(
        `${Math.abs(off)} s apart`,
        wrong ? [{message: `The clock of the database is ${Math.abs(off)} s ${off > 0 ? 'ahead' : 'behind'}.`}] : [],
      )
    },
  },
  {
    id: 'future-times',
    title: 'nothing was stored with a time that is still to come',
    severity: 'warning',
    mend: 'Find the node whose clock was wrong; a future __timestamp__ is mended by any change of configuration',
    async run({database, auditDatabase, now}) {
      const db = await database()
      const faults: Fault[] = []
      const row = await db.k<Row>('config').where('Key', '__timestamp__').first('Value')
      const stamp = Number(row?.['Value'] ?? 0)
      if (stamp > now.getTime() / 1000 + 60) {
        faults.push({
          message: 'The configuration claims to have been changed in the future: servers reload it at every request.',
        })
      }
      // A day, so that it does not matter whether a column holds UTC or local time.
      const tomorrow = new Date(now.getTime() + 86_400_000).toISOString().slice(0, 19).replace('T', ' ')
      for (const [table, column] of dated) {
        if (!db.schema.hasTable(table)) continue
        const [found] = (await db.k(table).where(column, '>', tomorrow).count({n: '*'})) as Row[]
        if (Number(found?.['n']) > 0)
          faults.push({message: `${table}.${column} lies in the future in ${Number(found?.['n'])} rows.`})
      }
      const audit = await auditDatabase()
      const last = (await audit.k<Row>(audit.schema.auditTable).orderBy('id', 'desc').first('date')) as Row | undefined
      if (String(last?.['date'] ?? '') > tomorrow) faults.push({message: 'The last audit row lies in the future.'})
      return outcome(`${dated.length + 2} places`, faults)
    },
  },
]

/** Columns that are never set ahead. */
const dated: readonly (readonly [string, string])[] = [
  ['challenge', 'timestamp'],
  ['usercache', 'timestamp'],
  ['authcache', 'last_auth'],
  ['periodictask', 'last_update'],
  ['periodictasklastrun', 'timestamp'],
  ['monitoringstats', 'timestamp'],
]

/** The oldest that Debian, Ubuntu LTS or the makers still correct. */
const leastVersions = {sqlite: [3, 31], postgres: [13, 0], mariadb: [10, 5]} as const

async function serverVersion(db: Database): Promise<string> {
  const sql = db.dialect === 'sqlite' ? "SELECT 'SQLite ' || sqlite_version() AS v" : 'SELECT version() AS v'
  const row = await firstRow(db, sql)
  const text = String(row?.['v'] ?? '')
  return (db.dialect === 'mariadb' ? `MariaDB ${text}` : text).slice(0, 40)
}

async function serverNumber(db: Database, sql: string): Promise<number> {
  return Number((await firstRow(db, sql))?.['n'] ?? 0)
}
