import type {PythonRegex} from '../../python/regex.js'

/** Columns of `token` that may be searched: what is secret or a hash is not. */
export const searchableColumns = {
  id: 'integer',
  description: 'text',
  serial: 'text',
  tokentype: 'text',
  otplen: 'integer',
  maxfail: 'integer',
  active: 'boolean',
  revoked: 'boolean',
  locked: 'boolean',
  failcount: 'integer',
  count: 'integer',
  count_window: 'integer',
  sync_window: 'integer',
  rollout_state: 'text',
} as const satisfies Record<string, 'boolean' | 'integer' | 'text'>

export type SearchableColumn = keyof typeof searchableColumns

export const containerColumns = ['serial', 'type', 'description', 'last_seen', 'last_updated', 'id'] as const

/** What a condition looks at. A token may have several values of a field, or none. */
export type Field =
  | {of: 'token'; column: SearchableColumn}
  | {of: 'info'; key: string}
  | {of: 'owner'; name: 'realm' | 'resolver' | 'uid'}
  /** An attribute of the owner in the user store; `login` and the others of spec/10 §2.1. */
  | {of: 'user'; attribute: string}
  | {of: 'realm'}
  | {of: 'group'}
  | {of: 'container'; column: string}

export type Comparison = '!=' | '<' | '<=' | '=' | '>' | '>='

/** A test of one value; NULL never passes. */
export type Test =
  | {op: 'boolean'; value: boolean}
  /** Texts are compared by code point. */
  | {op: 'equals'; value: string; negated?: boolean}
  /** `like` is a pattern of SQL's LIKE with the escape character `!`, compared without regard to case. */
  | {op: 'like'; like: string; negated?: boolean}
  | {op: 'regex'; regex: PythonRegex; negated?: boolean}
  /** A text counts when Python's `int()` reads it. */
  | {op: 'integer'; compare: Comparison; value: bigint}
  /** Microseconds since the epoch. `naive` says what a stored date without zone means. */
  | {op: 'date'; compare: Comparison; value: number; naive: 'legacy' | 'utc'}
  | {op: 'between'; first: string; last: string}

/** Which tokens are meant. */
export type Condition =
  | {kind: 'all'; of: readonly Condition[]}
  | {kind: 'any'; of: readonly Condition[]}
  | {kind: 'not'; of: Condition}
  /** One of the values passes. */
  | {kind: 'field'; field: Field; test: Test}
  /** There is a value, be it NULL or empty. */
  | {kind: 'present'; field: Field}
  /** The owner is proven to be gone; `onError` counts a user store that does not answer as proof. */
  | {kind: 'orphaned'; value: boolean; onError: boolean}

export const everything: Condition = {kind: 'all', of: []}

/** All fields that a condition looks at. */
export function fieldsOf(condition: Condition): Field[] {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      return condition.of.flatMap((part) => fieldsOf(part))
    }
    case 'not': {
      return fieldsOf(condition.of)
    }
    case 'orphaned': {
      return []
    }
    default: {
      return [condition.field]
    }
  }
}

/** Whether owners must be looked up in their user stores. */
export function needsOrphans(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      return condition.of.some((part) => needsOrphans(part))
    }
    case 'not': {
      return needsOrphans(condition.of)
    }
    default: {
      return condition.kind === 'orphaned'
    }
  }
}
