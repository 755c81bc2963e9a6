import {Flags} from '@oclif/core'
import type {ExpressionOption} from '../../lib/services/janitor/expressions.js'
import type {Comparators, TokenFilters} from '../../lib/services/janitor/filters.js'

const group = 'FILTER'
const text = (description: string, helpValue: string, aliases: string[] = []) =>
  Flags.string({aliases, description, helpGroup: group, helpValue})
const several = (description: string, helpValue: string, aliases: string[] = []) =>
  Flags.string({aliases, description, helpGroup: group, helpValue, multiple: true, multipleNonGreedy: true})

/** Every filter of the token janitor; all that are given must hold (spec/03-cli.md §B, §D.3). */
export const janitorFilters = {
  serial: text('pattern (Python) found in the serial', 'REGEX'),
  'serial-exact': text('this serial', 'SERIAL'),
  'serial-range': text('serials from A to B, both included', 'A..B', ['range-of-serial']),
  tokentype: text('type; * stands for any text', 'TYPE', ['type']),
  description: text('pattern (Python) found in the description', 'REGEX'),
  active: text('true: enabled, false: disabled', 'BOOL'),
  assigned: text('true: with an owner, false: without', 'BOOL'),
  realm: text('realm of the token; * stands for any text', 'REALM'),
  resolver: text('resolver of the owner; * stands for any text', 'NAME'),
  orphaned: text('true: the owner is proven to be gone, false: not so', 'BOOL'),
  'orphaned-on-error': Flags.boolean({
    allowNo: true,
    description: 'take a user store that fails as proof that the owner is gone',
    helpGroup: group,
  }),
  'last-auth': text('last login longer ago than this, e.g. 10d', 'SPAN'),
  'include-never-used': Flags.boolean({
    description: 'with --last-auth: also tokens that never logged in',
    helpGroup: group,
  }),
  'has-tokeninfo-key': several('with this token detail', 'KEY'),
  'has-not-tokeninfo-key': several('without this token detail', 'KEY'),
  'tokeninfo-key': text('the token detail that the next flags compare', 'KEY'),
  'tokeninfo-value': text('pattern (Python) found in it', 'REGEX'),
  'tokeninfo-value-greater-than': text('it is a greater integer', 'N'),
  'tokeninfo-value-less-than': text('it is a lesser integer', 'N'),
  'tokeninfo-value-after': text('it is a later date', 'DATE'),
  'tokeninfo-value-before': text('it is an earlier date', 'DATE'),
  tokenattribute: several('the column that the next flags compare, or KEY=VALUE, KEY!VALUE, KEY<N, KEY>N', 'COLUMN'),
  tokeninfo: several('KEY=REGEX, KEY!REGEX, KEY<VALUE, KEY>VALUE: integers and dates', 'EXPR'),
  tokenowner: several('the same for the owner: uid, resolver, realm, or an attribute of the user', 'EXPR'),
  tokencontainer: several('the same for the container: serial, type, description, last_seen …', 'EXPR'),
  user: text('tokens of this user; without realm: of the default realm', 'LOGIN[@REALM]', ['username']),
  where: text('a condition, see docs/janitor.md: type = hotp and info.last_auth < ago(90d)', 'CONDITION'),
  'tokenattribute-value': text('pattern (Python) found in it, or the integer that it is', 'VALUE'),
  'tokenattribute-value-greater-than': text('it is a greater integer', 'N'),
  'tokenattribute-value-less-than': text('it is a lesser integer', 'N'),
}

type Values = {[name in keyof typeof janitorFilters]?: boolean | string | readonly string[] | undefined}

/** Reads the flags of `janitorFilters`, texts as typed. */
export function janitorFiltersOf(flags: Values): TokenFilters {
  const one = (name: keyof Values) => flags[name] as string | undefined
  const many = (name: keyof Values) => flags[name] as readonly string[] | undefined
  const info: Comparators = {
    value: one('tokeninfo-value'),
    greaterThan: one('tokeninfo-value-greater-than'),
    lessThan: one('tokeninfo-value-less-than'),
    after: one('tokeninfo-value-after'),
    before: one('tokeninfo-value-before'),
  }
  const attribute: Comparators = {
    value: one('tokenattribute-value'),
    greaterThan: one('tokenattribute-value-greater-than'),
    lessThan: one('tokenattribute-value-less-than'),
  }
  return {
    serial: one('serial'),
    serialExact: one('serial-exact'),
    serialRange: one('serial-range'),
    tokentype: one('tokentype'),
    description: one('description'),
    active: one('active'),
    assigned: one('assigned'),
    realm: one('realm'),
    resolver: one('resolver'),
    orphaned: one('orphaned'),
    orphanedOnError: flags['orphaned-on-error'] as boolean | undefined,
    lastAuth: one('last-auth'),
    includeNeverUsed: flags['include-never-used'] === true,
    hasInfo: many('has-tokeninfo-key'),
    hasNotInfo: many('has-not-tokeninfo-key'),
    infoKey: one('tokeninfo-key'),
    info,
    attributeName: many('tokenattribute')?.find((name) => !isExpression(name)),
    attribute,
  }
}

/** Expressions of 3.11 among the flags of `janitorFilters`. */
export function janitorExpressionsOf(flags: Values): {option: ExpressionOption; text: string}[] {
  const options = ['tokenattribute', 'tokeninfo', 'tokenowner', 'tokencontainer'] as const
  return options.flatMap((option) =>
    ((flags[option] as readonly string[] | undefined) ?? [])
      .filter((text) => option !== 'tokenattribute' || isExpression(text))
      .map((text) => ({option, text})),
  )
}

/** `tokenattribute` takes the name of a column, as in 3.8, or an expression, as in 3.11. */
function isExpression(text: string): boolean {
  return /[=!<>]/.test(text)
}
