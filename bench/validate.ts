// Checks a second of `validate serve`, signed and unsigned, beside what bare HTTP, RSA and the databases allow.
// node --import tsx bench/validate.ts [sqlite,postgres,mariadb] [seconds]
import {generateKeyPairSync} from 'node:crypto'
import {createServer} from 'node:http'
import {join} from 'node:path'
import {availableParallelism} from 'node:os'
import type {AddressInfo} from 'node:net'
import {hotp} from '../src/lib/crypto/otp/hotp.js'
import {signText} from '../src/lib/crypto/signature.js'
import type {DialectName} from '../src/lib/db/database.js'
import {connect} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import {removeFolder, temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {startServer} from '../test/support/server.js'
import {makeInstallation} from '../test/server/support/installation.js'
import {load, type LoadResult} from './http-load.js'

const dialects = (process.argv[2] ?? 'sqlite,postgres,mariadb').split(',') as DialectName[]
const seconds = Number(process.argv[3] ?? 8)
const users = 2000
const connections = 32
const secret = '3132333435363738393031323334353637383930'
const key = Buffer.from(secret, 'hex')

interface Line {
  what: string
  result: LoadResult
}

const lines: Line[] = []

/** A database with the tables of 3.8, on servers that sync to disk. */
async function emptyDatabase(dialect: DialectName): Promise<string> {
  const uri =
    dialect === 'sqlite'
      ? `sqlite:///${join(temporaryFolder('bench'), 'data.sqlite')}`
      : await (await (dialect === 'postgres' ? startPostgres : startMariadb)({durable: true})).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  return uri
}

/** All users in turn, each with his next value. */
function logins(): () => {path: string; body: string} {
  const counters = new Array<number>(users).fill(0)
  let turn = 0
  return () => {
    const user = turn++ % users
    const pass = hotp(key, counters[user]!++, {algorithm: 'sha1', digits: 6})
    return {path: '/validate/check', body: `user=user${user}&pass=${pass}`}
  }
}

async function measure(dialect: DialectName, signed: boolean): Promise<void> {
  const folder = temporaryFolder('bench')
  const settings = signed ? '' : 'PI_NO_RESPONSE_SIGN = True\nPI_AUDIT_NO_SIGN = True'
  const installation = await makeInstallation({folder, uri: await emptyDatabase(dialect), users, settings})
  await installation.addTokens(
    Array.from({length: users}, (_, at) => ({
      serial: `B${at}`,
      type: 'hotp',
      user: `user${at}`,
      secret,
      info: {hashlib: 'sha1'},
    })),
  )
  const server = await startServer({config: installation.config})
  const port = Number(new URL(server.url).port)
  const shared = {host: '127.0.0.1', port, connections, isRight: (text: string) => text.includes('"ACCEPT"')}
  const next = logins()
  await load({...shared, next, durationMs: 1500})
  const result = await load({...shared, next, durationMs: seconds * 1000})
  lines.push({what: `${dialect}, ${signed ? 'signed' : 'unsigned'}`, result})
  await server.stop()
  await installation.close()
  removeFolder(folder)
}

/** The same requests and an answer of the same size, without doing anything. */
async function bareHttp(): Promise<void> {
  const answer = JSON.stringify({result: {authentication: 'ACCEPT'}, filler: 'x'.repeat(800)})
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  const next = () => ({path: '/', body: 'user=user1&pass=123456'})
  const isRight = (text: string) => text.includes('ACCEPT')
  const result = await load({host: '127.0.0.1', port, connections, next, isRight, durationMs: 3000})
  lines.push({what: 'limit: bare HTTP, one process with the load', result})
  server.close()
}

/** RSA-2048 signatures a second over the thread pool; a signed check takes two. */
async function rsaSigns(): Promise<number> {
  const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
  const started = performance.now()
  let done = 0
  await Promise.all(
    Array.from({length: 8}, async () => {
      while (performance.now() - started < 3000) {
        await signText(privateKey, 'a text of usual length'.repeat(10))
        done += 1
      }
    }),
  )
  return done / 3
}

for (const dialect of dialects) for (const signed of [true, false]) await measure(dialect, signed)
await bareHttp()
const signs = await rsaSigns()

console.log(`\n${availableParallelism()} processors, ${connections} connections, HOTP without PIN, ${users} users\n`)
for (const {what, result} of lines) {
  const {perSecond, p50Ms, p99Ms, wrong, requests} = result
  console.log(
    `${what.padEnd(46)} ${perSecond.toFixed(0).padStart(6)}/s   p50 ${p50Ms.toFixed(1).padStart(6)} ms   p99 ${p99Ms.toFixed(1).padStart(6)} ms   ${wrong} of ${requests} wrong`,
  )
}
console.log(
  `limit: RSA-2048 signatures, all threads ${signs.toFixed(0)}/s, so ${(signs / 2).toFixed(0)} signed checks/s`,
)
process.exit(0)
