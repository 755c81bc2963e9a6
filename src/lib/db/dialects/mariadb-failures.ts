import type {Failure, FailureKind} from '../failures.js'
import {isTlsFailure} from './tls-failures.js'

/** Error numbers (https://mariadb.com/kb/en/mariadb-error-codes/). */
const kinds: Readonly<Record<number, FailureKind>> = {
  1020: 'conflict',
  1205: 'conflict',
  1213: 'conflict',
  1040: 'lost',
  1053: 'lost',
  1152: 'lost',
  1927: 'lost',
  1021: 'full',
  1114: 'full',
  1036: 'readonly',
  1290: 'readonly',
  1792: 'readonly',
  1044: 'denied',
  1045: 'denied',
  1049: 'denied',
  1130: 'denied',
  1142: 'denied',
  1698: 'denied',
  1062: 'duplicate',
  1169: 'duplicate',
  1451: 'reference',
  1452: 'reference',
  1048: 'value',
  1054: 'missing',
  1146: 'missing',
  1264: 'value',
  1265: 'value',
  1292: 'value',
  1364: 'value',
  1366: 'value',
  1406: 'value',
  4025: 'value',
}

export function classifyMariadb(error: Error): Failure {
  const {errno = 0, code = '', message} = error as Error & {errno?: number; code?: string}
  const kind = kinds[errno]
  if (kind) return {kind, subject: subjectOf(message, kind)}
  if (isTlsFailure(error)) return {kind: 'untrusted', subject: code || undefined}
  if (/^(PROTOCOL_|ECONN|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EACCES)/.test(code)) {
    return {kind: 'lost', subject: code}
  }
  if (/closed state|Connection lost/i.test(message)) return {kind: 'lost'}
  return {kind: 'other'}
}

/** The name in a message; what it says about the value stays out. */
function subjectOf(message: string, kind: FailureKind): string | undefined {
  if (kind === 'duplicate') return /for key '([^']+)'/.exec(message)?.[1]
  if (kind === 'missing') return /(?:Table|column) '([^']+)'/.exec(message)?.[1]
  if (kind === 'value') return /(?:[Cc]olumn|Field) [`']?([^`' ]+)[`']?|CONSTRAINT [`']([^`']+)/.exec(message)?.[1]
  return undefined
}
