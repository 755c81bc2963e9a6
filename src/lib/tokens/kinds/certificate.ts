import {refused, type TokenKind} from '../contract.js'

/** A certificate: used elsewhere, no login here (spec/06 §14.2). */
export const certificate: TokenKind = {
  type: 'certificate',
  serialPrefix: 'CRT',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  async checkOtp() {
    return refused
  },
}
