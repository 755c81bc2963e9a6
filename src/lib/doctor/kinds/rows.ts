import type {Database, Row} from '../../db/database.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Fault, type Outcome} from '../contract.js'

/** Rows that have lost what they belong to, or their use. */
export const rowChecks: readonly DoctorCheck[] = [
  {
    id: 'orphaned-token-rows',
    title: 'no row belongs to a token that is gone',
    severity: 'warning',
    mend: 'pi-manage gc',
    timeoutMs: 60_000,
    async run({database, sweeps}) {
      await database()
      const found = (await sweeps()).filter(({name, rows}) => name.startsWith('orphaned-') && rows > 0)
      return outcome(
        'none',
        found.map(({name, rows}) => ({
          message: `${rows} rows of ${name.replace('orphaned-', '')} belong to no token.`,
          mend: `pi-manage gc --only ${name}`,
        })),
      )
    },
  },
  {
    id: 'orphaned-config-rows',
    title: 'no option or condition belongs to an object that is gone',
    severity: 'warning',
    mend: 'Delete the rows; a backup before it does no harm',
    run: (env) => referenced(env, configReferences),
  },
  {
    id: 'owners-realm',
    title: 'owners and realms of tokens are in realms that are there',
    severity: 'error',
    mend: 'pi-manage token-janitor find --orphaned true shows the tokens; assign them anew, or pi-manage token set-realms',
    run: (env) => referenced(env, realmReferences),
  },
  {
    id: 'owners-resolver',
    title: 'owners of tokens are in resolvers that are there',
    severity: 'error',
    mend: 'pi-manage token-janitor find --orphaned true',
    async run({database}) {
      const db = await database()
      const rows = (await db
        .k('tokenowner')
        .whereNotNull('resolver')
        .whereNotIn('resolver', db.k('resolver').select('name'))
        .groupBy('resolver')
        .select('resolver')
        .count({n: '*'})) as Row[]
      return outcome(
        'all known',
        rows.map((row) => ({
          message: `${Number(row['n'])} tokens belong to users of the unknown resolver '${String(row['resolver'])}'.`,
        })),
      )
    },
  },
  {
    id: 'stale-rows',
    title: 'rows that nobody needs any more are cleared away',
    severity: 'warning',
    mend: 'pi-manage gc, daily by cron',
    timeoutMs: 60_000,
    async run({database, sweeps, limits}) {
      await database()
      const found = (await sweeps()).filter(({name}) => !name.startsWith('orphaned-'))
      return outcome(
        `${found.reduce((sum, {rows}) => sum + rows, 0)} rows`,
        found
          .filter(({rows}) => rows > limits.staleRows)
          .map(({name, rows}) => ({
            message: `${rows} rows to be swept: ${name}.`,
            mend: `pi-manage gc --only ${name}`,
          })),
      )
    },
  },
  {
    id: 'locks',
    title: 'no run of this tool died and left its lock',
    severity: 'note',
    mend: 'Nothing: the next run takes the lock over',
    async run({database, now}) {
      const db = await database()
      const rows: Row[] = await db.k<Row>('config').where('Key', 'like', 'pi-manage.lock.%').select('Key', 'Value')
      const dead = rows.filter((row) => now.getTime() / 1000 - heartbeatOf(row) > 3600)
      return outcome(
        `${rows.length} locks`,
        dead.map((row) => ({
          message: `The lock ${String(row['Key']).replace('pi-manage.lock.', '')} is older than an hour.`,
        })),
      )
    },
  },
  {
    id: 'system-settings',
    title: 'settings in the database are numbers where numbers are needed',
    severity: 'error',
    mend: 'pi-manage config set KEY VALUE',
    async run({database}) {
      const db = await database()
      const rows: Row[] = await db.k<Row>('config').whereIn('Key', numericSettings).select('Key', 'Value')
      const wrong = rows.filter((row) => !/^\s*[+-]?\d+\s*$/.test(String(row['Value'] ?? '')))
      return outcome(
        `${rows.length} settings`,
        wrong.map((row) => ({
          message: `${String(row['Key'])} is no number.`,
          mend: `pi-manage config set ${String(row['Key'])} NUMBER`,
        })),
      )
    },
  },
]

/** table.column that refers to table.id; tables that this release lacks are left out. */
type Reference = readonly [table: string, column: string, parent: string]

const configReferences: readonly Reference[] = [
  ['policycondition', 'policy_id', 'policy'],
  ['description', 'object_id', 'policy'],
  ['eventhandleroption', 'eventhandler_id', 'eventhandler'],
  ['eventhandlercondition', 'eventhandler_id', 'eventhandler'],
  ['periodictaskoption', 'periodictask_id', 'periodictask'],
  ['periodictasklastrun', 'periodictask_id', 'periodictask'],
  ['resolverconfig', 'resolver_id', 'resolver'],
  ['resolverrealm', 'resolver_id', 'resolver'],
  ['resolverrealm', 'realm_id', 'realm'],
  ['caconnectorconfig', 'caconnector_id', 'caconnector'],
  ['smsgatewayoption', 'gateway_id', 'smsgateway'],
  ['machineresolverconfig', 'resolver_id', 'machineresolver'],
]

const realmReferences: readonly Reference[] = [
  ['tokenowner', 'realm_id', 'realm'],
  ['tokenrealm', 'realm_id', 'realm'],
]

/** Settings of `config` that the originals read as whole numbers. */
const numericSettings = [
  'DefaultMaxFailCount',
  'DefaultOtpLen',
  'DefaultCountWindow',
  'DefaultSyncWindow',
  'DefaultChallengeValidityTime',
  'AutoResyncTimeout',
  'failcounter_clear_timeout',
  'UserCacheExpiration',
  'recovery.timeout',
  'totp.timeStep',
  'totp.timeWindow',
  'totp.timeShift',
]

async function referenced({database}: DoctorEnv, references: readonly Reference[]): Promise<Outcome> {
  const db = await database()
  const faults: Fault[] = []
  for (const [table, column, parent] of references) {
    if (!db.schema.hasColumn(table, column) || !db.schema.hasTable(parent)) continue
    const rows = await lostRows(db, table, column, parent)
    if (rows > 0) faults.push({message: `${rows} rows of ${table} belong to no ${parent}.`})
  }
  return outcome(`${references.length} references`, faults)
}

async function lostRows(db: Database, table: string, column: string, parent: string): Promise<number> {
  const query = db.k(table).whereNotNull(column).whereNotIn(column, db.k(parent).select('id'))
  if (table === 'description') query.where('object_type', parent)
  const [row] = (await query.count({n: '*'})) as Row[]
  return Number(row?.['n'] ?? 0)
}

function heartbeatOf(row: Row): number {
  try {
    return Number((JSON.parse(String(row['Value'])) as {heartbeat?: number}).heartbeat ?? 0)
  } catch {
    return 0
  }
}
