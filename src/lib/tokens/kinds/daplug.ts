import {refused, type TokenKind} from '../contract.js'
import {checkHotp, isPreviousHotp, resyncHotp} from '../shared/hotp.js'

const letters = 'bcdefghijk'

/** Two letters for the two hex digits of each ASCII digit (spec/06 §1.5); undefined for anything else. */
export function decodeDaplug(text: string): string | undefined {
  const hex = [...text].map((letter) => letters.indexOf(letter))
  if (hex.length % 2 !== 0 || hex.includes(-1)) return undefined
  const bytes = Buffer.from(hex.join(''), 'hex')
  return /^\d*$/.test(bytes.toString('latin1')) ? bytes.toString('latin1') : undefined
}

/** A dongle that types HOTP values as letters, independent of the keyboard layout. */
export const daplug: TokenKind = {
  type: 'daplug',
  serialPrefix: 'DPLG',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  otpCharacters: ({otplen}) => 2 * otplen,
  async checkOtp(token, otp, env) {
    const digits = decodeDaplug(otp)
    return digits === undefined ? refused : checkHotp(token, digits, env)
  },
  /** The original compares the letters with the digits, so it never recognises an old value. */
  isPreviousOtp: isPreviousHotp,
  resync: (token, otp1, otp2, env) => resyncHotp(token, decodeDaplug(otp1) ?? otp1, decodeDaplug(otp2) ?? otp2, env),
}
