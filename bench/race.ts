// 200 parallel logins with one valid value against two servers: exactly one is accepted, in every round.
//   node --import tsx bench/race.ts [rounds] [sqlite,postgres,mariadb]
import {join} from 'node:path'
import {connect} from '../src/lib/db/connect.js'
import {createSchema} from '../src/lib/db/create.js'
import {removeFolder, temporaryFolder} from '../test/support/folders.js'
import {startMariadb} from '../test/support/mariadb.js'
import {startPostgres} from '../test/support/postgres.js'
import {startServer} from '../test/support/server.js'
import {makeInstallation} from '../test/server/support/installation.js'
import {race} from '../test/server/support/race.js'

const rounds = Number(process.argv[2] ?? 50)
const dialects = (process.argv[3] ?? 'sqlite,postgres,mariadb').split(',')

for (const dialect of dialects) {
  const folder = temporaryFolder('race')
  const uri = await newDatabase(dialect, folder)
  const installation = await makeInstallation({folder, uri, users: rounds})
  const servers = [await startServer({config: installation.config}), await startServer({config: installation.config})]
  for (const type of ['hotp', 'totp'] as const) {
    const started = performance.now()
    const urls = servers.map(({url}) => url)
    const accepted = await race(installation, urls, {type, rounds, parallel: 200})
    const right = accepted.filter((count) => count === 1).length
    const seconds = (performance.now() - started) / 1000
    console.log(
      `${dialect.padEnd(9)} ${type}  exactly 1 of 200 accepted in ${right} of ${rounds} rounds ` +
        `(${((rounds * 200) / seconds).toFixed(0)} requests/s)`,
    )
    if (right !== rounds) process.exitCode = 1
  }
  for (const server of servers) await server.stop()
  await installation.close()
  removeFolder(folder)
}

async function newDatabase(dialect: string, folder: string): Promise<string> {
  const server = dialect === 'postgres' ? startPostgres : startMariadb
  const uri =
    dialect === 'sqlite' ? `sqlite:///${join(folder, 'data.sqlite')}` : await (await server()).createDatabase()
  const connection = await connect(uri, {create: true})
  try {
    await createSchema(connection, 'privacyidea', '3.8')
  } finally {
    await connection.knex.destroy()
  }
  return uri
}
