import type {App} from '../app.js'
import {notFound, PiError} from '../lib/errors.js'
import {conditionOf} from '../lib/services/janitor/filters.js'
import type {ImportedToken} from '../lib/types/imported-token.js'

/**
 * One token with its secret, for commands that compute with it.
 * @throws PiError NOT_FOUND, INTEGRITY
 */
export async function tokenWithSecret(app: App, serial: string): Promise<ImportedToken> {
  for await (const one of (await app.exportTokens()).run(conditionOf({serials: [serial]}, new Date()))) {
    if ('token' in one) return one.token
    throw new PiError('INTEGRITY', `${one.serial}: ${one.error}.`)
  }
  throw notFound('token', serial, 'pi-manage token list')
}

/**
 * A time on the command line: seconds since 1970, or ISO 8601 with a zone.
 * @returns Unix time in seconds
 * @throws PiError USAGE
 */
export function readTime(text: string | undefined): number {
  if (text === undefined) return Date.now() / 1000
  if (/^\d{1,12}(?:\.\d+)?$/.test(text)) return Number(text)
  const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.test(text)
    ? Date.parse(text)
    : NaN
  if (Number.isNaN(time))
    throw new PiError('USAGE', 'A time is Unix seconds, or ISO 8601 with a zone, such as 2024-05-01T12:00:00Z.')
  return time / 1000
}
