import {PiError} from '../../errors.js'
import {givenDate} from '../../python/dates.js'
import {pythonInteger} from '../../python/integers.js'
import {PythonRegex} from '../../python/regex.js'
import {containerColumns, searchableColumns, type Condition, type Field, type Test} from './condition.js'
import {givenInteger, searchableColumn} from './filters.js'

/** Where an expression of the 3.11 style looks. */
export type ExpressionOption = 'tokenattribute' | 'tokencontainer' | 'tokeninfo' | 'tokenowner'

/**
 * The condition of an expression `key OP value` of 3.11 (spec/03-cli.md §B.2.2). OP is one of `= ! < >`; a key that a
 * token does not have matches nothing, not even `!`.
 * @throws PiError USAGE
 */
export function expressionCondition(option: ExpressionOption, text: string, now: Date): Condition {
  const match = /^([^!=<>]+)([!=<>])([^!=<>]*)$/.exec(text)
  if (!match) {
    throw new PiError('USAGE', `--${option} requires a filter like 'key=value', not '${text}'.`, {
      hints: ['The operators are = (pattern found), ! (not found), < and > (integers and dates)'],
    })
  }
  const key = match[1]!.trim()
  const operator = match[2] as '!' | '<' | '=' | '>'
  const value = match[3]!.trim()
  const field = fieldOf(option, key)
  return {kind: 'field', field, test: testOf(option, field, operator, value, now)}
}

function fieldOf(option: ExpressionOption, key: string): Field {
  switch (option) {
    case 'tokenattribute': {
      return {of: 'token', column: searchableColumn(key)}
    }
    case 'tokeninfo': {
      return {of: 'info', key}
    }
    case 'tokenowner': {
      if (key === 'uid' || key === 'resolver' || key === 'realm') return {of: 'owner', name: key}
      return {of: 'user', attribute: key}
    }
    case 'tokencontainer': {
      if (!(containerColumns as readonly string[]).includes(key)) {
        throw new PiError('USAGE', `There is no container attribute '${key}'.`, {
          hints: [`The attributes are ${containerColumns.join(', ')}`],
        })
      }
      return {of: 'container', column: key}
    }
  }
}

function testOf(
  option: ExpressionOption,
  field: Field,
  operator: '!' | '<' | '=' | '>',
  value: string,
  now: Date,
): Test {
  const type = field.of === 'token' ? searchableColumns[field.column] : 'text'
  if (operator === '=' || operator === '!') {
    if (type === 'text') return {op: 'regex', regex: new PythonRegex(value), negated: operator === '!'}
    const flag = type === 'boolean' && /^(true|false)$/i.test(value) ? value.toLowerCase() : undefined
    const number = flag === undefined ? givenInteger(value) : flag === 'true' ? 1n : 0n
    return {op: 'integer', compare: operator === '=' ? '=' : '!=', value: number}
  }
  const number = pythonInteger(value)
  if (number !== undefined) return {op: 'integer', compare: operator, value: number}
  if (option === 'tokenattribute') givenInteger(value)
  const naive = field.of === 'container' || (field.of === 'info' && field.key === 'last_auth') ? 'utc' : 'legacy'
  return {op: 'date', compare: operator, value: givenDate(value, {today: now, ambiguous: 'refuse'}), naive}
}
