/**
 * Rotates the keys of a database of 1,000,000 tokens from file to file with the built program, on each database (servers
 * that sync to disk): values a second from start to exit (checking, rewriting, verifying and the last look included), and
 * the peak of memory; beside what AES in this process reaches.
 *
 * npm run build && node --import tsx bench/rotate.ts [tokens] [database,…]
 */
import {spawn} from 'node:child_process'
import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {connect, openDatabase} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import {temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {programEnv, programFile} from '../test/support/program.js'

const tokens = Number(process.argv[2] ?? 1_000_000)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')
const folder = temporaryFolder('bench-rotate')
const keys = randomBytes(96)

console.log(`${tokens} tokens; AES, two decryptions and an encryption a value: ${aesLimit()} values/s`)
for (const name of databases) {
  const uri = await database(name)
  const {seconds, cpuSeconds, peakMb} = await rotated(uri)
  console.log(
    `${name.padEnd(9)} ${Math.round(tokens / seconds)} values/s (target 10000), ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU), peak ${peakMb} MB (target 200)`,
  )
}
process.exit(0)

async function database(name: string): Promise<string> {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(folder, 'data.sqlite')}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)({durable: true})).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  if (name === 'sqlite') await connection.knex.raw('PRAGMA journal_mode = WAL')
  await connection.knex.destroy()
  const db = await openDatabase(uri)
  for (let at = 0; at < tokens; at += 1000) {
    await db.insert(
      'token',
      Array.from({length: Math.min(1000, tokens - at)}, (_, more) => {
        const iv = randomBytes(16)
        const cipher = createCipheriv('aes-256-cbc', keys.subarray(0, 32), iv)
        const secret = Buffer.from(randomBytes(20).toString('hex'))
        return {
          serial: `BENCH${at + more}`,
          tokentype: 'hotp',
          active: true,
          key_enc: Buffer.concat([cipher.update(secret), cipher.final()]).toString('hex'),
          key_iv: iv.toString('hex'),
        }
      }),
    )
  }
  await db.close()
  return uri
}

async function rotated(uri: string): Promise<{seconds: number; cpuSeconds: number; peakMb: number}> {
  const [config, enckey] = [join(folder, 'pi.cfg'), join(folder, `enckey-${randomBytes(4).toString('hex')}`)]
  writeFileSync(enckey, keys, {mode: 0o400})
  writeFileSync(config, `SQLALCHEMY_DATABASE_URI = ${JSON.stringify(uri)}\nPI_ENCFILE = '${enckey}'\n`)
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [programFile('pi-manage'), 'enckey', 'rotate', '-C', config, '--yes', '--quiet', '--grace', '0'],
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
  if (status !== 0) throw new Error(`the rotation ended with ${String(status)}`)
  return {seconds: (performance.now() - started) / 1000, cpuSeconds, peakMb: Math.round(peak / 1024)}
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** User and system time of the process so far; clock ticks are hundredths of a second. */
function cpuTime(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
    return (Number(fields[13]) + Number(fields[14])) / 100
  } catch {
    return 0
  }
}

function aesLimit(): number {
  const count = 50_000
  const [key, iv, secret] = [keys.subarray(0, 32), randomBytes(16), randomBytes(40)]
  const encrypt = () => {
    const cipher = createCipheriv('aes-256-cbc', key, iv)
    return Buffer.concat([cipher.update(secret), cipher.final()])
  }
  const ciphertext = encrypt()
  const started = performance.now()
  for (let at = 0; at < count; at++) {
    encrypt()
    for (let twice = 0; twice < 2; twice++) {
      const decipher = createDecipheriv('aes-256-cbc', key, iv)
      Buffer.concat([decipher.update(ciphertext), decipher.final()])
    }
  }
  return Math.round(count / ((performance.now() - started) / 1000))
}
