import {createGzip} from 'node:zlib'
import {buffer} from 'node:stream/consumers'
import {pack} from 'tar-stream'
import type {Settings} from '../../config/settings.js'
import type {Database, Row} from '../../db/database.js'
import {redacted, redactedSettings} from '../../doctor/redact.js'
import {PiError, reasonOf} from '../../errors.js'
import type {ConfigObjectService} from '../config-objects.js'
import type {DatabaseCheck, DatabaseStatus} from '../database.js'
import type {DoctorReport} from './index.js'

/** What a bundle is made of; each part may fail, and the others come along all the same. */
export interface BundleSources {
  report: DoctorReport
  /** The report for reading. */
  reportText: string
  /** Of this program. */
  version: string
  settings(): Promise<Settings>
  database(): Promise<Database>
  status(): Promise<DatabaseStatus>
  check(): Promise<DatabaseCheck>
  objects(): Promise<ConfigObjectService>
}

/**
 * A compressed archive for whoever is asked for help: what the doctor found, versions, settings, schema, counts, and the
 * configuration objects. Seeds, PINs, passwords and keys are not in it; nothing of tokens, users and the audit log but
 * numbers.
 * @returns the archive, and the names of its parts
 */
export async function makeBundle(
  sources: BundleSources,
  now = new Date(),
): Promise<{archive: Buffer; parts: string[]}> {
  const {database, objects, report, reportText, settings, version} = sources
  const parts: [string, () => Promise<unknown>][] = [
    [
      'versions.json',
      async () => ({
        piManage: version,
        node: process.version,
        openssl: process.versions.openssl,
        platform: process.platform,
        architecture: process.arch,
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        made: now.toISOString(),
      }),
    ],
    ['settings.json', async () => redactedSettings(await settings())],
    ['database.json', async () => ({status: await sources.status(), check: await sources.check()})],
    ['counts.json', async () => rowCounts(await database())],
    ['objects.json', async () => censoredObjects(await objects())],
  ]
  const files: [string, string][] = [
    ['report.txt', String(redacted(reportText))],
    ['report.json', textOf(redacted(report))],
  ]
  for (const [name, make] of parts) {
    const content = await make().catch((error: unknown) => ({
      failed: error instanceof PiError ? error.message : reasonOf(error).split('\n', 1)[0],
    }))
    files.push([name, textOf(name === 'settings.json' ? content : redacted(content))])
  }
  const tar = pack()
  for (const [name, content] of files) tar.entry({name: `pi-manage-bundle/${name}`, mode: 0o600, mtime: now}, content)
  tar.finalize()
  return {archive: await buffer(tar.pipe(createGzip())), parts: files.map(([name]) => name)}
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item), 2)}\n`
}

/** Rows of every table that holds anything of the server. */
async function rowCounts(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of tables) {
    if (!db.schema.hasTable(name)) continue
    const [row] = (await db.k(name).count({n: '*'})) as Row[]
    counts[name] = Number(row?.['n'] ?? 0)
  }
  const types = (await db.k('token').groupBy('tokentype').select('tokentype').count({n: '*'})) as Row[]
  for (const row of types) counts[`token of type ${String(row['tokentype'])}`] = Number(row['n'])
  return counts
}

async function censoredObjects(objects: ConfigObjectService): Promise<Record<string, unknown>> {
  const tree = await objects.read({form: 'censored'})
  return Object.fromEntries([...tree].map(([{kind}, found]) => [kind, Object.fromEntries(found)]))
}

const tables = (
  'token tokeninfo tokenowner tokenrealm tokengroup tokentokengroup tokencontainer challenge realm resolver resolverrealm ' +
  'customuserattribute admin passwordreset usercache authcache config policy policycondition eventhandler eventcounter ' +
  'periodictask periodictasklastrun monitoringstats machinetoken caconnector smtpserver radiusserver smsgateway ' +
  'privacyideaserver edumfaserver clientapplication pidea_audit mfa_audit nodename serviceid metric_aggregate'
).split(' ')
