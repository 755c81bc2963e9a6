/**
 * Kills an import of 20,000 tokens at random moments, on each database, and checks every time that no token is half
 * written; every tenth time that the next import completes it and leaves counters alone.
 *
 * npm run build && node --import tsx bench/kill-import.ts [kills] [database,…]
 */
import {join} from 'node:path'
import {connect} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import {temporaryFolder} from '../test/support/folders.js'
import {KilledImport} from '../test/support/kill-import.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'

const kills = Number(process.argv[2] ?? 100)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')

for (const name of databases) {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(temporaryFolder('kill'), 'data.sqlite')}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)()).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  const killed = new KilledImport(uri, 20_000)
  let inTheMiddle = 0
  for (let round = 1; round <= kills; round++) {
    const count = await killed.kill(Math.random())
    if (count > 0 && count < 20_000) inTheMiddle += 1
    if (round % 10 === 0) await killed.complete(round % 20 === 0 ? 'update' : 'skip')
  }
  console.log(`${name}: ${String(kills)} kills, ${String(inTheMiddle)} in the middle, no token half written`)
}
process.exit(0)
