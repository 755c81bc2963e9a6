import type {TokenKind} from '../contract.js'
import {checkHotp, isPreviousHotp, resyncHotp} from '../shared/hotp.js'

/** Event-based one-time passwords, RFC 4226; stored as in spec/06 §1.2. */
export const hotp: TokenKind = {
  type: 'hotp',
  serialPrefix: 'OATH',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  checkOtp: checkHotp,
  isPreviousOtp: isPreviousHotp,
  resync: resyncHotp,
}
