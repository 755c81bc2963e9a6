import {
  AndFilter,
  EqualityFilter,
  FilterParser,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
  type Filter,
} from 'ldapts'
import {PiError} from '../../../errors.js'
import {objectGuidBytes} from './ids.js'

/**
 * The filters that are set for all users, e.g. `(uid=*)(objectClass=person)`; none for an empty text. Values never come
 * from users: those are put into filters as data, without a text that would need escaping.
 * @throws PiError CONFIG
 */
export function configuredFilters(text: string): Filter[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  // Bytes beyond ASCII are escaped one by one, while the parser takes each for a character.
  const readable = `(&${trimmed})`
    .replace(/\)\s+(?=[()])/g, ')')
    .replace(/(?:\\[89a-f][0-9a-f])+/gi, (escaped) => decoded(escaped) ?? escaped)
  try {
    // The parser takes what is not closed for closed at the end.
    if (trimmed.split('(').length !== trimmed.split(')').length) throw new Error('unbalanced parentheses')
    return [FilterParser.parseString(readable)]
  } catch (error) {
    throw new PiError('CONFIG', `The filter ${trimmed} is wrong.`, {
      hints: ['Write one or more filters in parentheses, e.g. (uid=*)(objectClass=inetOrgPerson)'],
      cause: error,
    })
  }
}

function decoded(escaped: string): string | undefined {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(Buffer.from(escaped.replaceAll('\\', ''), 'hex'))
  } catch {
    return undefined
  }
}

/** All of several conditions. */
export function all(filters: readonly Filter[]): Filter {
  const [first] = filters
  if (first === undefined) return new PresenceFilter({attribute: 'objectClass'})
  return filters.length === 1 ? first : new AndFilter({filters: [...filters]})
}

/** Equality; a GUID is compared as Active Directory stores it. Undefined when nothing can be equal. */
export function equals(attribute: string, value: string): Filter | undefined {
  if (attribute !== 'objectGUID') return new EqualityFilter({attribute, value})
  const bytes = objectGuidBytes(value)
  return bytes && new EqualityFilter({attribute, value: bytes})
}

/** A login by any of the attributes that may hold it. */
export function loginIs(attributes: readonly string[], login: string): Filter | undefined {
  const filters = attributes.map((attribute) => equals(attribute, login)).filter((filter) => filter !== undefined)
  return filters.length > 1 ? new OrFilter({filters}) : filters[0]
}

/** A search pattern in which `*` stands for anything. */
export function matches(attribute: string, pattern: string): Filter {
  const parts = pattern.split('*')
  const [initial = ''] = parts
  if (parts.length === 1) return equals(attribute, pattern) ?? new EqualityFilter({attribute, value: pattern})
  const any = parts.slice(1, -1).filter((part) => part !== '')
  const final = parts.at(-1) ?? ''
  if (initial === '' && final === '' && any.length === 0) return new PresenceFilter({attribute})
  return new SubstringFilter({attribute, initial, any, final})
}

/** `accountExpires` of Active Directory: accounts that have ended, or have not (spec/10 §4.2). */
export function expiry(attribute: string, ended: boolean, now: Date): Filter {
  // 100-nanosecond ticks since 1601
  const value = String(BigInt(now.getTime() + 11_644_473_600_000) * 10_000n)
  if (!ended) return new GreaterThanEqualsFilter({attribute, value})
  const never = new NotFilter({filter: new EqualityFilter({attribute, value: '0'})})
  return new AndFilter({filters: [new LessThanEqualsFilter({attribute, value}), never]})
}
