import type {PolicyActions} from '../types/policy.js'

/**
 * Splits a stored comma list: elements are trimmed, an empty column is an empty list, an empty element between two
 * commas stays one (it equals the request value ""). There is no escape for a comma (spec/07 §1.4).
 */
export function parseList(stored: string | null | undefined): string[] {
  if (!stored) return []
  return stored.split(',').map((element) => element.trim())
}

/** Joins a list as the original stores it. */
export function formatList(elements: readonly string[]): string {
  return elements.join(', ')
}

/**
 * Reads the action column (spec/07 §3.1): parts at commas, trimmed; key and value at the first `=`, not trimmed again;
 * without `=` the value is `true`; the last of two equal keys wins.
 * @param escapedCommas since 3.11 `\,` does not split; the backslash stays in the value
 */
export function parseActions(stored: string | null | undefined, {escapedCommas = false} = {}): PolicyActions {
  const actions = new Map<string, string | true>()
  if (!stored?.trim()) return actions
  for (const part of stored.split(escapedCommas ? /(?<!\\),/ : ',')) {
    const text = part.trim()
    const at = text.indexOf('=')
    if (at < 0) actions.set(text, true)
    else actions.set(text.slice(0, at), text.slice(at + 1))
  }
  return actions
}

/** Writes an action map as the original does; a `false` never gets here, since it would read back as set (spec/07 §3.2). */
export function formatActions(actions: PolicyActions): string {
  return [...actions].map(([key, value]) => (value === true ? key : `${key}=${value}`)).join(', ')
}

/**
 * Splits the text of an action into its values (spec/07 §6.2): one value when it stands in single quotes (which are
 * removed) or may hold white space; otherwise its words.
 */
export function splitValue(text: string, whiteSpace: boolean): string[] {
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) return [text.slice(1, -1)]
  if (whiteSpace) return [text]
  return text.split(/\s+/).filter((word) => word !== '')
}
