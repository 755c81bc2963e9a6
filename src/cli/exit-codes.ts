import type {ErrorCode} from '../lib/errors.js'

/** The only table from failures to exit statuses (spec/03-cli.md §0.1, docs/exit-codes.md). */
export const exitCodes: Record<ErrorCode, number> = {
  NOT_FOUND: 1,
  ALREADY_EXISTS: 1,
  REFUSED: 1,
  USAGE: 2,
  CONFIG: 2,
  INVALID_INPUT: 2,
  INTEGRITY: 3,
  DIFFERENCE: 4,
  LOCKED: 5,
  UNAVAILABLE: 6,
  PARTIAL: 7,
  BREAKER: 8,
  INTERRUPTED: 130,
  INTERNAL: 1,
}
