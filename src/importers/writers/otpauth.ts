import {encodeBase32} from '../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {TokenWriter} from './contract.js'
import {seedBytes, seedProblem} from './seed.js'

/** Key URIs, one a line (spec/04 §12.1). */
export function otpauthWriter(): TokenWriter {
  return {
    format: 'otpauth',
    problem: (token) => seedProblem(token, ['hotp', 'totp']),
    begin: () => '',
    token: (token) => `${otpauthUri(token)}\n`,
    end: () => '',
  }
}

/** The key URI of an HOTP or TOTP token, labelled with its serial. */
export function otpauthUri(token: ImportedToken, issuer = 'privacyIDEA'): string {
  const parameters: [string, string][] = [
    ['secret', encodeBase32(seedBytes(token) ?? Buffer.alloc(0), {padded: false})],
    ...(token.type === 'hotp' ? ([['counter', String(token.counter ?? 0)]] as [string, string][]) : []),
    ['algorithm', (token.hashlib ?? 'sha1').toUpperCase()],
    ...(token.type === 'totp' ? ([['period', String(token.timeStep ?? 30)]] as [string, string][]) : []),
    ['digits', String(token.otplen ?? 6)],
    ['issuer', issuer],
  ]
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `otpauth://${token.type}/${encodeURIComponent(token.serial)}?${query}`
}
