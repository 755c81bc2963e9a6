import SqliteBase from 'knex/lib/dialects/sqlite3/index.js'
import SqliteTransaction from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js'
import {guarded} from './guarded-client.js'
import {classifySqlite} from './sqlite-failures.js'

/**
 * Takes the write lock at once: a transaction that began by reading could not get it any more when another writer came
 * between (SQLITE_BUSY_SNAPSHOT), however long it waited.
 */
class ImmediateTransaction extends SqliteTransaction {
  begin(connection: object): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE;')
  }

  /** A COMMIT refused by a reader's lock leaves the transaction open: it must not go back to the pool like that. */
  async commit(connection: object, value: unknown): Promise<void> {
    try {
      const committing = this.trxClient.query(connection, 'COMMIT;')
      this._completed = true
      await committing
      this._resolver(value)
    } catch (error) {
      await this.client._query(connection, {sql: 'ROLLBACK'}).catch(() => {})
      this._rejecter(error)
    }
  }
}

export class SqliteClient extends guarded(SqliteBase, classifySqlite) {
  override transaction(...parameters: unknown[]): never {
    return new ImmediateTransaction(this, ...parameters) as never
  }
}
