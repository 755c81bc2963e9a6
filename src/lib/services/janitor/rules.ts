import {parse as parseYaml} from 'yaml'
import {PiError, reasonOf} from '../../errors.js'
import {parseTimedelta} from '../../python/timedelta.js'
import type {JanitorAction} from './actions.js'
import type {Condition} from './condition.js'
import {conditionOf, type TokenFilters} from './filters.js'
import {parseWhere} from './where.js'

/** A rule of a rules file: which tokens, and what happens to them, at once or after a time in which they are marked. */
export interface Rule {
  name: string
  condition: Condition
  action: JanitorAction | undefined
  /** Token detail that holds since when a token meets the condition; with it the action waits. */
  mark: string | undefined
  /** Seconds between mark and action. */
  afterSeconds: number
  allowMass: number | undefined
}

const ruleKeys = new Set(['action', 'after', 'allow-mass', 'description', 'filters', 'mark', 'name', 'where'])

/** Filters of a rule, named like the flags of `token-janitor find`, and the fields that they fill. */
const textFilters: Record<string, keyof TokenFilters> = {
  active: 'active',
  assigned: 'assigned',
  description: 'description',
  'last-auth': 'lastAuth',
  orphaned: 'orphaned',
  realm: 'realm',
  resolver: 'resolver',
  serial: 'serial',
  'serial-exact': 'serialExact',
  'serial-range': 'serialRange',
  tokentype: 'tokentype',
}
const listFilters: Record<string, keyof TokenFilters> = {
  'has-not-tokeninfo-key': 'hasNotInfo',
  'has-tokeninfo-key': 'hasInfo',
}

/**
 * Reads a rules file (docs/janitor.md "Rules").
 * @throws PiError INVALID_INPUT, naming file and rule
 */
export function readRules(text: string, name: string, now: Date): Rule[] {
  let document: unknown
  try {
    document = parseYaml(text)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `${name} is not YAML: ${reasonOf(error).split('\n', 1)[0]}.`, {cause: error})
  }
  const rules = isMap(document) ? document['rules'] : document
  if (!Array.isArray(rules)) {
    throw new PiError('INVALID_INPUT', `${name} holds no rules.`, {
      hints: ['It is a mapping with the key rules: a list'],
    })
  }
  const read = rules.map((rule: unknown, index) => readRule(rule, `${name}, rule ${index + 1}`, now))
  const names = read.map((rule) => rule.name)
  const twice = names.find((one, index) => names.indexOf(one) !== index)
  if (twice !== undefined) throw new PiError('INVALID_INPUT', `${name} has two rules with the name '${twice}'.`)
  return read
}

function readRule(rule: unknown, place: string, now: Date): Rule {
  if (!isMap(rule)) throw wrong(place, 'it is not a mapping')
  const unknown = Object.keys(rule).find((key) => !ruleKeys.has(key))
  if (unknown !== undefined) throw wrong(place, `there is no key '${unknown}'`)
  const {name, where, filters, mark, after, action, 'allow-mass': allowMass} = rule
  if (typeof name !== 'string' || name === '') throw wrong(place, 'it has no name')
  const named = `${place} (${name})`
  if (where === undefined && filters === undefined) throw wrong(named, 'it has neither where nor filters')
  if (mark !== undefined && (typeof mark !== 'string' || mark === ''))
    throw wrong(named, 'mark is the name of a token detail')
  if (action === undefined && mark === undefined) throw wrong(named, 'it has neither action nor mark')
  if (after !== undefined && mark === undefined) throw wrong(named, 'after needs a mark')
  if (mark !== undefined && action !== undefined && after === undefined)
    throw wrong(named, 'action after a mark needs after')
  if (allowMass !== undefined && !(typeof allowMass === 'number' && Number.isInteger(allowMass) && allowMass >= 0)) {
    throw wrong(named, 'allow-mass is a number of tokens')
  }
  return {
    name,
    condition: {kind: 'all', of: [...readFilters(filters, named, now), ...readWhere(where, named, now)]},
    action: action === undefined ? undefined : readAction(action, named),
    mark,
    afterSeconds: after === undefined ? 0 : within(named, () => parseTimedelta(String(after))),
    allowMass: allowMass as number | undefined,
  }
}

function readWhere(where: unknown, place: string, now: Date): Condition[] {
  if (where === undefined) return []
  if (typeof where !== 'string') throw wrong(place, 'where is a text')
  return [within(place, () => parseWhere(where, now))]
}

function readFilters(given: unknown, place: string, now: Date): Condition[] {
  if (given === undefined) return []
  if (!isMap(given)) throw wrong(place, 'filters is a mapping')
  const filters: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (key === 'include-never-used' && typeof value === 'boolean') filters['includeNeverUsed'] = value
    else if (key in textFilters && ['boolean', 'number', 'string'].includes(typeof value)) {
      filters[textFilters[key]!] = String(value)
    } else if (key in listFilters && (typeof value === 'string' || Array.isArray(value))) {
      filters[listFilters[key]!] = [value].flat().map(String)
    } else throw wrong(place, `the filter '${key}' is unknown or has a wrong value`)
  }
  return [within(place, () => conditionOf(filters as TokenFilters, now))]
}

/** `disable`, or `{set-realms: [a, b]}`, `{mark: {description: …, info: {key: value}}}`, `{remove-info: [key]}`. */
function readAction(action: unknown, place: string): JanitorAction {
  const simple = ['delete', 'disable', 'enable', 'reset-failcount', 'unassign'] as const
  const name = simple.find((one) => one === action)
  if (name) return {name}
  if (isMap(action) && Object.keys(action).length === 1) {
    const [[key, value]] = Object.entries(action) as [[string, unknown]]
    if (key === 'set-realms' && Array.isArray(value)) return {name: 'set-realms', realms: value.map(String)}
    if (key === 'remove-info') return {name: 'remove-info', keys: [value].flat().map(String)}
    if (key === 'mark' && isMap(value)) {
      const {description, info} = value
      const [entry] = isMap(info) ? Object.entries(info) : []
      if (description !== undefined || entry) {
        return {
          name: 'mark',
          ...(description !== undefined && {description: String(description)}),
          ...(entry && {info: {key: entry[0], value: String(entry[1])}}),
        }
      }
    }
  }
  throw wrong(place, `the action ${JSON.stringify(action)} is not understood`)
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function within<R>(place: string, work: () => R): R {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof PiError)) throw error
    throw new PiError('INVALID_INPUT', `${place}: ${error.message}`, {hints: error.hints, cause: error})
  }
}

function wrong(place: string, problem: string): PiError {
  return new PiError('INVALID_INPUT', `${place}: ${problem}.`, {hints: ['See docs/janitor.md, "Rules"']})
}
