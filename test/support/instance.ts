import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {copyFixture, fixture, removeFolder, temporaryFolder} from './folders.js'
import {runProgram, type ProgramOptions, type ProgramResult} from './program.js'
import {SqliteFile} from './sqlite-file.js'

/** Name of a folder of test/fixtures/interop that holds a configuration, keys and a database. */
export type FixtureSet =
  'events' | 'http' | 'janitor' | 'privacyidea-3.14dev' | 'privacyidea-3.8' | 'resolvers' | 'rotate'

/** A copy of a recorded installation that may be changed. */
export interface Instance {
  readonly folder: string
  /** Its configuration file, with the place holder for the folder filled in. */
  readonly config: string
  /** Its SQLite database. */
  readonly database: string
  path(...parts: string[]): string
  /** Runs `pi-manage` on it, with the folder as working directory (user files have relative names). */
  manage(args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>
  /** Runs one of the old programs on it; these find the configuration by environment. */
  run(name: string, args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>
  /** Replaces text in the configuration file. */
  configure(change: (text: string) => string): void
  /** Runs SQL statements on its database. */
  sql(statements: readonly string[]): Promise<void>
  query<R extends Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<R[]>
  remove(): void
}

/** Copies a recorded installation to a new folder. */
export async function fixtureInstance(set: FixtureSet): Promise<Instance> {
  const folder = temporaryFolder(set)
  copyFixture(fixture('interop', set), folder)
  const instance = makeInstance(folder)
  fillPlaceHolders(instance.config, folder)
  if (set === 'http') writeFileSync(instance.database, readFileSync(join(folder, 'base.sqlite')))
  if (set === 'events') {
    fillPlaceHolders(join(folder, 'child/pi.cfg'), join(folder, 'child'))
    mkdirSync(join(folder, 'spool'), {recursive: true})
    await withFile(instance.database, (db) =>
      db.run('UPDATE eventhandleroption SET "Value" = replace("Value", \'@DIR@\', ?)', [folder]),
    )
  }
  return instance
}

function makeInstance(folder: string): Instance {
  const config = join(folder, 'pi.cfg')
  const database = join(folder, 'data.sqlite')
  return {
    folder,
    config,
    database,
    path: (...parts) => join(folder, ...parts),
    manage: (args, options) => runProgram('pi-manage', [...args, '--config', config], {cwd: folder, ...options}),
    run: (name, args, options) =>
      runProgram(name, args, {
        cwd: folder,
        ...options,
        env: {PRIVACYIDEA_CONFIGFILE: config, EDUMFA_CONFIGFILE: config, ...options?.env},
      }),
    configure: (change) => writeFileSync(config, change(readFileSync(config, 'utf8'))),
    sql: (statements) => withFile(database, (db) => db.runAll(statements)),
    query: (sql, parameters) => withFile(database, (db) => db.all(sql, parameters)),
    remove: () => removeFolder(folder),
  }
}

/** `@FIXTURE@` and `@DIR@` stand for the folder that the file lies in. */
function fillPlaceHolders(file: string, folder: string): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replaceAll('@FIXTURE@', folder).replaceAll('@DIR@', folder))
}

async function withFile<R>(path: string, use: (db: SqliteFile) => Promise<R>): Promise<R> {
  const db = await SqliteFile.open(path)
  try {
    return await use(db)
  } finally {
    await db.close()
  }
}
