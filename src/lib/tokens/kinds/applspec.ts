import {refused, type TokenKind} from '../contract.js'
import {checkPassword} from '../shared/password.js'

/** A password for one service; requests must name it (spec/06 §3.5). */
export const applspec: TokenKind = {
  type: 'applspec',
  serialPrefix: 'ASPW',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  async checkOtp(token, otp, env) {
    const asked = env.option('service_id')?.toLowerCase()
    return asked === token.info.get('service_id')?.value.toLowerCase() ? checkPassword(token, otp, env) : refused
  },
}
