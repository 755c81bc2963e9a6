import {isMap, isScalar, isSeq, parseDocument} from 'yaml'
import {pythonDate, pythonDuration} from '../../audit/sign.js'
import {auditColumn, auditColumns} from '../../audit/columns.js'
import type {Row, Schema} from '../../db/database.js'
import {durationOf, sixDigits} from '../../db/dates.js'
import {PiError} from '../../errors.js'
import {PythonRegex} from '../../python/regex.js'
import {pythonRepr, type PythonValue} from '../../python/repr.js'

/** One rule of a rule file: rows that all patterns are found in are deleted when they are older than `days`. */
export interface RotationRule {
  /** Age in days from which on a matching row goes; 0: at once. */
  days: number
  patterns: {column: string; pattern: string; shown: string; search: (text: string) => boolean}[]
  /** As Python shows the rule's map. */
  text: string
}

export interface RuleOptions {
  /** Takes rules without a pattern, which never match, as the original does. */
  lenient?: boolean
}

/** How many texts a pattern remembers: columns like `action` hold few different ones. */
const remembered = 5000

/**
 * Reads a rule file: a YAML list of maps with `rotate` (days) and `column: pattern` (spec/11 §A8). Patterns that are
 * numbers in YAML are taken as text.
 * @throws PiError INVALID_INPUT, USAGE (a pattern that is none)
 */
export function parseRules(yaml: string, schema: Schema, {lenient = false}: RuleOptions = {}): RotationRule[] {
  const document = parseDocument(yaml, {schema: 'failsafe', logLevel: 'silent'})
  const [error] = document.errors
  if (error) throw invalid(`The rule file is no YAML: ${error.message.split('\n')[0]}`)
  if (!isSeq(document.contents)) throw invalid('The rule file must be a list of rules.')
  return document.contents.items.map((rule, at) => ruleOf(rule, at + 1, schema, lenient))
}

function ruleOf(rule: unknown, number: number, schema: Schema, lenient: boolean): RotationRule {
  if (!isMap(rule)) throw invalid(`Rule ${number} is no map of columns and patterns.`)
  const entries = rule.items.map(({key, value}) => [String(valueOf(key)), valueOf(value)] as const)
  const days = daysOf(entries.find(([key]) => key === 'rotate')?.[1], number)
  const patterns = entries
    .filter(([key]) => key !== 'rotate')
    .map(([key, value]) => {
      const column = auditColumn(schema, key)
      if (column === undefined) {
        throw new PiError(
          'INVALID_INPUT',
          `Rule ${number} names a column '${key}', which the audit table does not have.`,
          {
            hints: [`The columns are ${auditColumns(schema).join(', ')}`],
          },
        )
      }
      if (value === undefined || value === null) throw invalid(`Rule ${number}: the pattern of '${key}' is no text.`)
      const pattern = typeof value === 'string' ? value : pythonRepr(value)
      return {column, pattern, shown: pythonRepr(value), search: remembering(new PythonRegex(pattern))}
    })
  if (patterns.length === 0 && !lenient) {
    throw invalid(`Rule ${number} has no pattern and would never match.`, 'For all rows write action: .*')
  }
  return {days, patterns, text: pythonRepr(new Map(entries) as ReadonlyMap<string, PythonValue>)}
}

/**
 * A scalar as PyYAML reads it: fewer plain texts are booleans and numbers than in YAML 1.1, of which `n` and `.` are.
 * @returns null for nothing, undefined for what is no scalar
 */
function valueOf(node: unknown): string | number | boolean | null | undefined {
  if (!isScalar(node) || typeof node.value !== 'string') return undefined
  const text = node.value
  if (node.type !== 'PLAIN') return text
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return null
  if (/^(?:yes|true|on)$/i.test(text)) return true
  if (/^(?:no|false|off)$/i.test(text)) return false
  if (/^[-+]?(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  return text
}

function daysOf(value: unknown, number: number): number {
  const days = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
  if (typeof days === 'number' && Number.isSafeInteger(days) && Math.abs(days) < 1_000_000) return days
  throw invalid(`Rule ${number} does not say after how many days: rotate must be a whole number.`)
}

function remembering(regex: PythonRegex): (text: string) => boolean {
  const seen = new Map<string, boolean>()
  return (text) => {
    const known = seen.get(text)
    if (known !== undefined) return known
    const found = regex.search(text)
    if (seen.size >= remembered) seen.clear()
    seen.set(text, found)
    return found
  }
}

/** Told step by step how a row is judged, in the original's words. */
type Trace = (line: string) => void

export interface JudgeOptions {
  /** Of each rule: rows before this local time go. */
  limits: readonly string[]
  /** What NULL reads as. */
  nullText: '' | 'None'
  trace?: Trace | undefined
}

/**
 * The first rule whose patterns are all found decides.
 * @returns its number from 0 on and whether the row goes; undefined when no rule matches
 */
export function judge(
  row: Row,
  rules: readonly RotationRule[],
  {limits, nullText, trace}: JudgeOptions,
): {rule: number; delete: boolean} | undefined {
  trace?.(`investigating log entry ${String(row['id'])}`)
  for (const [at, rule] of rules.entries()) {
    if (rule.patterns.length === 0 || !matches(row, rule, nullText, trace)) continue
    const date = row['date']
    const goes = typeof date === 'string' && sixDigits(date) < limits[at]!
    if (goes) trace?.(` + Deleting ${String(row['id'])} due to rule ${rule.text}`)
    return {rule: at, delete: goes}
  }
  return undefined
}

function matches(row: Row, {patterns}: RotationRule, nullText: string, trace: Trace | undefined): boolean {
  for (const {column, search, shown} of patterns) {
    trace?.(` + searching for ${shown} in Audit.${column}`)
    const text = columnText(column, row[column], nullText)
    if (!search(text)) {
      trace?.(' + NO MATCH - SKIPPING rest of conditions!')
      return false
    }
    trace?.(` + -- found ${pythonRepr(text)}`)
  }
  return true
}

/** A column as Python's `str` writes it. */
function columnText(column: string, value: unknown, nullText: string): string {
  if (value === null || value === undefined) return nullText
  if (column === 'date' || column === 'startdate') return pythonDate(String(value))
  if (column === 'duration') return pythonDuration(durationOf(String(value)) ?? 0)
  return String(value as string | number)
}

function invalid(message: string, ...hints: string[]): PiError {
  return new PiError('INVALID_INPUT', message, {hints})
}
