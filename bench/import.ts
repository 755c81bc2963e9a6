/**
 * Imports 100,000 OATH CSV rows with the built program into SQLite, PostgreSQL and MariaDB (servers that sync to disk),
 * and prints tokens a second and the peak of memory, beside what prepared inserts of the same rows reach on this machine.
 *
 * npm run build && node --import tsx bench/import.ts [rows] [database,…] [oath-csv|pskc]
 */
import {spawn} from 'node:child_process'
import {createCipheriv, createHmac, randomBytes} from 'node:crypto'
import {closeSync, openSync, readFileSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {connect} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import {temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {programEnv, programFile} from '../test/support/program.js'

const rows = Number(process.argv[2] ?? 100_000)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')
const format = process.argv[4] ?? 'oath-csv'
const targets: Record<string, number> = {sqlite: 10_000, postgres: 8000, mariadb: 5000}

const folder = temporaryFolder('bench-import')
const key = randomBytes(16)
writeFileSync(join(folder, 'enckey'), randomBytes(96))
writeFileSync(join(folder, 'psk'), key.toString('hex'))
const file = format === 'pskc' ? writePskc() : writeCsv()

console.log(`${String(rows)} tokens, ${format}`)
for (const name of databases) {
  const uri = await emptyDatabase(name)
  const raw = await prepared(uri)
  const {seconds, cpuSeconds, peakMb} = await imported(await emptyDatabase(name))
  const rate = Math.round(rows / seconds)
  const target = format === 'pskc' ? Math.min(8000, targets[name] ?? 0) : targets[name]
  console.log(
    `${name.padEnd(9)} ${String(rate).padStart(6)} tokens/s (target ${String(target)}), ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU), ` +
      `peak ${String(peakMb)} MB; prepared inserts: ${String(raw)} tokens/s`,
  )
}
process.exit(0)

function writeCsv(): string {
  const path = join(folder, 'tokens.csv')
  write(path, (at) => `BENCH${String(at).padStart(7, '0')}, ${randomBytes(20).toString('hex')}, hotp, 6, 0\n`)
  return path
}

function writePskc(): string {
  const path = join(folder, 'tokens.xml')
  const macKey = randomBytes(20)
  const encrypted = (data: Buffer) => {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-128-cbc', key, iv)
    return Buffer.concat([iv, cipher.update(data), cipher.final()])
  }
  const method = '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
  const value = (data: Buffer) =>
    `${method}<xenc:CipherData><xenc:CipherValue>${data.toString('base64')}</xenc:CipherValue></xenc:CipherData>`
  const head = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">
<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>
<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>${value(encrypted(macKey))}</MACKey></MACMethod>\n`
  const pack = (at: number) => {
    const serial = `BENCH${String(at).padStart(7, '0')}`
    const data = encrypted(randomBytes(20))
    const mac = createHmac('sha1', macKey).update(data).digest('base64')
    return `<KeyPackage><DeviceInfo><Manufacturer>Bench</Manufacturer><SerialNo>${serial}</SerialNo></DeviceInfo>
<Key Id="${serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><EncryptedValue>${value(data)}</EncryptedValue><ValueMAC>${mac}</ValueMAC></Secret><Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage>\n`
  }
  write(path, pack, head, '</KeyContainer>\n')
  return path
}

function write(path: string, row: (at: number) => string, head = '', foot = ''): void {
  const out = openSync(path, 'w')
  writeSync(out, head)
  for (let at = 0; at < rows; at += 1000) {
    writeSync(out, Array.from({length: Math.min(1000, rows - at)}, (_, more) => row(at + more)).join(''))
  }
  writeSync(out, foot)
  closeSync(out)
}

async function emptyDatabase(name: string): Promise<string> {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(folder, `${randomBytes(4).toString('hex')}.sqlite`)}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)({durable: true})).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  return uri
}

/** The program as an operator starts it: from start to exit, with the highest resident size. */
async function imported(uri: string): Promise<{seconds: number; cpuSeconds: number; peakMb: number}> {
  const config = join(folder, 'pi.cfg')
  writeFileSync(config, `SQLALCHEMY_DATABASE_URI = ${JSON.stringify(uri)}\nPI_ENCFILE = '${join(folder, 'enckey')}'\n`)
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [programFile('pi-manage'), 'import', 'tokens', file, '-C', config, '--preshared-key-file', join(folder, 'psk')],
    {env: programEnv({}), stdio: ['ignore', 'ignore', 'inherit']},
  )
  let peak = 0
  let cpuSeconds = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, residentPeak(child.pid ?? 0))
    cpuSeconds = Math.max(cpuSeconds, cpuTime(child.pid ?? 0))
  }, 50)
  const status = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(timer)
  if (status !== 0) throw new Error(`the import ended with ${String(status)}`)
  return {seconds: (performance.now() - started) / 1000, cpuSeconds, peakMb: Math.round(peak / 1024)}
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** User and system time of the process so far; clock ticks are hundredths of a second. */
function cpuTime(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(' ')
    return (Number(fields[13]) + Number(fields[14])) / 100
  } catch {
    return 0
  }
}

/** A token and two details a time, each by a prepared statement, in transactions of 1000 tokens. */
async function prepared(uri: string): Promise<number> {
  const count = Math.min(rows, 20_000)
  const {knex} = await connect(uri)
  const sequences = uri.startsWith('postgresql')
  const id = (name: string) => (sequences ? `nextval('${name}')` : 'NULL')
  const token = `insert into token (id, description, serial, tokentype, user_pin, user_pin_iv, so_pin, so_pin_iv, pin_seed,
    otplen, pin_hash, key_enc, key_iv, maxfail, active, revoked, locked, failcount, "count", count_window, sync_window, rollout_state)
    values (${id('token_seq')}, 'imported', ?, 'hotp', '', '', '', '', '', 6, '', ?, ?, 10, true, false, false, 0, 0, 10, 1000, '')`
  const info = `insert into tokeninfo (id, "Key", "Value", "Type", "Description", token_id) values (${id('tokeninfo_seq')}, ?, ?, '', '', ?)`
  const quoted = (sql: string) =>
    uri.startsWith('mysql') || uri.startsWith('mariadb') ? sql.replaceAll('"', '`') : sql
  const first = Number((await knex('token').max({id: 'id'}))[0]?.['id'] ?? 0)
  const started = performance.now()
  for (let at = 0; at < count; at += 1000) {
    await knex.transaction(async (trx) => {
      const run: Promise<unknown>[] = []
      for (let one = at; one < at + 1000; one++) {
        const hex = randomBytes(48).toString('hex')
        run.push(trx.raw(quoted(token), [`RAW${String(one)}`, hex, hex.slice(0, 32)]).then())
        const tokenId = first + 1 + one
        for (const [name, value] of [
          ['hashlib', 'sha1'],
          ['tokenkind', 'hardware'],
        ] as const) {
          run.push(trx.raw(quoted(info), [name, value, tokenId]).then())
        }
      }
      await Promise.all(run)
    })
  }
  const seconds = (performance.now() - started) / 1000
  await knex.destroy()
  return Math.round(count / seconds)
}
