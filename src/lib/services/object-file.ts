import {parse} from 'yaml'
import {readPythonLiteral} from '../config-objects/exchange/python-literal.js'
import {PiError, reasonOf} from '../errors.js'

/**
 * One configuration object of a file in YAML, JSON or Python; `${name}` is replaced by the value of a variable,
 * `${name:-value}` by its default.
 * @param variables `name=value`
 * @param what for messages, e.g. `policy`
 * @throws PiError INVALID_INPUT
 */
export function objectFromFile(text: string, variables: readonly string[], what: string): Record<string, unknown> {
  const found = literal(replaced(text, variables))
  if (found === null || typeof found !== 'object' || Array.isArray(found)) {
    throw new PiError('INVALID_INPUT', `The file holds no ${what}: a mapping is expected.`)
  }
  return found as Record<string, unknown>
}

function literal(text: string): unknown {
  const python = /^\s*\{/.test(text) && !isJson(text)
  if (python) return readPythonLiteral(text)
  try {
    return parse(text, {maxAliasCount: 10})
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The file is no YAML: ${reasonOf(error).split('\n')[0]}`, {cause: error})
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function replaced(text: string, variables: readonly string[]): string {
  const values = new Map(
    variables.map((variable): [string, string] => {
      const at = variable.indexOf('=')
      if (at < 1) throw new PiError('USAGE', `'${variable}' is not of the form NAME=VALUE.`)
      return [variable.slice(0, at), variable.slice(at + 1)]
    }),
  )
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const value = values.get(name) ?? fallback
    if (value === undefined) {
      throw new PiError('INVALID_INPUT', `The file needs a value for the variable ${name}.`, {
        hints: [`Add --set ${name}=…`],
      })
    }
    return value
  })
}
