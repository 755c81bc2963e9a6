import {createHash} from 'node:crypto'
import {sameText} from '../../crypto/compare.js'
import {refused, type TokenKind} from '../contract.js'

/** Start of the details that hold one TAN each. */
const tanKey = 'tan.tan'

/** A list of transaction numbers, each used once, in any order (spec/06 §1.6). */
export const tan: TokenKind = {
  type: 'tan',
  serialPrefix: 'PITN',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  /** Each is stored as `<salt>:<hash>`, SHA-256 over the TAN and the hex text of the salt. */
  async checkOtp(token, otp) {
    for (const [key, {value}] of token.info) {
      if (!key.startsWith(tanKey)) continue
      const [salt = '', hash = ''] = value.split(':')
      if (
        !sameText(
          createHash('sha256')
            .update(otp + salt, 'utf8')
            .digest('hex'),
          hash,
        )
      )
        continue
      return {accepted: true, changes: [{change: 'use-up', key}]}
    }
    return refused
  },
}
