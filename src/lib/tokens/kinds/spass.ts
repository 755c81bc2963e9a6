import type {TokenKind} from '../contract.js'

/** The PIN alone is the password (spec/06 §3.1). */
export const spass: TokenKind = {
  type: 'spass',
  serialPrefix: 'PISP',
  clientMode: 'interactive',
  challengeable: false,
  challengeByPin: 'never',
  ignoresTransactions: true,
  /** There is no OTP, so every one is right: a check of the OTP only always succeeds, as in the original. */
  async checkOtp() {
    return {accepted: true, changes: []}
  },
  async checkPass(_token, pass, env) {
    const accepted = await env.checkPin(pass)
    return {accepted, pinMatched: accepted, changes: []}
  },
}
