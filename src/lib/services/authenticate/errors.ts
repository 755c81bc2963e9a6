import {PiError, type ErrorCode} from '../../errors.js'

/** How an answer of the HTTP API names a failure (spec/08 §3.4). */
export interface ApiFailure {
  /** HTTP status. */
  status: number
  /** Number in `result.error.code`. */
  number: number
}

/** A failure with the status, number and text that clients of the original know. */
export class RequestError extends PiError implements ApiFailure {
  readonly status: number
  readonly number: number

  constructor(code: ErrorCode, {status, number}: ApiFailure, message: string) {
    super(code, message)
    this.name = 'RequestError'
    this.status = status
    this.number = number
  }
}

function prefixed(code: ErrorCode, number: number, text: string): RequestError {
  return new RequestError(code, {status: 400, number}, `ERR${number}: ${text}`)
}

/** A parameter is missing or impossible. */
export function parameterError(text: string): RequestError {
  return prefixed('INVALID_INPUT', 905, text)
}

/** Nobody has this login, or the resolver asked for does not exist. */
export function userError(text = 'The user can not be found in any resolver in this realm!'): RequestError {
  return prefixed('NOT_FOUND', 904, text)
}

/** What is asked cannot be done with a locked or revoked token. */
export function lockedError(): RequestError {
  return prefixed('REFUSED', 1007, 'This action is not possible, since the token is locked')
}

/** The answer is refused by the rules for this login. */
export function validateError(text: string): RequestError {
  return prefixed('REFUSED', 401, text)
}

/** The configuration names something that does not exist. */
export function configError(text: string): RequestError {
  return prefixed('CONFIG', 302, text)
}

export function tokenNotFound(text = 'The requested token could not be found.'): RequestError {
  return new RequestError('NOT_FOUND', {status: 404, number: 601}, text)
}

/** Login of administrators and users, API keys (spec/08 §9). */
export function authError(number: number, text: string): RequestError {
  return new RequestError('REFUSED', {status: 401, number}, text)
}

/** A rule forbids it. */
export function policyError(text: string): RequestError {
  return new RequestError('REFUSED', {status: 403, number: 303}, text)
}
