import {policy, type PolicyDocument} from '../../config-objects/kinds/policy.js'
import {objectFromFile} from '../object-file.js'

/**
 * A policy of a file in our keys or those of the original, with variables filled in.
 * @param variables `name=value`
 * @throws PiError INVALID_INPUT
 */
export function policyFromFile(text: string, variables: readonly string[]): Partial<PolicyDocument> {
  const {name: _name, ...document} = objectFromFile(text, variables, 'policy')
  if (!Object.hasOwn(document, 'action')) return document as Partial<PolicyDocument>
  const scope = document['scope'] ?? 'authentication'
  const read = policy.fromOriginal({...document, scope}, 'policy').document as PolicyDocument
  if (document['scope'] !== undefined) return read
  const {scope: _scope, ...rest} = read
  return rest
}

/** The keys of a file that the original lets win over its arguments, as they stand there. */
export function namedInFile(
  text: string,
  variables: readonly string[],
): {name?: unknown; scope?: unknown; action?: unknown} {
  const {action, name, scope} = objectFromFile(text, variables, 'policy')
  return {action, name, scope}
}
