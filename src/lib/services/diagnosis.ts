import {arch, platform, release} from 'node:os'
import type {Settings, SettingValue} from '../config/settings.js'
import type {Database, Row} from '../db/database.js'
import type {ConfigObjectService} from './config-objects.js'
import type {DatabaseService, DatabaseStatus} from './database.js'
import {maskedSettings} from './resolvers/masking.js'

/** Facts for those who help with an installation; no secret is among them. */
export interface Diagnosis {
  /** ISO 8601, UTC. */
  time: string
  system: {node: string; platform: string; release: string; arch: string}
  settings: {file: string | null; product: string; values: Record<string, SettingValue>}
  schema: DatabaseStatus
  /** Rows by table. */
  rows: Record<string, number>
  /** Tokens by type. */
  tokens: Record<string, number>
  /** Configuration objects by type, secrets as `__CENSORED__`. */
  configuration: Record<string, unknown>
}

interface DiagnosisSources {
  settings: Settings
  schema: DatabaseService
  db: Database
  objects: ConfigObjectService
}

/** Settings whose value is known to be harmless; of all others only the name is told. */
const harmlessSettings =
  /^(?:SUPERUSER_REALM|SQLALCHEMY_TRACK_MODIFICATIONS|(?:PI|EDUMFA)_(?:AUDIT_(?:MODULE|SQL_TRUNCATE|NO_SIGN|POOL_\w+|SERVERNAME|SQL_COLUMN_LENGTH)|ENGINE_REGISTRY_CLASS|HASH_ALGO_LIST|HSM_MODULE|LOGLEVEL|NODES?|NODE_UUID|CHECK_OLD_SIGNATURES|NO_RESPONSE_SIGN|UUID_FILE|ENCFILE|AUDIT_KEY_(?:PRIVATE|PUBLIC)|LOGFILE|LOGCONFIG|GNUPG_HOME))$/

const tables = [
  'token',
  'tokeninfo',
  'tokenowner',
  'tokenrealm',
  'tokencontainer',
  'challenge',
  'usercache',
  'authcache',
  'customuserattribute',
  'machinetoken',
  'eventcounter',
  'monitoringstats',
  'clientapplication',
  'admin',
] as const

/** Reads what is to be known of an installation. Changes nothing. @throws PiError CONFIG, UNAVAILABLE */
export async function diagnose({db, objects, schema, settings}: DiagnosisSources, now: Date): Promise<Diagnosis> {
  const rows: Record<string, number> = {}
  for (const table of [...tables, db.schema.auditTable]) {
    if (!db.schema.hasTable(table)) continue
    const [row] = (await db.k(table).count({n: '*'})) as Row[]
    rows[table] = Number(row?.['n'] ?? 0)
  }
  const types = (await db.k('token').select('tokentype').count({n: '*'}).groupBy('tokentype')) as Row[]
  return {
    time: now.toISOString(),
    system: {node: process.version, platform: platform(), release: release(), arch: arch()},
    settings: {
      file: settings.file ?? null,
      product: settings.product,
      values: Object.fromEntries(settings.keys().map((key) => [key, shownSetting(key, settings.get(key))])),
    },
    schema: await schema.status(),
    rows,
    tokens: Object.fromEntries(types.map((row) => [String(row['tokentype']), Number(row['n'])])),
    configuration: await configurationOf(objects),
  }
}

function shownSetting(key: string, value: SettingValue | undefined): SettingValue {
  return harmlessSettings.test(key) ? (value ?? null) : '(set)'
}

async function configurationOf(objects: ConfigObjectService): Promise<Record<string, unknown>> {
  const tree = await objects.read({form: 'censored'})
  return Object.fromEntries([...tree].map(([{kind}, documents]) => [kind, masked(Object.fromEntries(documents))]))
}

/** Also what the originals store in clear, wherever it stands. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked)
  if (value === null || typeof value !== 'object') return value
  const texts: Record<string, string> = {}
  const others: Record<string, unknown> = {}
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'string') texts[key] = one
    else others[key] = masked(one)
  }
  return {...maskedSettings(texts), ...others}
}
