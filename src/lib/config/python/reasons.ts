import {NotUnderstood, type Failure} from './failure.js'
import type {SyntaxNode} from './parse.js'
import {PyException} from './values.js'

/** Why a statement failed. The reason never repeats a value of the file, only names, types and places. */
export function failureOf(error: unknown, statement: SyntaxNode): Failure {
  if (error instanceof NotUnderstood) return {at: error.at < 0 ? statement.from : error.at, reason: error.message}
  if (error instanceof PyException) {
    const reason = `it ends with ${error.type}${error.private ? '' : `: ${error.message}`}`
    return {at: error.at ?? statement.from, reason}
  }
  if (error instanceof RangeError)
    return {at: statement.from, reason: 'something this large or deeply nested is not understood'}
  throw error
}
