import type {TokenKind} from '../contract.js'
import {checkPassword} from '../shared/password.js'

/** A password behind the PIN; the OTP length is that of the password (spec/06 §3.2). */
export const pw: TokenKind = {
  type: 'pw',
  serialPrefix: 'PW',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  checkOtp: checkPassword,
}
