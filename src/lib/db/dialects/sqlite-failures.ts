import type {Failure, FailureKind} from '../failures.js'

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const kinds: Readonly<Record<string, FailureKind>> = {
  SQLITE_BUSY: 'conflict',
  SQLITE_LOCKED: 'conflict',
  SQLITE_READONLY: 'readonly',
  SQLITE_FULL: 'full',
  SQLITE_IOERR: 'lost',
  SQLITE_CANTOPEN: 'lost',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
  SQLITE_PERM: 'denied',
  SQLITE_TOOBIG: 'value',
  SQLITE_MISMATCH: 'value',
}

export function classifySqlite(error: Error): Failure {
  const code = (error as Error & {code?: string}).code ?? ''
  const known = kinds[code]
  if (known) return {kind: known}
  const {message} = error
  if (code === 'SQLITE_CONSTRAINT') {
    const subject = /constraint failed: (.+)$/.exec(message)?.[1]
    if (message.includes('UNIQUE')) return {kind: 'duplicate', subject}
    if (message.includes('FOREIGN KEY')) return {kind: 'reference'}
    return {kind: 'value', subject}
  }
  const missing = /no such (?:table|column): (\S+)|no column named (\S+)/.exec(message)
  if (missing) return {kind: 'missing', subject: missing[1] ?? missing[2]}
  return {kind: 'other'}
}
