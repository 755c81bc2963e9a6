import {parse as parseYaml} from 'yaml'
import {PiError} from '../../errors.js'

/** A switch of a resolver as the originals read it: `1`, `True`, `true`, `TRUE` are on (spec/10 §2). */
export function isOn(text: string | undefined): boolean {
  return text === '1' || text === 'True' || text === 'true' || text === 'TRUE'
}

/** A whole number of a setting; `fallback` for what is missing or none. */
export function numberOr(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : fallback
}

/**
 * A setting that holds a mapping of texts, written as YAML or JSON; values of other types are left out.
 * @param what names the setting in the error
 * @throws PiError CONFIG
 */
export function readTextMap(text: string, what: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  const parsed = readYaml(text, what)
  if (parsed && typeof parsed === 'object' && !Array.isArray(parsed)) {
    for (const [key, value] of Object.entries(parsed)) if (typeof value === 'string') map.set(key, value)
  }
  return map
}

/** A setting that holds a list of texts. @throws PiError CONFIG */
export function readTextList(text: string, what: string): readonly string[] {
  const parsed = readYaml(text, what)
  return Array.isArray(parsed) ? parsed.filter((item) => typeof item === 'string') : []
}

function readYaml(text: string, what: string): unknown {
  try {
    return parseYaml(text)
  } catch (error) {
    throw new PiError('CONFIG', `The ${what} is neither YAML nor JSON.`, {cause: error})
  }
}
