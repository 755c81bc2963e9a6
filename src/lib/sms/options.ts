import {PiError} from '../errors.js'

/** @throws PiError CONFIG */
export function requiredOption(options: Readonly<Record<string, string>>, name: string): string {
  const value = options[name]
  if (!value) throw new PiError('CONFIG', `The SMS gateway has no ${name}.`)
  return value
}

export function isYes(text: string | undefined): boolean {
  return text?.toLowerCase() === 'yes'
}
