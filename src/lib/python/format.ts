import {PiError} from '../errors.js'

/**
 * Fills `{name}` as Python's `str.format` does; `{{` and `}}` are braces. An undefined value becomes nothing.
 * @throws PiError CONFIG for an unknown name, a conversion, or a brace that stands alone
 */
export function formatBraces(template: string, values: Readonly<Record<string, string | undefined>>): string {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (found, name: string | undefined) => {
    if (found === '{{') return '{'
    if (found === '}}') return '}'
    if (name === undefined || !Object.hasOwn(values, name)) {
      throw new PiError('CONFIG', `The text has '${found}', which is no known tag.`, {
        hints: [`Tags: ${Object.keys(values).join(', ')}`],
      })
    }
    return values[name] ?? ''
  })
}
