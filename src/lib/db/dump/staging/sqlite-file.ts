import {setTimeout as sleep} from 'node:timers/promises'
import type {Database} from 'sqlite3'

interface Backup {
  readonly completed: boolean
  step(pages: number, done: (error: Error | null) => void): void
  finish(done: (error: Error | null) => void): void
}

/** The typings of the driver leave it out. */
interface WithBackup {
  backup(
    file: string,
    to: string,
    from: string,
    fileIsTarget: boolean,
    done: (this: Backup, error: Error | null) => void,
  ): Backup
}

/** One connection to a SQLite file, for what knex cannot do. */
class SqliteFile {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  run(sql: string, values: readonly unknown[]): Promise<void> {
    return new Promise((done, failed) => {
      this.#database.run(sql, values, (error: Error | null) => (error ? failed(error) : done()))
    })
  }

  all(sql: string, values: readonly unknown[]): Promise<{type: string; sql: string}[]> {
    return new Promise((done, failed) => {
      this.#database.all(sql, values, (error: Error | null, rows: {type: string; sql: string}[]) =>
        error ? failed(error) : done(rows),
      )
    })
  }

  /** Makes the content that of another file, in one transaction (https://www.sqlite.org/backup.html). */
  async replaceBy(source: string, patienceMs: number): Promise<void> {
    const backup = await new Promise<Backup>((done, failed) => {
      const made = (this.#database as unknown as WithBackup).backup(source, 'main', 'main', false, (error) =>
        error ? failed(error) : done(made),
      )
    })
    const deadline = Date.now() + patienceMs
    try {
      while (!backup.completed) {
        await new Promise<void>((done, failed) => backup.step(-1, (error) => (error ? failed(error) : done())))
        if (backup.completed) break
        if (Date.now() > deadline) throw new Error('another program keeps it locked')
        await sleep(100)
      }
    } finally {
      await new Promise<void>((done) => backup.finish(() => done()))
    }
  }

  close(): Promise<void> {
    return new Promise((done, failed) => this.#database.close((error) => (error ? failed(error) : done())))
  }
}

/** Opens an existing file, lets `use` work with it and closes it. */
export async function withFile<R>(path: string, use: (file: SqliteFile) => Promise<R>): Promise<R> {
  const {default: sqlite3} = await import('sqlite3')
  const database = await new Promise<Database>((done, failed) => {
    const opened = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (error) => (error ? failed(error) : done(opened)))
  })
  database.configure('busyTimeout', 5000)
  const file = new SqliteFile(database)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}
