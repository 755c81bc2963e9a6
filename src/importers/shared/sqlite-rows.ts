import type {Database} from 'sqlite3'
import {PiError} from '../../lib/errors.js'
import type {TokenInput} from '../contract.js'
import {damaged} from './text.js'

type SqlRow = Record<string, unknown>

/** How an SQLite file begins. */
export const sqliteMark = 'SQLite format 3\0'

/**
 * The rows of a query on an SQLite file, opened read-only.
 * @throws PiError INVALID_INPUT when it came through a pipe, is damaged, or has no such table
 */
export async function sqliteRows(input: TokenInput, sql: string): Promise<SqlRow[]> {
  if (input.path === undefined) {
    throw new PiError('INVALID_INPUT', `${input.name} is a database, which cannot be read from a pipe.`, {
      hints: ['Save it as a file'],
    })
  }
  const {default: sqlite3} = await import('sqlite3')
  const path = input.path
  const db = await new Promise<Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, sqlite3.OPEN_READONLY, (error) => {
      if (error) reject(failed(input.name, error))
      else resolve(opened)
    })
  })
  try {
    return await new Promise<SqlRow[]>((resolve, reject) => {
      db.all<SqlRow>(sql, (error, rows) => {
        if (error) reject(failed(input.name, error))
        else resolve(rows)
      })
    })
  } finally {
    await new Promise<void>((resolve) => db.close(() => resolve()))
  }
}

function failed(name: string, cause: Error): PiError {
  const reason = cause.message.includes('no such')
    ? 'the database lacks the table or a column'
    : 'the database is damaged'
  return damaged(name, undefined, reason)
}
