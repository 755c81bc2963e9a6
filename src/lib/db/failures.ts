import {PiError, type ErrorCode} from '../errors.js'

/** What went wrong, the same on every database. */
export type FailureKind =
  /** Another writer was in the way; the transaction can be repeated. */
  | 'conflict'
  /** The server or the connection to it is gone. */
  | 'lost'
  | 'full'
  | 'readonly'
  /** The connection was refused for what the configuration says: password, database name, rights. */
  | 'denied'
  /** TLS as the configuration wants it is not to be had. */
  | 'untrusted'
  | 'duplicate'
  | 'reference'
  /** A value does not fit its column. */
  | 'value'
  /** A table or a column does not exist. */
  | 'missing'
  /** The file is no database, or a damaged one. */
  | 'damaged'
  | 'other'

const codes: Record<FailureKind, ErrorCode> = {
  conflict: 'UNAVAILABLE',
  lost: 'UNAVAILABLE',
  full: 'UNAVAILABLE',
  readonly: 'UNAVAILABLE',
  denied: 'CONFIG',
  untrusted: 'CONFIG',
  duplicate: 'ALREADY_EXISTS',
  reference: 'REFUSED',
  value: 'INVALID_INPUT',
  missing: 'CONFIG',
  damaged: 'CONFIG',
  other: 'INTERNAL',
}

const messages: Record<FailureKind, string> = {
  conflict: 'The database is locked by another program.',
  lost: 'The connection to the database was lost.',
  full: 'The database cannot grow: its disk is full.',
  readonly: 'The database is read-only.',
  denied: 'The database refused the connection.',
  untrusted: 'The database server has no encryption or no certificate that is trusted.',
  duplicate: 'A row with the same unique value exists already.',
  reference: 'Other rows refer to this one, or it refers to one that does not exist.',
  value: 'A value does not fit its column.',
  missing: 'The database lacks a table or a column.',
  damaged: 'The database file is damaged, or is not a database.',
  other: 'The database refused a statement.',
}

const hints: Partial<Record<FailureKind, string>> = {
  conflict: 'Try again; look for a program that holds a transaction open',
  full: 'Free some space and try again; nothing was changed',
  denied: 'Check user, password and database name in SQLALCHEMY_DATABASE_URI',
  untrusted: 'Check the ssl options of SQLALCHEMY_DATABASE_URI',
  missing: 'See pi-manage db check',
  damaged: 'Check the file with: sqlite3 FILE "PRAGMA integrity_check"',
}

/** What a dialect read out of its driver's error. */
export interface Failure {
  kind: FailureKind
  /** Name of a constraint, column or table, for the message. */
  subject?: string | undefined
}

/** A failure of the database. `kind` lets a caller react, e.g. to a duplicate; the code is what the operator sees. */
export class DatabaseError extends PiError {
  readonly kind: FailureKind
  readonly subject: string | undefined

  constructor({kind, subject}: Failure, cause: unknown) {
    const message = subject ? `${messages[kind].slice(0, -1)}: ${subject}.` : messages[kind]
    super(codes[kind], message, {hints: hints[kind] ? [hints[kind]] : [], cause})
    this.name = 'DatabaseError'
    this.kind = kind
    this.subject = subject
  }
}

export function isDuplicate(error: unknown): boolean {
  return error instanceof DatabaseError && error.kind === 'duplicate'
}

/**
 * Takes statement and row values out of a driver's error: they may hold secrets, and the error lives on as `cause`.
 */
export function withoutValues(error: Error, sql: string | undefined): Error {
  const driverError = error as Error & Record<string, unknown>
  if (sql && error.message.startsWith(sql)) error.message = error.message.slice(sql.length).replace(/^ - /, '')
  for (const key of ['sql', 'detail', 'where', 'internalQuery', 'parameters']) delete driverError[key]
  return error
}
