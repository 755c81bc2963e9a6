import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import {connect, openDatabase} from '../../src/lib/db/connect.js'
import {createSchema} from '../../src/lib/db/create.js'
import type {Database, DialectName, Schema} from '../../src/lib/db/database.js'
import {serverFolder} from './database-server.js'
import {removeFolder} from './folders.js'
import {hasMariadb, startMariadb} from './mariadb.js'
import {postgresPrograms, startPostgres} from './postgres.js'

export {loadSqliteInto} from './load-sqlite.js'
export {startMariadb} from './mariadb.js'
export {startPostgres} from './postgres.js'

export interface Release {
  product?: Schema['product']
  version?: string
}

/** Databases for one suite. */
export interface TestDatabases {
  /**
   * Opens the database of the suite: one for each release asked for (3.8 if none), empty of rows at first. Another call
   * opens the same one again. Everything is closed when the suite ends.
   */
  (release?: Release): Promise<Database>
  /** Opens a database that nobody has used before. */
  fresh(release?: Release): Promise<Database>
  /** The URI of the suite's database, for programs. */
  uri(release?: Release): Promise<string>
  /** The URI of a new database with this release's tables. */
  freshUri(release?: Release): Promise<string>
  /** The URI of a new database without any table. */
  emptyUri(): Promise<string>
}

interface Kind {
  /** Of the Debian package that it needs. */
  needs?: string
  present: boolean
  emptyUri(): Promise<string>
  /** The URI of a new database with a release's tables. */
  freshUri(release: Required<Release>): Promise<string>
}

let files = 0
let sqliteFolder: string | undefined
const templates = new Map<string, Promise<string>>()

/** What the template of a release is called; made by the first who asks. */
function template(kind: string, {product, version}: Required<Release>, make: () => Promise<string>): Promise<string> {
  const key = `${kind} ${product} ${version}`
  const made = templates.get(key) ?? make()
  templates.set(key, made)
  return made
}

function sqliteFile(): string {
  sqliteFolder ??= serverFolder('sqlite', undefined, {})
  return join(sqliteFolder, 'data', `${++files}.sqlite`)
}

async function withTables(uri: string, {product, version}: Required<Release>): Promise<string> {
  const connection = await connect(uri, {create: true})
  try {
    await createSchema(connection, product, version)
  } finally {
    await connection.knex.destroy()
  }
  return uri
}

const kinds: Record<DialectName, Kind> = {
  sqlite: {
    present: true,
    async emptyUri() {
      return `sqlite:///${sqliteFile()}`
    },
    async freshUri(release) {
      const from = await template('sqlite', release, async () => {
        const file = sqliteFile()
        await withTables(`sqlite:///${file}`, release)
        return file
      })
      const file = sqliteFile()
      copyFileSync(from, file)
      return `sqlite:///${file}`
    },
  },
  postgres: {
    needs: 'postgresql',
    present: postgresPrograms() !== undefined,
    async emptyUri() {
      return (await startPostgres()).createDatabase()
    },
    async freshUri(release) {
      const server = await startPostgres()
      const from = await template('postgres', release, async () => {
        const name = `template_${release.product}_${release.version}`
        await withTables(await server.createDatabase({name}), release)
        return name
      })
      return server.createDatabase({template: from})
    },
  },
  mariadb: {
    needs: 'mariadb-server',
    present: hasMariadb(),
    async emptyUri() {
      return (await startMariadb()).createDatabase()
    },
    async freshUri(release) {
      return withTables(await (await startMariadb()).createDatabase(), release)
    },
  },
}

/** The databases that tests run on: those in PI_TEST_DATABASES, else all three. */
export function testedDialects(): DialectName[] {
  const wanted = (process.env['PI_TEST_DATABASES'] ?? 'sqlite,postgres,mariadb').split(',').map((name) => name.trim())
  return wanted.filter((name): name is DialectName => {
    if (!(name in kinds)) throw new Error(`PI_TEST_DATABASES names no database of ours: ${name}`)
    return true
  })
}

/**
 * Runs a suite once on each database. Where the server is not installed the suite is pending under a title that names the
 * Debian package; with CI=true that is a failure.
 */
export function describeEachDatabase(title: string, body: (open: TestDatabases) => void): void {
  for (const name of testedDialects()) {
    const kind = kinds[name]
    if (kind.present) describe(`${title} (${name})`, () => body(databasesOf(kind)))
    else describeMissing(`${title} (${name}) needs the Debian package ${kind.needs}`)
  }
}

function describeMissing(title: string): void {
  if (process.env['CI'] === 'true') {
    it(title, () => {
      throw new Error('it is not installed')
    })
  } else {
    it(title)
  }
}

function databasesOf(kind: Kind): TestDatabases {
  const opened: Database[] = []
  const uris = new Map<string, Promise<string>>()
  const complete = ({product = 'privacyidea', version = '3.8'}: Release = {}) => ({product, version})
  const uri = (release?: Release): Promise<string> => {
    const wanted = complete(release)
    const key = `${wanted.product} ${wanted.version}`
    const made = uris.get(key) ?? kind.freshUri(wanted)
    uris.set(key, made)
    return made
  }
  const openAt = async (place: Promise<string>) => {
    const database = await openDatabase(await place)
    opened.push(database)
    return database
  }
  after(async () => {
    for (const database of opened) await database.close()
  })
  return Object.assign((release?: Release) => openAt(uri(release)), {
    fresh: (release?: Release) => openAt(kind.freshUri(complete(release))),
    uri,
    freshUri: (release?: Release) => kind.freshUri(complete(release)),
    emptyUri: () => kind.emptyUri(),
  })
}

process.on('exit', () => {
  if (sqliteFolder) removeFolder(sqliteFolder)
})
