import sqlite3 from 'sqlite3'

export type SqlRow = Record<string, unknown>

/** Bare access to an SQLite file, beside the program under test: no dialect, no schema check, values as stored. */
export class SqliteFile {
  readonly #db: sqlite3.Database

  private constructor(db: sqlite3.Database) {
    this.#db = db
  }

  static async open(path: string, {readonly = false} = {}): Promise<SqliteFile> {
    const mode = readonly ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE
    const db = await new Promise<sqlite3.Database>((resolve, reject) => {
      const opened: sqlite3.Database = new sqlite3.Database(path, mode, (error) =>
        error ? reject(error) : resolve(opened),
      )
    })
    db.configure('busyTimeout', 10_000)
    return new SqliteFile(db)
  }

  async all<R extends SqlRow = SqlRow>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return new Promise((resolve, reject) => {
      this.#db.all(sql, parameters, (error, rows) => (error ? reject(error) : resolve(rows as R[])))
    })
  }

  async run(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#db.run(sql, parameters, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Runs statements in one transaction, so that a program beside it sees all of them or none. */
  async runAll(statements: readonly string[]): Promise<void> {
    await this.run('BEGIN IMMEDIATE')
    try {
      for (const statement of statements) await this.run(statement)
      await this.run('COMMIT')
    } catch (error) {
      await this.run('ROLLBACK')
      throw error
    }
  }

  async close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#db.close((error) => (error ? reject(error) : resolve()))
    })
  }
}
