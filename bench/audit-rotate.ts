/**
 * Rotation of an audit log by rules, while rows are inserted: node --import tsx bench/audit-rotate.ts [rows] [database,…]
 *
 * Fills the table (10,000,000 rows unless said, of which a tenth goes), runs the built program with a rule file on it, and
 * meanwhile inserts a row every 10 ms in another process. Reports the program's time, its memory at its highest, its
 * longest transaction, and how long the inserts took. Then compares a sample of the rows with the meaning of the rules.
 */
import {fork, spawn} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {connect, openDatabase} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import type {Row} from '../src/lib/db/database.js'
import {temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {programFile} from '../test/support/program.js'

const perInsert = 10_000
const actions = ['POST /validate/check', 'GET /validate/check', 'POST /auth', 'POST /token/init', 'GET /token/']
const rules = `- rotate: 10
  user: ^monitor$
  action: .*/validate/check.*
- rotate: 3650
  action: POST /token/init
- rotate: 330
  action: .*
`

/** Dates lie evenly over a year before now. */
function rowOf(id: number, count: number, now: number): Row {
  const age = ((count - id) / count) * 365 * 86_400_000
  return {
    id,
    date: new Date(now - age).toISOString().slice(0, 23).replace('T', ' ') + '000',
    action: actions[id % actions.length],
    success: id % 3 === 0 ? 0 : 1,
    user: id % 601 === 0 ? 'monitor' : `user${id % 5000}`,
    realm: 'corp',
    serial: `OATH${id % 10_000}`,
    info: 'matching 1 tokens',
    client: '10.0.0.1',
    privacyidea_server: 'localnode',
    signature: 'rsa_sha256_pss:'.padEnd(527, 'ab'),
  }
}

/** What the rules say, written down a second time. */
function goes(row: Row, now: number): boolean {
  const age = (now - Date.parse(`${String(row['date']).slice(0, 23).replace(' ', 'T')}Z`)) / 86_400_000
  const action = String(row['action'])
  if (row['user'] === 'monitor' && action.includes('/validate/check')) return age > 10
  if (action === 'POST /token/init') return age > 3650
  return age > 330
}

async function emptyDatabase(name: string): Promise<string> {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(temporaryFolder('bench-audit'), 'data.sqlite')}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)()).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  return uri
}

async function insertMeanwhile(uri: string): Promise<void> {
  const db = await openDatabase(uri)
  const times: number[] = []
  let going = true
  process.on('message', () => (going = false))
  process.send?.('ready')
  while (going) {
    const started = performance.now()
    await db.insert('pidea_audit', [{action: 'beside', date: '2099-01-01 00:00:00.000000', user: 'beside'}])
    times.push(performance.now() - started)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await db.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  process.send?.({inserts: times.length, p50: at(0.5), p99: at(0.99), most: times.at(-1) ?? 0})
  process.disconnect()
}

interface Inserts {
  inserts: number
  p50: number
  p99: number
  most: number
}

async function measure(name: string, count: number): Promise<void> {
  const now = Date.now()
  const uri = await emptyDatabase(name)
  const db = await openDatabase(uri)
  for (let at = 0; at < count; at += perInsert) {
    const rows = Array.from({length: Math.min(perInsert, count - at)}, (_, index) => rowOf(at + index + 1, count, now))
    await db.transaction((tx) => tx.insert('pidea_audit', rows))
  }
  await db.raiseSequences(['pidea_audit'])
  const folder = temporaryFolder('bench-rules')
  const [config, file] = [join(folder, 'audit.cfg'), join(folder, 'rules.yaml')]
  writeFileSync(config, `PI_AUDIT_SQL_URI = '${uri}'\n`)
  writeFileSync(file, rules)

  const writer = fork(fileURLToPath(import.meta.url), ['--insert', uri])
  await new Promise((resolve) => writer.once('message', resolve))
  const started = performance.now()
  const program = [
    process.execPath,
    programFile('pi-manage'),
    'audit',
    'rotate',
    '-C',
    config,
    '--rules',
    file,
    '--json',
  ]
  const child = spawn('/usr/bin/env', ['time', '-f', '%M', ...program], {env: {...process.env, TZ: 'UTC'}})
  let [out, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  const seconds = (performance.now() - started) / 1000
  const report = new Promise<Inserts>((resolve) => writer.once('message', (message) => resolve(message as Inserts)))
  writer.send('end')
  const inserts = await report
  const result = JSON.parse(out) as {rows: number; longestTransactionMs: number; transactions: number}

  // Every 97th row that was made is there or not, as the rules say.
  let [wrong, sample] = [0, 0]
  const ids = Array.from({length: Math.floor(count / 97)}, (_, at) => (at + 1) * 97)
  for (let at = 0; at < ids.length; at += 1000) {
    const part = ids.slice(at, at + 1000)
    const there = new Set(
      ((await db.k('pidea_audit').whereIn('id', part).select('id')) as Row[]).map((row) => Number(row['id'])),
    )
    for (const id of part) {
      const row = rowOf(id, count, now)
      const age = (now - Date.parse(`${String(row['date']).slice(0, 23).replace(' ', 'T')}Z`)) / 86_400_000
      // The program ran some minutes later: rows at the very limit do not count.
      if ([10, 330].some((limit) => Math.abs(age - limit) < 0.1)) continue
      sample += 1
      if (there.has(id) === goes(row, now)) wrong += 1
    }
  }
  await db.close()
  const memory = Math.round(Number(errors.trim().split('\n').at(-1)) / 1024)
  console.log(
    `${name}: ${result.rows} of ${count} rows in ${seconds.toFixed(1)} s (${Math.round(count / seconds)} rows/s looked at), ` +
      `${memory} MB, ${result.transactions} transactions, the longest ${result.longestTransactionMs} ms`,
  )
  console.log(
    `  ${inserts.inserts} inserts beside it: p50 ${inserts.p50.toFixed(1)} ms, p99 ${inserts.p99.toFixed(1)} ms, ` +
      `most ${inserts.most.toFixed(1)} ms; ${wrong} of ${sample} sampled rows are not as the rules say`,
  )
  if (wrong > 0) process.exitCode = 1
}

if (process.argv[2] === '--insert') {
  await insertMeanwhile(process.argv[3] ?? '')
} else {
  const count = Number(process.argv[2] ?? 10_000_000)
  for (const name of (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')) await measure(name, count)
  process.exit()
}
