/**
 * Kills rotations of keys at random moments, on each database, while a client logs in at `validate serve` and a program
 * writes new tokens; resumes each or takes it back, and checks that every value decrypts, no token is missing and the
 * counter is that of the logins.
 *
 * npm run build && node --import tsx bench/kill-rotate.ts [kills] [database,…]
 */
import {join} from 'node:path'
import {connect, openDatabase} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import {temporaryFolder} from '../test/support/folders.js'
import {KilledRotation, summary} from '../test/support/kill-rotation.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'

const kills = Number(process.argv[2] ?? 1000)
const databases = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')

for (const name of databases) {
  const killed = await KilledRotation.start({freshUri: () => freshUri(name)}, 300)
  const share = Math.ceil(kills / databases.length)
  for (let round = 0; round < share; round++) await killed.kill()
  await killed.stop()
  console.log(
    `${name}: ${share} kills (${summary(killed)}), 0 undecryptable, 0 lost; ${killed.accepted} logins, ${killed.added} tokens written meanwhile`,
  )
}
process.exit(0)

async function freshUri(name: string): Promise<string> {
  const uri =
    name === 'sqlite'
      ? `sqlite:///${join(temporaryFolder('kill-rotate'), 'data.sqlite')}`
      : await (await (name === 'postgres' ? startPostgres : startMariadb)()).createDatabase()
  const connection = await connect(uri, {create: true})
  await createSchema(connection, 'privacyidea', '3.8')
  await connection.knex.destroy()
  await (await openDatabase(uri)).close()
  return uri
}
