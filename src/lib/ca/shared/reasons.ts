import {PiError} from '../../errors.js'

/** Reasons of a revocation in the originals' order, which is also their number for a Microsoft CA (spec/11 §E2, §E3). */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'CACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
] as const

export type RevocationReason = (typeof revocationReasons)[number]

/** Codes of RFC 5280 §5.3.1, of all words that openssl writes into index.txt. */
const codes: Readonly<Record<string, number>> = {
  unspecified: 0,
  keycompromise: 1,
  cacompromise: 2,
  affiliationchanged: 3,
  superseded: 4,
  cessationofoperation: 5,
  certificatehold: 6,
  holdinstruction: 6,
  keytime: 1,
  cakeytime: 2,
  removefromcrl: 8,
}

/** The code in a CRL; undefined for a word that is none. */
export function reasonCode(word: string): number | undefined {
  return codes[word.toLowerCase()]
}

/** The word of a code. */
export function reasonWord(code: number): string {
  return Object.keys(codes).find((word) => codes[word] === code) ?? String(code)
}

/** @throws PiError USAGE */
export function requireReason(word: string): RevocationReason {
  const found = revocationReasons.find((reason) => reason.toLowerCase() === word.toLowerCase())
  if (found) return found
  throw new PiError('USAGE', `'${word}' is no reason of a revocation.`, {
    hints: [`Reasons: ${revocationReasons.join(', ')}`],
  })
}
