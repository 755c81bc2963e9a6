import {PiError} from '../../errors.js'
import {givenDate} from '../../python/dates.js'
import {pythonInteger} from '../../python/integers.js'
import {PythonRegex} from '../../python/regex.js'
import {parseTimedelta} from '../../python/timedelta.js'
import {likeOfWildcard} from './compile.js'
import {searchableColumns, type Condition, type Field, type SearchableColumn, type Test} from './condition.js'

/** Comparators of one detail or column; all that are given must hold. */
export interface Comparators {
  value?: string | undefined
  greaterThan?: string | undefined
  lessThan?: string | undefined
  after?: string | undefined
  before?: string | undefined
}

/** Filters as commands take them (spec/03-cli.md §B.1.1, §D.3); all that are given must hold. */
export interface TokenFilters {
  /** Exact serials, one of them. */
  serials?: readonly string[] | undefined
  /** Pattern of Python, searched. */
  serial?: string | undefined
  serialExact?: string | undefined
  /** `A..B` or `A-B`, both included, by code point. */
  serialRange?: string | undefined
  /** `*` stands for any text; without regard to case. */
  tokentype?: string | undefined
  /** Pattern of Python, searched. */
  description?: string | undefined
  active?: string | undefined
  assigned?: string | undefined
  orphaned?: string | undefined
  orphanedOnError?: boolean | undefined
  /** A span of time since the last login. */
  lastAuth?: string | undefined
  includeNeverUsed?: boolean | undefined
  realm?: string | undefined
  resolver?: string | undefined
  hasInfo?: readonly string[] | undefined
  hasNotInfo?: readonly string[] | undefined
  infoKey?: string | undefined
  info?: Comparators | undefined
  attributeName?: string | undefined
  attribute?: Comparators | undefined
}

/**
 * A filter that may be on, off or not there: `1 true yes on`, `0 false no off`, and `none` or nothing.
 * @throws PiError USAGE
 */
export function readFlag(name: string, text: string | undefined): boolean | undefined {
  switch ((text ?? '').trim().toLowerCase()) {
    case '1':
    case 'on':
    case 'true':
    case 'yes': {
      return true
    }
    case '0':
    case 'false':
    case 'no':
    case 'off': {
      return false
    }
    case '':
    case 'none': {
      return undefined
    }
    default: {
      throw new PiError('USAGE', `--${name} is true or false, not '${text}'.`)
    }
  }
}

/**
 * The condition that filters make.
 * @throws PiError USAGE (pattern, number, date, span, column, a comparator without its key)
 */
export function conditionOf(filters: TokenFilters, now: Date): Condition {
  const of: Condition[] = []
  const add = (field: Field, test: Test) => of.push({kind: 'field', field, test})
  const column = (name: SearchableColumn): Field => ({of: 'token', column: name})
  const {serials} = filters

  if (serials && serials.length > 0) {
    of.push({
      kind: 'any',
      of: serials.map((value) => ({kind: 'field', field: column('serial'), test: {op: 'equals', value}})),
    })
  }
  if (filters.tokentype !== undefined && !/^\**$/.test(filters.tokentype)) {
    add(column('tokentype'), {op: 'like', like: likeOfWildcard(filters.tokentype.toLowerCase())})
  }
  const active = readFlag('active', filters.active)
  if (active !== undefined) add(column('active'), {op: 'boolean', value: active})
  const assigned = readFlag('assigned', filters.assigned)
  if (assigned !== undefined) {
    const present: Condition = {kind: 'present', field: {of: 'owner', name: 'uid'}}
    of.push(assigned ? present : {kind: 'not', of: present})
  }
  if (filters.realm !== undefined) add({of: 'realm'}, {op: 'like', like: likeOfWildcard(filters.realm)})
  if (filters.resolver !== undefined)
    add({of: 'owner', name: 'resolver'}, {op: 'like', like: likeOfWildcard(filters.resolver)})
  if (filters.lastAuth !== undefined) of.push(lastAuth(filters.lastAuth, filters.includeNeverUsed ?? false, now))
  if (filters.serial !== undefined) add(column('serial'), {op: 'regex', regex: new PythonRegex(filters.serial)})
  if (filters.serialExact !== undefined) add(column('serial'), {op: 'equals', value: filters.serialExact})
  if (filters.serialRange !== undefined) add(column('serial'), serialRange(filters.serialRange))
  if (filters.description !== undefined) of.push(description(filters.description))
  for (const key of filters.hasNotInfo ?? []) of.push({kind: 'not', of: {kind: 'present', field: {of: 'info', key}}})
  for (const key of filters.hasInfo ?? []) of.push({kind: 'present', field: {of: 'info', key}})
  of.push(...infoTests(filters, now), ...attributeTests(filters))
  const orphaned = readFlag('orphaned', filters.orphaned)
  if (orphaned !== undefined) of.push({kind: 'orphaned', value: orphaned, onError: filters.orphanedOnError ?? false})
  return {kind: 'all', of}
}

