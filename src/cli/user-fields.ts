import {PiError} from '../lib/errors.js'

/** `KEY=VALUE` words as fields. @throws PiError USAGE; a password is not taken from the command line */
export function fieldsOf(words: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 1) throw new PiError('USAGE', `'${word}' is not of the form KEY=VALUE.`)
    const key = word.slice(0, at)
    if (key === 'password') {
      throw new PiError('USAGE', 'A password is not taken from the command line, where others can read it.', {
        hints: ['Give it with --password-file FILE or --password-stdin'],
      })
    }
    fields[key] = word.slice(at + 1)
  }
  return fields
}
