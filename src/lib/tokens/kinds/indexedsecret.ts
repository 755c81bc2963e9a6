import {randomInt} from 'node:crypto'
import {sameText} from '../../crypto/compare.js'
import {PiError} from '../../errors.js'
import {refused, type TokenKind} from '../contract.js'

/** Seconds that a challenge is open; not configurable. */
const validitySeconds = 120

/** Characters of a secret, asked by their positions (spec/06 §10). */
export const indexedsecret: TokenKind = {
  type: 'indexedsecret',
  serialPrefix: 'PIIX',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'always',
  async checkOtp() {
    return refused
  },
  /** The last character is asked too, which the original never does. */
  async createChallenge(_token, env) {
    const {length} = [...(await env.secret())]
    if (length === 0) {
      throw new PiError(
        'REFUSED',
        'The indexedsecret token has an empty secret and can not be used for authentication.',
      )
    }
    const asked = (await env.policyText('indexedsecret_count')) ?? '2'
    if (!/^\d{1,3}$/.test(asked)) {
      throw new PiError('CONFIG', `The value '${asked}' of the policy indexedsecret_count is not a number.`)
    }
    const positions = Array.from({length: Number(asked)}, () => randomInt(1, length + 1))
    const text =
      (await env.policyText('indexedsecret_challenge_text')) ?? 'Please enter the positions {0} from your secret.'
    const data = positions.join(',')
    return {
      message: text.replaceAll('{0}', data),
      challenge: {challenge: '', data, session: ''},
      validitySeconds,
      extra: {
        attributes: {
          state: env.sharedTransaction ?? null,
          random_positions: positions,
          valid_until: env.validUntil(validitySeconds),
        },
      },
    }
  },
  async checkResponse(_token, pass, env) {
    const secret = [...(await env.secret())]
    const positions = env.challenge.data.split(',').map(Number)
    const expected = positions.map((position) => secret[position - 1] ?? '').join('')
    return {accepted: positions.length > 0 && sameText(expected, pass), changes: []}
  },
}
