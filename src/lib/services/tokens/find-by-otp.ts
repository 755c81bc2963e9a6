import {PiError} from '../../errors.js'
import type {ImportedToken} from '../../types/imported-token.js'
import {findOtp} from '../token-otp.js'

/** The tokens that show a value. */
export interface OtpSearch {
  /** Tokens that were looked at, whatever their type. */
  searched: number
  tokens: {serial: string; counter: number}[]
  /** Serials of tokens whose secret cannot be decrypted. */
  unreadable: string[]
}

/**
 * Looks for a value among tokens; nothing is changed.
 * @param options.at Unix time in seconds
 * @param options.window values to look ahead, instead of the window of each token
 */
export async function findTokensByOtp(
  tokens: AsyncIterable<{token: ImportedToken} | {serial: string; error: string}>,
  otp: string,
  {at, window}: {at: number; window: number},
): Promise<OtpSearch> {
  const search: OtpSearch = {searched: 0, tokens: [], unreadable: []}
  for await (const one of tokens) {
    search.searched += 1
    if ('error' in one) {
      search.unreadable.push(one.serial)
      continue
    }
    const {token} = one
    const counter = counterOf({...token, state: {...token.state, countWindow: window}}, otp, at)
    if (counter !== undefined) search.tokens.push({serial: token.serial, counter})
  }
  return search
}

/** Types that compute no values, and keys that are none, show nothing. */
function counterOf(token: ImportedToken, otp: string, at: number): number | undefined {
  try {
    return findOtp(token, otp, {at})
  } catch (error) {
    if (!(error instanceof PiError)) throw error
    return undefined
  }
}
