import {parse} from 'yaml'
import {policy} from '../../config-objects/kinds/policy.js'
import {readPythonLiteral} from '../../config-objects/exchange/python-literal.js'
import {PiError} from '../../errors.js'
import type {PolicyDocument} from '../../config-objects/kinds/policy.js'

/**
 * A policy of a file in YAML, JSON or Python, in our keys or those of the original; `${name}` is replaced by the value
 * of a variable, `${name:-value}` by its default.
 * @param variables `name=value`
 * @throws PiError INVALID_INPUT
 */
export function policyFromFile(text: string, variables: readonly string[]): Partial<PolicyDocument> {
  const found = literal(replaced(text, variables))
  if (found === null || typeof found !== 'object' || Array.isArray(found)) {
    throw new PiError('INVALID_INPUT', 'The file holds no policy: a mapping is expected.')
  }
  const {name: _name, ...document} = found as Record<string, unknown>
  if (!Object.hasOwn(document, 'action')) return document as Partial<PolicyDocument>
  const scope = document['scope'] ?? 'authentication'
  const read = policy.fromOriginal({...document, scope}, 'policy').document as PolicyDocument
  if (document['scope'] !== undefined) return read
  const {scope: _scope, ...rest} = read
  return rest
}

function literal(text: string): unknown {
  const python = /^\s*\{/.test(text) && !isJson(text)
  return python ? readPythonLiteral(text) : parse(text, {maxAliasCount: 10})
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
