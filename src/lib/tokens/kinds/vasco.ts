import {refused, type TokenKind} from '../contract.js'

/** A token that only the library of its vendor can check, which this program does not load (spec/06 §7). */
export const vasco: TokenKind = {
  type: 'vasco',
  serialPrefix: 'VASC',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  async checkOtp() {
    return refused
  },
}
