import {PiError} from '../../errors.js'

/** A column as text; NULL and empty mean the same (spec/01 §1.2). */
export function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}

/** A comma list as the originals read it. */
export function list(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String)
  return text(value) === ''
    ? []
    : text(value)
        .split(',')
        .map((element) => element.trim())
}

/** Python's ideas of true in files: `True`, `1`, `"true"` … */
export function truth(value: unknown, fallback = false): boolean {
  if (value === undefined || value === null) return fallback
  return value === true || value === 1 || ['1', 'True', 'true', 'TRUE'].includes(String(value))
}

/** A text of an original element. @throws PiError INVALID_INPUT when it is missing */
export function requiredText(element: Readonly<Record<string, unknown>>, key: string, what: string): string {
  const value = element[key]
  if (value === undefined || value === null || value === '')
    throw new PiError('INVALID_INPUT', `A ${what} has no '${key}'.`)
  return String(value)
}

/** A mapping with all values as text, as settings are stored. */
export function texts(value: unknown): Record<string, string> {
  if (value === null || value === undefined || typeof value !== 'object') return {}
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      entry === true ? 'True' : entry === false ? 'False' : text(entry),
    ]),
  )
}
