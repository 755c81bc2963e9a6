/**
 * Everything that can go wrong, in the words of an operator. Exit statuses are in `cli/exit-codes.ts`,
 * HTTP statuses in `server/http-errors.ts`; the compiler asks both for every member.
 */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'REFUSED'
  | 'USAGE'
  | 'CONFIG'
  | 'INVALID_INPUT'
  | 'INTEGRITY'
  | 'DIFFERENCE'
  | 'LOCKED'
  | 'UNAVAILABLE'
  | 'PARTIAL'
  | 'BREAKER'
  | 'INTERRUPTED'
  | 'INTERNAL'

export interface PiErrorOptions {
  /** A command or a setting to try next, one each. */
  hints?: readonly string[]
  /** The origin, for DEBUG only: it may name SQL or hosts. */
  cause?: unknown
}

/** A failure that was foreseen: what is wrong, without stack, SQL or secret, and what to do next. */
export class PiError extends Error {
  readonly code: ErrorCode
  readonly hints: readonly string[]

  constructor(code: ErrorCode, message: string, {hints = [], cause}: PiErrorOptions = {}) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = 'PiError'
    this.code = code
    this.hints = hints
  }
}

/** `kind name does not exist`, with the command that lists what does. */
export function notFound(kind: string, name: string, listCommand?: string): PiError {
  return new PiError('NOT_FOUND', `There is no ${kind} '${name}'.`, {hints: listCommand ? [`See ${listCommand}`] : []})
}

/** `kind name exists already`, with what to do instead. */
export function alreadyExists(kind: string, name: string, hint?: string): PiError {
  return new PiError('ALREADY_EXISTS', `The ${kind} '${name}' exists already.`, {hints: hint ? [hint] : []})
}

/** The message of whatever was thrown, for wrapping at a boundary. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
