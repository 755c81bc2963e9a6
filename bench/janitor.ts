/**
 * How long the token janitor takes to find tokens: node --import tsx bench/janitor.ts [tokens] [database,…]
 *
 * Fills a database with tokens (each with four details, an owner and a realm) and runs the built program on it. Per
 * filter: seconds to the first line and to the last, memory at its highest, tokens found; beside the limit, the time that
 * the same rows take in one bare query.
 */
import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {connect, openDatabase} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import type {Database} from '../src/lib/db/database.js'
import {temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {programFile} from '../test/support/program.js'

const count = Number(process.argv[2] ?? 100_000)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')
const perInsert = 5000

const filters: [string, string[]][] = [
  ['indexed: serial ~ ^OATH0004', ['--serial', '^OATH0004']],
  ['type = totp, disabled', ['--tokentype', 'totp', '--active', 'false']],
  ['tokeninfo batch ~ ^17$', ['--tokeninfo-key', 'batch', '--tokeninfo-value', '^17$']],
  ['tokeninfo batch > 990', ['--tokeninfo-key', 'batch', '--tokeninfo-value-greater-than', '990']],
  ['last login > 2 years ago', ['--last-auth', '2y']],
  ['without owner', ['--assigned', 'false']],
  ['description ~ (a+)+$', ['--description', '(a+)+$']],
  ['everything', []],
]

async function fill(db: Database): Promise<void> {
  const types = ['hotp', 'totp', 'spass']
  const [realm] = await db.insert('realm', [{name: 'corp'}])
  for (let at = 0; at < count; at += perInsert) {
    await db.transaction(async (tx) => {
      const numbers = Array.from({length: Math.min(perInsert, count - at)}, (_, index) => at + index)
      const ids = await tx.insert(
        'token',
        numbers.map((n) => ({
          serial: `OATH${String(n).padStart(8, '0')}`,
          tokentype: types[n % 3],
          description: `token number ${n} of the stock ${'a'.repeat(n % 30)}b`,
          active: n % 7 !== 0,
          key_enc: 'ab'.repeat(48),
          key_iv: 'cd'.repeat(16),
          pin_hash: `$argon2id$v=19$m=65536,t=9,p=4$${'s'.repeat(22)}$${'h'.repeat(43)}`,
          count: n % 1000,
        })),
      )
      await tx.insert(
        'tokeninfo',
        numbers.flatMap((n, index) => [
          {token_id: ids[index], Key: 'tokenkind', Value: 'software'},
          {token_id: ids[index], Key: 'hashlib', Value: 'sha1'},
          {token_id: ids[index], Key: 'batch', Value: String(n % 1000)},
          {
            token_id: ids[index],
            Key: 'last_auth',
            Value: `${2022 + (n % 4)}-0${1 + (n % 9)}-15 10:00:00.${String(n % 1_000_000).padStart(6, '0')}+01:00`,
          },
        ]),
      )
      const assigned = numbers.flatMap((n, index) => (n % 50 === 0 ? [] : [{n, id: ids[index]}]))
      await tx.insert(
        'tokenowner',
        assigned.map(({n, id}) => ({token_id: id, resolver: 'users', user_id: `u${n}`, realm_id: realm})),
      )
      await tx.insert(
        'tokenrealm',
        ids.map((id) => ({token_id: id, realm_id: realm})),
      )
    })
  }
}

async function emptyDatabase(name: string): Promise<string> {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(temporaryFolder('bench-janitor'), 'data.sqlite')}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)()).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  return uri
}

interface Measured {
  first: number
  total: number
  lines: number
  rssMb: number
}

async function measure(uri: string, args: string[]): Promise<Measured> {
  const started = performance.now()
  const child = spawn(
    '/usr/bin/env',
    [
      'time',
      '-f',
      '%M',
      process.execPath,
      programFile('pi-manage'),
      'token-janitor',
      'find',
      '--db-uri',
      uri,
      '--quiet',
      ...args,
    ],
    {stdio: ['ignore', 'pipe', 'pipe']},
  )
  let first = 0
  let lines = -1
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) lines += 1
    if (lines > 0 && first === 0) first = performance.now() - started
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const total = performance.now() - started
  if (status !== 0) throw new Error(errors)
  return {first: first || total, total, lines, rssMb: Math.round(Number(errors.trim().split('\n').at(-1)) / 1024)}
}

for (const name of databases) {
  const uri = await emptyDatabase(name)
  const db = await openDatabase(uri)
  const started = performance.now()
  await fill(db)
  if (name === 'postgres') await db.k.raw('ANALYZE')
  console.log(`${name}: ${count} tokens made in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  const bare = performance.now()
  const found = (await db.k('tokeninfo').where({Key: 'batch', Value: '17'}).count({n: '*'})) as {n: number}[]
  console.log(
    `  limit: one bare query over tokeninfo ${(performance.now() - bare).toFixed(0)} ms (${found[0]?.n} rows)`,
  )
  await db.close()
  console.log('  filter                          first line s   last line s   tokens   memory MB')
  for (const [filter, args] of filters) {
    const {first, total, lines, rssMb} = await measure(uri, args)
    const cells = [
      (first / 1000).toFixed(2).padStart(14),
      (total / 1000).toFixed(2).padStart(13),
      String(lines).padStart(8),
    ]
    console.log(`  ${filter.padEnd(30)} ${cells.join(' ')} ${String(rssMb).padStart(11)}`)
  }
}
process.exit(0)
