import {PythonRegex} from '../python/regex.js'

/** How an element of a list met the request value. */
export type ElementHit = 'excluded' | 'literal' | 'star' | 'regex'

/** The result of a search; `found` and `excluded` may both be set (spec/07 §4.1). */
export interface ElementSearch {
  found: boolean
  excluded: boolean
}

/** A list of a policy, prepared for many look-ups. */
export interface ElementList {
  readonly elements: readonly string[]
  search(value: string): ElementSearch
  /** Each element that met the value, for explanations. */
  explain(value: string): {index: number; element: string; hit: ElementHit}[]
}

const plain = /^[\w@ -]*$/u

/**
 * Prepares a list of names, each of which is a literal, `*`, a negated literal (`!x`, `-x`) or a Python regular
 * expression between `^` and `$`. An invalid expression meets nothing, where the original fails (spec/07 §4.1).
 * @param foldCase compare everything in lower case (policies with `user_case_insensitive`)
 */
export function elementList(elements: readonly string[], {foldCase = false} = {}): ElementList {
  const fold = (text: string): string => (foldCase ? text.toLowerCase() : text)
  const folded = elements.map(fold)
  const literals = new Set(folded)
  const negated = new Set(folded.filter(isNegation).map((element) => element.slice(1)))
  const star = literals.has('*')
  const patterns = folded.map((element) => (plain.test(element) || element === '*' ? undefined : element))
  const hasPatterns = patterns.some((pattern) => pattern !== undefined)

  const matchesPattern = (element: string, value: string): boolean => {
    if (isNegation(element) && element.slice(1) === value) return false
    return anchored(element)?.(value) ?? false
  }

  return {
    elements,
    search(given) {
      const value = fold(given)
      const excluded = negated.has(value)
      if (star || literals.has(value)) return {excluded, found: true}
      // Python's `$` also matches before one final newline
      if (value.endsWith('\n') && literals.has(value.slice(0, -1))) return {excluded, found: true}
      if (!hasPatterns) return {excluded, found: false}
      return {excluded, found: patterns.some((pattern) => pattern !== undefined && matchesPattern(pattern, value))}
    },
    explain(given) {
      const value = fold(given)
      return folded.flatMap((element, index) => {
        const hit = hitOf(element, value, matchesPattern)
        return hit ? [{element: elements[index]!, hit, index}] : []
      })
    },
  }
}

/** True for `!x` and `-x`. */
export function isNegation(element: string): boolean {
  return element.startsWith('!') || element.startsWith('-')
}

function hitOf(
  element: string,
  value: string,
  matchesPattern: (element: string, value: string) => boolean,
): ElementHit | undefined {
  if (isNegation(element) && element.slice(1) === value) return 'excluded'
  if (element === value) return 'literal'
  if (element === '*') return 'star'
  return matchesPattern(element, value) ? 'regex' : undefined
}

const compiled = new Map<string, ((value: string) => boolean) | undefined>()

/** `^element$`, compiled once; `undefined` when it is no valid expression. */
function anchored(element: string): ((value: string) => boolean) | undefined {
  if (!compiled.has(element)) compiled.set(element, compileAnchored(element))
  return compiled.get(element)
}

/** Compiles `^` + element + `$`, without a group around it: `a|b` means "begins with a, or ends with b". */
export function compileAnchored(element: string): ((value: string) => boolean) | undefined {
  // Python up to 3.10 takes a leading `(?i)` inside `^(?i)…$` for the whole expression
  const flags = /^\(\?[aiLmsux]+\)/.exec(element)?.[0] ?? ''
  try {
    const regex = new PythonRegex(`${flags}^${element.slice(flags.length)}$`)
    return (value) => regex.search(value)
  } catch {
    return undefined
  }
}
