import {refused, type TokenKind} from '../contract.js'

/** An SSH key: fetched by machines, no login here (spec/06 §14.1). */
export const sshkey: TokenKind = {
  type: 'sshkey',
  serialPrefix: 'SSHK',
  clientMode: 'interactive',
  challengeable: false,
  challengeByPin: 'policy',
  async checkOtp() {
    return refused
  },
}
