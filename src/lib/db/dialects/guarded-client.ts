import type {Knex} from 'knex'
import {PiError} from '../../errors.js'
import {DatabaseError, withoutValues, type Failure} from '../failures.js'

interface Statement {
  sql?: string
}

/**
 * A knex client whose failures are PiErrors: the one boundary at which a driver's error becomes an operator's words,
 * inside transactions and out.
 */
export function guarded(Base: typeof Knex.Client, classify: (error: Error) => Failure): typeof Knex.Client {
  return class extends Base {
    override async query(connection: unknown, statement: string | Statement): Promise<unknown> {
      try {
        return await super.query(connection, statement)
      } catch (error) {
        throw translated(error, classify, typeof statement === 'string' ? statement : statement.sql)
      }
    }

    override async acquireConnection(): Promise<unknown> {
      try {
        return await super.acquireConnection()
      } catch (error) {
        throw translated(error, classify, undefined)
      }
    }

    override async acquireRawConnection(): Promise<unknown> {
      try {
        return await super.acquireRawConnection()
      } catch (error) {
        throw translated(error, classify, undefined)
      }
    }
  }
}

function translated(error: unknown, classify: (error: Error) => Failure, sql: string | undefined): unknown {
  if (error instanceof PiError || !(error instanceof Error)) return error
  if (error.name === 'KnexTimeoutError') {
    return new PiError('UNAVAILABLE', 'No connection to the database became free in time.', {cause: error})
  }
  const bare = withoutValues(error, sql)
  return new DatabaseError(classify(bare), bare)
}

/** knex prints on the console otherwise; the library never does. */
export const silentLog = {
  warn() {},
  error() {},
  deprecate() {},
  debug() {},
}
