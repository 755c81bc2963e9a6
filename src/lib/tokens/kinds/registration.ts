import type {TokenKind} from '../contract.js'
import {checkPassword} from '../shared/password.js'

/** A code for the first login; its use deletes the token (spec/06 §3.4). */
export const registration: TokenKind = {
  type: 'registration',
  serialPrefix: 'REG',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  checkOtp: checkPassword,
  afterSuccess: () => [{change: 'delete'}],
}
