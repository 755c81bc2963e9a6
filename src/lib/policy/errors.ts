import {PiError} from '../errors.js'

/**
 * A policy that stops the request: a condition that cannot be evaluated, or values that contradict each other. The HTTP
 * front end answers 403 with code 303 (spec/07 §5, §6.2).
 */
export class PolicyError extends PiError {
  constructor(message: string) {
    super('REFUSED', message, {hints: ['See pi-manage policy explain and pi-manage policy lint']})
    this.name = 'PolicyError'
  }
}

/** Python's repr of a text, as the original quotes names in messages. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`
}
