import {decodeHex} from '../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'

/** The bytes of a key that is stored as hex digits; `undefined` when it is not. */
export function seedBytes({secret}: ImportedToken): Buffer | undefined {
  const bytes = typeof secret === 'string' ? decodeHex(secret) : undefined
  return bytes?.length ? bytes : undefined
}

/** Why a token has no seed that other programs could use. */
export function seedProblem(token: ImportedToken, types: readonly string[]): string | undefined {
  if (!types.includes(token.type)) return `tokens of type ${token.type} have no place in this format`
  return seedBytes(token) ? undefined : 'its secret is not the hex text of a key'
}
