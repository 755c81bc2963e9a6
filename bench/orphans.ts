/**
 * How long the token janitor takes to find the orphans of a directory: node --import tsx bench/orphans.ts [tokens] [users]
 *
 * Fills slapd with users and an SQLite database with tokens, of which one in twenty belongs to nobody, and runs the built
 * program; beside it the limit: the same users read with one paged search. Then, with 8,000 tokens, slapd is killed at
 * the 4,000th look-up of `find --orphaned 1 --action unassign`, and the run is repeated with slapd back.
 */
import {Client} from 'ldapts'
import {openDatabase} from '../src/lib/db/connect.js'
import {temporaryFolder} from '../test/support/folders.js'
import {startLdapProxy} from '../test/support/ldap-proxy.js'
import {createDatabaseFile, directorySettings, ownTokens, writeConfig, writeUsers} from '../test/support/orphans.js'
import {runProgram} from '../test/support/program.js'
import {startSlapd} from '../test/support/slapd.js'

const tokens = Number(process.argv[2] ?? 10_000)
const users = Number(process.argv[3] ?? 100_000)
const targetSeconds = 15

/** Numbers of users with a token; every twentieth is nobody. */
function numbers(count: number): {all: number[]; gone: number} {
  const step = Math.max(1, Math.floor(users / count))
  const all = Array.from({length: count}, (_, n) => (n % 20 === 0 ? users + n : (n * step) % users))
  return {all, gone: all.filter((n) => n >= users).length}
}

async function installation(port: number, count: number) {
  const folder = temporaryFolder('orphans')
  const uri = await createDatabaseFile(folder)
  const db = await openDatabase(uri)
  const {all, gone} = numbers(count)
  await ownTokens(db, directorySettings(port), all)
  return {config: writeConfig(folder, uri), db, gone}
}

const seconds = (since: number) => (performance.now() - since) / 1000

async function pagedSearch(uri: string): Promise<{seconds: number; entries: number}> {
  const started = performance.now()
  const client = new Client({url: uri})
  await client.bind('', '')
  let entries = 0
  const options = {
    filter: '(objectClass=inetOrgPerson)',
    attributes: ['entryUUID'],
    paged: {pageSize: 500},
    timeLimit: 0,
  }
  for await (const page of client.searchPaginated('ou=people,dc=example,dc=test', options)) {
    entries += page.searchEntries.length
  }
  await client.unbind()
  return {seconds: seconds(started), entries}
}

const folder = temporaryFolder('orphans')
const written = await writeUsers(folder, users)
const slapd = await startSlapd({...written, sizeLimit: 'unlimited'})

const {config, db, gone} = await installation(slapd.port, tokens)
const limit = await pagedSearch(slapd.uri)
const started = performance.now()
const found = await runProgram('pi-manage', [
  ...['token-janitor', 'find', '--orphaned', '1', '--json', '--config', config],
])
const took = seconds(started)
const listed = found.json<{tokens: unknown[]}>().tokens.length
console.log(`orphan check of ${tokens} tokens among ${users} users: ${took.toFixed(1)} s (target ${targetSeconds} s)`)
console.log(`  found ${listed} of ${gone} planted, exit ${found.status}`)
console.log(`  limit, one paged search of ${limit.entries} entries: ${limit.seconds.toFixed(1)} s`)
await db.close()
await slapd.stop()

// A listing that ends after 100 users leaves the others to single look-ups, in the middle of which the server dies.
const limited = await startSlapd({...written, sizeLimit: 100})
let dieAt = Number.POSITIVE_INFINITY
const proxy = await startLdapProxy(limited.port, (count) => {
  if (count === dieAt) void limited.kill()
})
const second = await installation(proxy.port, 8000)
const owners = async () => Number(((await second.db.k('tokenowner').count({n: '*'})) as {n: number}[])[0]?.n)
const unassign = () =>
  runProgram('pi-manage', [
    ...['token-janitor', 'find', '--orphaned', '1', '--action', 'unassign', '--allow-mass', '1000', '--yes', '--json'],
    ...['--config', second.config],
  ])
dieAt = 4000
const before = await owners()
const broken = await unassign()
const kept = (await owners()) === before
console.log(`slapd dies at look-up 4,000 of 8,000: exit ${broken.status}, ${before - (await owners())} tokens changed`)
await limited.restart()
const whole = await unassign()
const changed = whole.json<{changed: string[]}>().changed.length
console.log(`with slapd back: exit ${whole.status}, ${changed} unassigned of ${second.gone} planted`)
await second.db.close()
await proxy.close()
await limited.stop()

const right = listed === gone && broken.status === 6 && kept && whole.status === 0 && changed === second.gone
process.exitCode = right && took < targetSeconds ? 0 : 1