/** The last login is longer ago than the span. */
function lastAuth(span: string, includeNeverUsed: boolean, now: Date): Condition {
  const value = now.getTime() * 1000 - parseTimedelta(span) * 1_000_000
  const field: Field = {of: 'info', key: 'last_auth'}
  const old: Condition = {kind: 'field', field, test: {op: 'date', compare: '<', value, naive: 'utc'}}
  return includeNeverUsed ? {kind: 'any', of: [old, {kind: 'not', of: {kind: 'present', field}}]} : old
}

/** An absent description is an empty one. */
function description(pattern: string): Condition {
  const regex = new PythonRegex(pattern)
  const field: Field = {of: 'token', column: 'description'}
  const matches: Condition = {kind: 'field', field, test: {op: 'regex', regex}}
  if (!regex.search('')) return matches
  const any: Condition = {kind: 'field', field, test: {op: 'regex', regex: new PythonRegex('')}}
  return {kind: 'any', of: [matches, {kind: 'not', of: any}]}
}

function serialRange(text: string): Test {
  const match = /^(.+)\.\.(.+)$/.exec(text) ?? /^([^-]+)-([^-]+)$/.exec(text)
  if (!match) {
    throw new PiError('USAGE', `'${text}' is not a range of serials.`, {hints: ['Write it as FIRST..LAST']})
  }
  return {op: 'between', first: match[1]!, last: match[2]!}
}

function infoTests({infoKey, info = {}}: TokenFilters, now: Date): Condition[] {
  const given = Object.values(info).some((value) => value !== undefined)
  if (infoKey === undefined && !given) return []
  if (infoKey === undefined) {
    throw new PiError('USAGE', 'A comparator of a token detail needs --tokeninfo-key.')
  }
  if (!given) {
    throw new PiError('USAGE', `--tokeninfo-key ${infoKey} needs a comparator.`, {
      hints: ['Add --tokeninfo-value or another one', `Any value: --has-tokeninfo-key ${infoKey}`],
    })
  }
  const naive = infoKey === 'last_auth' ? 'utc' : 'legacy'
  const tests: Test[] = []
  if (info.value !== undefined) tests.push({op: 'regex', regex: new PythonRegex(info.value)})
  tests.push(...integerTests(info))
  const date = (text: string) => givenDate(text, {today: now, ambiguous: 'refuse'})
  if (info.after !== undefined) tests.push({op: 'date', compare: '>', value: date(info.after), naive})
  if (info.before !== undefined) tests.push({op: 'date', compare: '<', value: date(info.before), naive})
  return tests.map((test) => ({kind: 'field', field: {of: 'info', key: infoKey}, test}))
}

function attributeTests({attributeName, attribute = {}}: TokenFilters): Condition[] {
  const given = Object.values(attribute).some((value) => value !== undefined)
  if (attributeName === undefined && !given) return []
  if (attributeName === undefined) throw new PiError('USAGE', 'A comparator of a column needs --tokenattribute.')
  if (!given) throw new PiError('USAGE', `--tokenattribute ${attributeName} needs a comparator.`)
  const column = searchableColumn(attributeName)
  const field: Field = {of: 'token', column}
  const tests: Test[] = []
  if (attribute.value !== undefined) {
    tests.push(
      searchableColumns[column] === 'text'
        ? {op: 'regex', regex: new PythonRegex(attribute.value)}
        : {op: 'integer', compare: '=', value: integerOrBoolean(attribute.value, searchableColumns[column])},
    )
  }
  tests.push(...integerTests(attribute))
  return tests.map((test) => ({kind: 'field', field, test}))
}

function integerTests({greaterThan, lessThan}: Comparators): Test[] {
  const tests: Test[] = []
  if (greaterThan !== undefined) tests.push({op: 'integer', compare: '>', value: givenInteger(greaterThan)})
  if (lessThan !== undefined) tests.push({op: 'integer', compare: '<', value: givenInteger(lessThan)})
  return tests
}

/** @throws PiError USAGE */
export function givenInteger(text: string): bigint {
  const value = pythonInteger(text)
  if (value === undefined) throw new PiError('USAGE', `'${text}' is not an integer.`)
  return value
}

function integerOrBoolean(text: string, type: 'boolean' | 'integer'): bigint {
  const flag = type === 'boolean' && /^(true|false)$/i.test(text) ? readFlag('tokenattribute-value', text) : undefined
  return flag === undefined ? givenInteger(text) : flag ? 1n : 0n
}

/** @throws PiError USAGE naming the columns that can be searched */
export function searchableColumn(name: string): SearchableColumn {
  if (name in searchableColumns) return name as SearchableColumn
  throw new PiError('USAGE', `There is no token attribute '${name}' to search.`, {
    hints: [`The attributes are ${Object.keys(searchableColumns).join(', ')}`],
  })
}
