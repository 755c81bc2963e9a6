import {sameText} from '../../crypto/compare.js'
import {hotp} from '../../crypto/otp/hotp.js'
import {refused, type TokenKind, type TokenView} from '../contract.js'
import {oathKey, oathOptions} from '../shared/oath.js'

const unitSeconds: Readonly<Record<string, number>> = {d: 86_400, h: 3600, m: 60, s: 1, '': 1}

/** Seconds of a period, written as `1d`, `12h`, `30m`, `45s` or a number of seconds. */
function periodOf(token: TokenView): number {
  const match = /^\s*(\d+)\s*([dhms]?)\s*$/i.exec(token.info.get('timeStep')?.value ?? '1d')
  const seconds = match ? Number(match[1]) * unitSeconds[match[2]!.toLowerCase()]! : 0
  return seconds > 0 ? seconds : unitSeconds['d']!
}

/** A time-based value that may be used again within its period, aligned to UTC (spec/06 §1.4). */
export const daypassword: TokenKind = {
  type: 'daypassword',
  serialPrefix: 'DYPW',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  async checkOtp(token, otp, env) {
    const counter = Math.trunc(env.now / 1000 / periodOf(token))
    if (!sameText(hotp(await oathKey(token, env), counter, oathOptions(token)), otp)) return refused
    return {accepted: true, changes: counter === token.count ? [] : [{change: 'count', to: counter}]}
  },
}
