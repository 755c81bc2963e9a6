import {PiError} from '../../errors.js'
import {PolicyError} from '../../policy/errors.js'
import {RequestError, type ApiFailure} from '../authenticate/errors.js'

/** What an unforeseen failure looks like from outside; the reason is for the log only. */
export const internalMessage =
  '500 Internal Server Error: The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.'

export interface Failure extends ApiFailure {
  message: string
  /** Refusals by policies and of logins are added to what the audit knows, others replace it (spec/08 §4.3). */
  appends: boolean
  /** What an operator should read; absent for refusals that are part of the protocol. */
  log?: string
}

/** A failure in the words of the API (spec/08 §3.4). */
export function failureOf(error: unknown): Failure {
  if (error instanceof PolicyError) return {status: 403, number: 303, message: error.message, appends: true}
  if (error instanceof RequestError) {
    const {status, number, message} = error
    return {status, number, message, appends: status === 403 || status === 401}
  }
  const log =
    error instanceof PiError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {status: 500, number: -500, message: internalMessage, appends: false, log}
}
