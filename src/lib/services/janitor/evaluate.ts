import {epochMicroseconds, readDate, storedDate} from '../../python/dates.js'
import {pythonInteger} from '../../python/integers.js'
import type {TokenRecord} from '../tokens/record.js'
import type {OwnerState} from './owners.js'
import type {Comparison, Condition, Field, Test} from './condition.js'

type Value = bigint | boolean | number | string | null | undefined

/** A token with everything that a condition may ask. */
export interface Candidate extends TokenRecord {
  /** Decrypted values of details of type `password`, by key, as far as the condition asks. */
  clear?: ReadonlyMap<string, string>
  /** The first owner as the user store knows him, when the condition asks for attributes. */
  user?: ReadonlyMap<string, readonly string[]>
  /** Absent when the condition does not ask. */
  ownerState?: OwnerState
}

/** Whether a token is meant. @param today for dates that leave the day out */
export function meets(candidate: Candidate, condition: Condition, today: Date): boolean {
  switch (condition.kind) {
    case 'all': {
      return condition.of.every((part) => meets(candidate, part, today))
    }
    case 'any': {
      return condition.of.some((part) => meets(candidate, part, today))
    }
    case 'not': {
      return !meets(candidate, condition.of, today)
    }
    case 'present': {
      return valuesOf(candidate, condition.field).length > 0
    }
    case 'orphaned': {
      // What nobody knows is neither an orphan nor none.
      if (candidate.ownerState === 'unknown' && !condition.onError) return false
      return isOrphaned(candidate.ownerState, condition.onError) === condition.value
    }
    case 'field': {
      return valuesOf(candidate, condition.field).some((value) => passes(value, condition.test, today))
    }
  }
}

function isOrphaned(state: OwnerState | undefined, onError: boolean): boolean {
  return state === 'absent' || state === 'resolver-missing' || (state === 'unknown' && onError)
}

/** The values of a field; NULL stays NULL. */
export function valuesOf(candidate: Candidate, field: Field): Value[] {
  switch (field.of) {
    case 'token': {
      const value = candidate.row[field.column]
      if (value === null || value === undefined) return [null]
      if (field.column === 'active' || field.column === 'locked' || field.column === 'revoked') {
        return [candidate.token[field.column]]
      }
      return [typeof value === 'number' ? value : String(value)]
    }
    case 'info': {
      return candidate.info
        .filter(({key}) => key === field.key)
        .map(({key, type, value}) => (type === 'password' ? candidate.clear?.get(key) : value))
    }
    case 'owner': {
      return candidate.owners.map(({realm, resolver, userId}) => {
        if (field.name === 'uid') return userId
        return field.name === 'resolver' ? resolver : realm
      })
    }
    case 'user': {
      return [...(candidate.user?.get(field.attribute) ?? [])]
    }
    case 'realm': {
      return [...candidate.realms]
    }
    case 'group': {
      return [...candidate.groups]
    }
    case 'container': {
      const value = candidate.container?.[field.column]
      return value === undefined ? [] : [value === null ? null : String(value)]
    }
  }
}

function passes(value: Value, test: Test, today: Date): boolean {
  if (value === null || value === undefined) return false
  switch (test.op) {
    case 'boolean': {
      return value === test.value
    }
    case 'equals': {
      return (String(value) === test.value) !== (test.negated ?? false)
    }
    case 'like': {
      return matchesLike(String(value), test.like) !== (test.negated ?? false)
    }
    case 'regex': {
      return test.regex.search(String(value)) !== (test.negated ?? false)
    }
    case 'between': {
      return compareTexts(String(value), test.first) >= 0 && compareTexts(String(value), test.last) <= 0
    }
    case 'integer': {
      const number = integerOf(value)
      return number !== undefined && compares(number < test.value ? -1 : number > test.value ? 1 : 0, test.compare)
    }
    case 'date': {
      const time = dateOf(String(value), test.naive, today)
      return time !== undefined && compares(Math.sign(time - test.value), test.compare)
    }
  }
}

function integerOf(value: NonNullable<Value>): bigint | undefined {
  if (typeof value === 'string') return pythonInteger(value)
  return typeof value === 'boolean' ? (value ? 1n : 0n) : BigInt(value)
}

/** Microseconds since the epoch of a stored date. */
export function dateOf(text: string, naive: 'legacy' | 'utc', today: Date): number | undefined {
  if (naive === 'legacy') return storedDate(text, today)
  const date = readDate(text, {today})
  return date && epochMicroseconds(date, 'utc')
}

function compares(sign: number, comparison: Comparison): boolean {
  switch (comparison) {
    case '<': {
      return sign < 0
    }
    case '<=': {
      return sign <= 0
    }
    case '=': {
      return sign === 0
    }
    case '!=': {
      return sign !== 0
    }
    case '>=': {
      return sign >= 0
    }
    case '>': {
      return sign > 0
    }
  }
}

/** By code point, as UTF-8 sorts. */
function compareTexts(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** LIKE with `%`, `_` and the escape character `!`, without regard to case, in time proportional to both texts. */
export function matchesLike(text: string, like: string): boolean {
  const characters = [...text.toLowerCase()]
  const pattern: {any: boolean; one: boolean; character: string}[] = []
  const source = [...like.toLowerCase()]
  for (let index = 0; index < source.length; index++) {
    const character = source[index]!
    if (character === '!' && index + 1 < source.length) {
      index += 1
      pattern.push({any: false, one: false, character: source[index]!})
    } else pattern.push({any: character === '%', one: character === '_', character})
  }
  let at = 0
  let next = 0
  let star = -1
  let resume = 0
  while (at < characters.length) {
    const part = pattern[next]
    if (part?.any) {
      star = next
      resume = at
      next += 1
    } else if (part && (part.one || part.character === characters[at])) {
      at += 1
      next += 1
    } else if (star >= 0) {
      resume += 1
      at = resume
      next = star + 1
    } else return false
  }
  while (pattern[next]?.any) next += 1
  return next === pattern.length
}
