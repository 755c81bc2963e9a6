import type {Failure, FailureKind} from '../failures.js'
import {isTlsFailure} from './tls-failures.js'

/** Classes and codes of SQLSTATE (PostgreSQL manual, appendix A). */
const kinds: readonly (readonly [RegExp, FailureKind])[] = [
  [/^(40001|40P01|55P03)$/, 'conflict'],
  [/^(57P0[1-5]|08...|53300|57014)$/, 'lost'],
  [/^(53100|53200)$/, 'full'],
  [/^25006$/, 'readonly'],
  [/^(28...|3D000|42501)$/, 'denied'],
  [/^23505$/, 'duplicate'],
  [/^23503$/, 'reference'],
  [/^(22...|23...)$/, 'value'],
  [/^(42P01|42703)$/, 'missing'],
]

const lostSystemCodes =
  /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EACCES)$/

export function classifyPostgres(error: Error): Failure {
  const {code = '', constraint, table, column} = error as Error & Record<string, string | undefined>
  if (isTlsFailure(error)) return {kind: 'untrusted', subject: code || undefined}
  if (lostSystemCodes.test(code)) return {kind: 'lost', subject: code}
  for (const [pattern, kind] of kinds) {
    if (pattern.test(code)) return {kind, subject: constraint ?? column ?? table ?? nameIn(error.message, kind)}
  }
  if (/terminated|ended unexpectedly|timeout|not queryable|Connection ended/i.test(error.message)) return {kind: 'lost'}
  return {kind: 'other'}
}

function nameIn(message: string, kind: FailureKind): string | undefined {
  return kind === 'missing' || kind === 'denied' ? /"([^"]+)"/.exec(message)?.[1] : undefined
}
