import {createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {signAuditRow, verifyAuditRow, type SignedAuditFields} from '../../audit/sign.js'
import type {Row} from '../../db/database.js'
import {reasonOf} from '../../errors.js'
import {generationsPath, readGenerations} from '../../audit/generations.js'
import {signedFields} from '../../store/audit.js'
import {outcome, type DoctorCheck, type DoctorEnv} from '../contract.js'

/** The audit log. */
export const auditChecks: readonly DoctorCheck[] = [
  {
    id: 'audit-database',
    title: 'the audit table can be read',
    severity: 'error',
    mend: 'Start the audit database, or correct PI_AUDIT_SQL_URI',
    owns: 'auditDatabase',
    async run(env) {
      if (await isElsewhere(env)) return {skipped: 'Audit rows do not go into a table.'}
      const db = await env.auditDatabase()
      const last = (await db.k<Row>(db.schema.auditTable).max({id: 'id'}).first()) as Row | undefined
      return outcome(`${db.schema.auditTable}, last id ${Number(last?.['id'] ?? 0)}`, [])
    },
  },
  {
    id: 'audit-signing',
    title: 'audit rows can be signed',
    severity: 'error',
    mend: 'pi-manage setup create-audit-keys',
    async run(env) {
      const settings = await env.settings()
      if (settings.flag('PI_AUDIT_NO_SIGN')) return {skipped: 'PI_AUDIT_NO_SIGN is on.'}
      const [privateFile, publicFile] = [settings.path('PI_AUDIT_KEY_PRIVATE'), settings.path('PI_AUDIT_KEY_PUBLIC')]
      try {
        const privateKey = createPrivateKey(await readFile(privateFile ?? ''))
        const signature = await signAuditRow(privateKey, probe)
        const verified = verifyAuditRow(createPublicKey(await readFile(publicFile ?? '')), probe, signature)
        return outcome('a row was signed and verified', verified ? [] : [{message: 'What is signed does not verify.'}])
      } catch (error) {
        return outcome('', [{message: `Nothing can be signed: ${reasonOf(error)}`}])
      }
    },
  },
  {
    id: 'audit-rows',
    title: 'the last audit rows are as they were signed',
    severity: 'error',
    mend: 'pi-manage audit verify',
    async run(env) {
      const settings = await env.settings()
      if (settings.flag('PI_AUDIT_NO_SIGN')) return {skipped: 'PI_AUDIT_NO_SIGN is on.'}
      if (await isElsewhere(env)) return {skipped: 'Audit rows do not go into a table.'}
      const db = await env.auditDatabase()
      const rows: Row[] = await db.k<Row>(db.schema.auditTable).orderBy('id', 'desc').limit(lastRows)
      if (rows.length === 0) return {skipped: 'There are no audit rows.'}
      const keys = await publicKeys(settings.path('PI_AUDIT_KEY_PUBLIC'), generationsPath(settings))
      const allowOld = settings.flag('PI_CHECK_OLD_SIGNATURES')
      const bad = rows.filter((row) => {
        const fields = signedFields(row, db.schema)
        const signature = row['signature'] === null ? null : String(row['signature'])
        return !keys.some((key) => verifyAuditRow(key, fields, signature, {allowOld}))
      })
      if (bad.length === 0) return outcome(`the last ${rows.length} rows verify`, [])
      return outcome('', [
        {
          message: `${bad.length} of the last ${rows.length} audit rows do not verify, e.g. id ${Number(bad[0]!['id'])}.`,
        },
      ])
    },
  },
  {
    id: 'audit-size',
    title: 'the audit table does not grow without end',
    severity: 'warning',
    mend: 'pi-manage audit rotate, daily by cron',
    timeoutMs: 30_000,
    async run(env) {
      if (await isElsewhere(env)) return {skipped: 'Audit rows do not go into a table.'}
      const db = await env.auditDatabase()
      const most = env.limits.auditRows
      // Counting stops beyond the limit: tables of fifty million rows exist.
      const some = db
        .k(db.schema.auditTable)
        .select('id')
        .limit(most + 1)
      const [row] = (await db.k.from(some.as('some')).count({n: '*'})) as Row[]
      const n = Number(row?.['n'] ?? 0)
      return outcome(`${n} rows`, n > most ? [{message: `The audit table has more than ${most} rows.`}] : [])
    },
  },
  {
    id: 'audit-truncate',
    title: 'long values do not cost audit rows',
    severity: 'warning',
    mend: 'Set PI_AUDIT_SQL_TRUNCATE = True',
    async run(env) {
      if (await isElsewhere(env)) return {skipped: 'Audit rows do not go into a table.'}
      const [settings, db] = [await env.settings(), await env.auditDatabase()]
      if (db.dialect === 'sqlite') return {skipped: 'SQLite stores values of any length.'}
      const cuts = settings.flag('PI_AUDIT_SQL_TRUNCATE')
      return outcome(
        'they are cut',
        cuts ? [] : [{message: 'A value longer than its column makes the server lose the audit row.'}],
      )
    },
  },
]

const lastRows = 50

const probe: SignedAuditFields = {
  id: 0,
  date: '2000-01-01 00:00:00',
  action: 'doctor',
  success: 1,
  serial: null,
  tokenType: null,
  user: null,
  realm: null,
  administrator: null,
  actionDetail: null,
  info: null,
  server: null,
  client: null,
  loglevel: null,
  clearanceLevel: null,
  startdate: null,
  duration: null,
  containerSerial: null,
  containerType: null,
}

/** Other modules keep no table; a container may hold one that does. */
async function isElsewhere({settings}: DoctorEnv): Promise<boolean> {
  const module = (await settings()).text('PI_AUDIT_MODULE') ?? ''
  return !/\.(sqlaudit|containeraudit)$/.test(module)
}

async function publicKeys(present: string | undefined, earlier: string | undefined): Promise<KeyObject[]> {
  const pems = [
    ...(present === undefined ? [] : [await readFile(present, 'utf8')]),
    ...(earlier === undefined ? [] : (await readGenerations(earlier)).map(({publicKey}) => publicKey)),
  ]
  return pems.map((pem) => createPublicKey(pem))
}
