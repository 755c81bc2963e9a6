import {decodeBase32} from '../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {ReadOptions} from '../contract.js'
import {RowError} from './rows.js'
import {base32Secret, softwareToken} from './software-token.js'

/**
 * The token of a key URI (spec/04 §12.1): `otpauth://totp|hotp/<label>?secret=…&issuer=&algorithm=&digits=&period=&counter=`.
 * @throws RowError
 */
export function readOtpauth(uri: string, format: string, options: ReadOptions): ImportedToken {
  const parts = /^otpauth:\/\/([\w-]+)\/([^?#]*)(?:\?([^#]*))?$/i.exec(uri.trim())
  if (!parts) throw new RowError('this is no otpauth URI')
  const [, type = '', path = '', query = ''] = parts
  const parameters = readQuery(query)
  if (parameters.get('encoder') === 'steam') throw new RowError('accounts of type steam are not supported')
  const label = decode(path)
  const colon = label.indexOf(':')
  const issuer = parameters.get('issuer') || (colon < 0 ? undefined : label.slice(0, colon).trim())
  return softwareToken(
    {
      type,
      secret: base32Secret(parameters.get('secret')),
      issuer,
      account: (colon < 0 ? label : label.slice(colon + 1)).trim(),
      algorithm: parameters.get('algorithm'),
      digits: parameters.get('digits'),
      period: parameters.get('period'),
      counter: parameters.get('counter'),
    },
    format,
    options,
  )
}

/** Whether the text is a secret in base32, as a bare line of an app's export. */
export function isBase32Secret(text: string): boolean {
  return (
    /^[A-Za-z2-7\s=-]{16,}$/.test(text) && decodeBase32(text.replace(/[\s-]/g, '').replace(/=+$/, '')) !== undefined
  )
}

function readQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const part of query.split('&')) {
    const at = part.indexOf('=')
    if (at > 0) parameters.set(decode(part.slice(0, at)).toLowerCase(), decode(part.slice(at + 1)))
  }
  return parameters
}

/** Percent-decoding; `+` stays, because writers of these URIs mean it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RowError('the URI is not percent-encoded properly')
  }
}
