import {randomInt} from 'node:crypto'
import {sameText} from '../../crypto/compare.js'
import {refused, type TokenKind} from '../contract.js'
import {integerSetting} from '../shared/values.js'

/** Questions and answers of the user: details of type `password`, the question as their key (spec/06 §9). */
export const question: TokenKind = {
  type: 'question',
  serialPrefix: 'QUST',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'always',
  async checkOtp() {
    return refused
  },
  /** Asks at random what has not been asked in this chain; the row keeps the ids of what was. */
  async createChallenge(token, env) {
    const asked = env.previous ? env.previous.data.split(',') : []
    const all = [...token.info].filter(([, {type}]) => type === 'password')
    const open = all.filter(([, {id}]) => !asked.includes(String(id)))
    const candidates = open.length > 0 ? open : all
    const [text, {id}] = candidates[randomInt(Math.max(1, candidates.length))] ?? ['', {id: undefined}]
    const session = env.previous ? String(integerSetting(env.previous.session, 0) + 1) : ''
    return {
      message: text,
      challenge: {challenge: text, data: [...asked, String(id)].join(','), session},
      extra: {attributes: {valid_until: env.validUntil(env.validityOf('question'))}},
    }
  },
  /** The answer is compared exactly; a policy may ask several questions in sequence. */
  async checkResponse(_token, pass, env) {
    const answer = await env.infoSecret(env.challenge.challenge)
    if (answer === undefined || !sameText(answer, pass)) return refused
    const wanted = integerSetting(await env.policyText('question_number'), 1)
    const done = integerSetting(env.challenge.session, 0) + 1
    return {accepted: true, changes: [], further: done < wanted ? {data: '', keepsAnswered: true} : undefined}
  },
}
