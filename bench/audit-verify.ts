/**
 * How fast audit rows are verified: node --import tsx bench/audit-verify.ts [rows] [database,…]
 *
 * Fills a database with signed rows and runs the built program on it, with one thread and with one a processor. Beside the
 * limit: `openssl speed rsa2048` verifies so many signatures a second on one processor.
 */
import {execFileSync, spawnSync} from 'node:child_process'
import {generateKeyPairSync, type KeyObject} from 'node:crypto'
import {availableParallelism} from 'node:os'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {auditText} from '../src/lib/audit/sign.js'
import {signTextSync} from '../src/lib/crypto/signature.js'
import {connect, openDatabase} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import type {Database, Row} from '../src/lib/db/database.js'
import {signedFields} from '../src/lib/store/audit.js'
import {temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {programFile} from '../test/support/program.js'

const count = Number(process.argv[2] ?? 100_000)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')
/** Signing takes 40 times as long as verifying: each signed row stands in several databases. */
const folder = temporaryFolder('bench-verify')

async function emptyDatabase(name: string): Promise<string> {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(folder, 'data.sqlite')}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)()).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  return uri
}

function rowOf(id: number): Row {
  return {
    id,
    date: `2025-03-${String(1 + (id % 28)).padStart(2, '0')} 12:00:00.${String(id % 1_000_000).padStart(6, '0')}`,
    startdate: '2025-03-01 11:59:59.000000',
    duration: '1970-01-01 00:00:00.120000',
    action: 'POST /validate/check',
    success: 1,
    serial: `OATH${id % 10_000}`,
    token_type: 'hotp',
    user: `user${id % 5000}`,
    realm: 'corp',
    info: 'matching 1 tokens',
    client: '10.0.0.1',
    privacyidea_server: 'localnode',
  }
}

const signatures: string[] = []

async function fill(db: Database, key: KeyObject): Promise<void> {
  for (let at = 0; at < count; at += 2000) {
    const rows = Array.from({length: Math.min(2000, count - at)}, (_, index) => rowOf(at + index + 1))
    for (const row of rows) {
      const id = Number(row['id'])
      signatures[id] ??= signTextSync(key, auditText(signedFields(row, db.schema)))
      row['signature'] = signatures[id]
    }
    await db.insert('pidea_audit', rows)
  }
}

const pair = generateKeyPairSync('rsa', {modulusLength: 2048})
writeFileSync(join(folder, 'public.pem'), pair.publicKey.export({format: 'pem', type: 'spki'}))
const speed = execFileSync('openssl', ['speed', '-seconds', '2', 'rsa2048'], {stdio: ['ignore', 'pipe', 'ignore']})
const limit = Number(/([\d.]+)\s*$/.exec(speed.toString().trim())?.[1] ?? 0)
console.log(`limit: openssl speed rsa2048 verifies ${Math.round(limit)} a second on one processor`)

interface Run {
  rows: number
  ok: boolean
  /** Of the wall clock, and of processors. */
  seconds: number
  processor: number
  megabytes: number
}

function verify(config: string, threads: number): Run {
  const program = [process.execPath, programFile('pi-manage'), 'audit', 'verify', '-C', config, '--json']
  const started = performance.now()
  const {stdout, stderr} = spawnSync('/usr/bin/env', [
    'time',
    '-f',
    '%M %U %S',
    ...program,
    '--threads',
    String(threads),
  ])
  const seconds = (performance.now() - started) / 1000
  const [memory = 0, user = 0, system = 0] = stderr.toString().trim().split('\n').at(-1)!.split(' ').map(Number)
  const {rows, ok} = JSON.parse(stdout.toString()) as {rows: number; ok: boolean}
  return {rows, ok, seconds, processor: user + system, megabytes: Math.round(memory / 1024)}
}

for (const name of databases) {
  const uri = await emptyDatabase(name)
  const config = join(folder, `${name}.cfg`)
  writeFileSync(config, `SQLALCHEMY_DATABASE_URI = '${uri}'\nPI_AUDIT_KEY_PUBLIC = '${join(folder, 'public.pem')}'\n`)
  const db = await openDatabase(uri)
  await db.insert('pidea_audit', [{...rowOf(1), signature: signTextSync(pair.privateKey, 'x')}])
  // What the program and its threads take to start is no rate.
  const start = verify(config, 1)
  await db.k('pidea_audit').delete()
  await fill(db, pair.privateKey)
  await db.close()
  for (const threads of new Set([1, availableParallelism()])) {
    const {rows, ok, seconds, processor, megabytes} = verify(config, threads)
    if (!ok || rows !== count) throw new Error(`${rows} of ${count} rows, ok ${ok}`)
    const rate = (spent: number) => Math.round(rows / Math.max(0.001, spent))
    console.log(
      `${name.padEnd(8)} ${threads} thread(s): ${rate(seconds)} rows/s with the start, ${rate(seconds - start.seconds)} after it, ` +
        `${rate(processor - start.processor)} per second of processor time, ${megabytes} MB`,
    )
  }
}
process.exit(0)
