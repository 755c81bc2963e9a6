import {sameText} from '../../crypto/compare.js'
import {hotp} from '../../crypto/otp/hotp.js'
import {PiError} from '../../errors.js'
import type {
  ChallengeDraft,
  ChallengeEnv,
  CheckEnv,
  OtpOutcome,
  ResponseEnv,
  ResponseOutcome,
  TokenKind,
  TokenView,
} from '../contract.js'
import {refused} from '../contract.js'
import {checkHotp, isPreviousHotp, resyncHotp} from './hotp.js'
import {fillPrompt} from './message-text.js'
import {oathKey, oathOptions} from './oath.js'
import {settingIsOn} from './values.js'

/** What tells one way of sending one-time passwords from another (spec/06 §11). */
export interface MessageWay {
  type: string
  serialPrefix: string
  /** Seconds that a challenge is open. */
  validity(env: CheckEnv): number
  /** Setting: values sent earlier stay good until their challenges expire. */
  concurrentSetting: string
  promptAction: string
  prompt(env: CheckEnv): string
  autosendAction: string
  /** Told in place of the prompt when nothing could be sent. */
  failure: string
  /** Detail that holds the address. */
  addressKey: string
  /** Detail that says: take the address of the user store. */
  dynamicKey: string
  /** Attribute of users that holds it. */
  attribute: string
  isAddress(text: string): boolean
  /** @throws PiError when it could not be sent */
  send(token: TokenView, env: ChallengeEnv, message: {address: string; otp: string}): Promise<void>
}

/** Mark of a challenge that asks for the address itself. */
export const enrollmentSession = 'enrollment'

/** A type whose HOTP values are sent to the user: the next one with every challenge. */
export function messageKind(way: MessageWay): TokenKind {
  const isConcurrent = (env: CheckEnv) => settingIsOn(env.config(way.concurrentSetting), false)

  /** A value that was right by the counter must not be right by the challenge that it was sent with. */
  async function checkOtp(token: TokenView, otp: string, env: CheckEnv): Promise<OtpOutcome> {
    const outcome = await checkHotp(token, otp, env)
    if (!outcome.accepted || !isConcurrent(env)) return outcome
    return {...outcome, changes: [...outcome.changes, {change: 'drop-challenges', data: otp}]}
  }

  async function createChallenge(token: TokenView, env: ChallengeEnv): Promise<ChallengeDraft> {
    const count = token.count + 1
    const otp = await otpAt(token, env, count)
    const seconds = way.validity(env)
    const prompt = (await env.policyText(way.promptAction)) ?? way.prompt(env)
    return {
      message: await fillPrompt(prompt, token, env),
      challenge: {challenge: '', data: isConcurrent(env) ? otp : '', session: ''},
      validitySeconds: seconds,
      extra: {attributes: {state: env.sharedTransaction ?? null, valid_until: env.validUntil(seconds)}},
      changes: [{change: 'count', to: count}],
      deliver: async () => way.send(token, env, {otp, address: await addressOf(way, token, env)}),
      failure: way.failure,
    }
  }

  async function checkResponse(token: TokenView, pass: string, env: ResponseEnv): Promise<ResponseOutcome> {
    const {session, data} = env.challenge
    if (session === enrollmentSession) return takeAddress(way, pass)
    const outcome = await checkOtp(token, pass, env)
    if (outcome.accepted || !isConcurrent(env) || data === '' || !sameText(data, pass)) return outcome
    return {accepted: true, changes: []}
  }

  return {
    type: way.type,
    serialPrefix: way.serialPrefix,
    clientMode: 'interactive',
    challengeable: true,
    challengeByPin: 'always',
    checkOtp,
    isPreviousOtp: isPreviousHotp,
    resync: resyncHotp,
    createChallenge,
    checkResponse,
    async afterLogin(token, env) {
      if (!(await env.policyIsSet(way.autosendAction))) return
      const otp = await otpAt(token, env, token.count)
      await way.send(token, env, {otp, address: await addressOf(way, token, env)})
    },
  }
}

async function otpAt(token: TokenView, env: CheckEnv, count: number): Promise<string> {
  return hotp(await oathKey(token, env), count, oathOptions(token))
}

function takeAddress({addressKey, dynamicKey, isAddress}: MessageWay, text: string): ResponseOutcome {
  const value = text.trim()
  if (!isAddress(value)) return refused
  return {
    accepted: true,
    changes: [
      {change: 'info', key: addressKey, value},
      {change: 'forget', key: dynamicKey},
    ],
    further: {data: '', keepsAnswered: false},
  }
}

/** @throws PiError CONFIG when neither the token nor the user store knows one */
async function addressOf(way: MessageWay, token: TokenView, env: ChallengeEnv): Promise<string> {
  const {addressKey, attribute, dynamicKey, type} = way
  const own = token.info.get(addressKey)?.value
  const isDynamic = ['1', 'true'].includes((token.info.get(dynamicKey)?.value ?? '').toLowerCase())
  const address = isDynamic ? firstOf((await env.ownerInfo())[attribute]) : own
  if (!address) throw new PiError('CONFIG', `Nobody knows where to send the ${type} for token ${token.serial}.`)
  return address
}

function firstOf(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return first === undefined || first === null ? '' : String(first)
}
