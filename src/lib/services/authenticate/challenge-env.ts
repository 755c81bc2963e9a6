import type {ChallengeEnv} from '../../tokens/contract.js'
import type {Challenge} from '../../types/challenge.js'
import {integerSetting} from '../../tokens/shared/values.js'
import type {CheckToken} from './check-token.js'
import type {LoginUser} from './login-user.js'
import {ownerOf} from './pins.js'
import type {CheckSession} from './session.js'
import {localText} from './times.js'

/** Seconds that a challenge of a kind is open (spec/05 §1.2), e.g. `HotpChallengeValidityTime`. */
export function validityOf(session: CheckSession, type: string): number {
  const own = `${type.slice(0, 1).toUpperCase()}${type.slice(1).toLowerCase()}ChallengeValidityTime`
  return integerSetting(session.setting(own), integerSetting(session.setting('DefaultChallengeValidityTime'), 120))
}

/** Where a challenge stands in its request. */
export interface ChallengePlace {
  /** Transaction id of the challenges that the request has made so far. */
  shared?: string | undefined
  /** The challenge whose answer led to this one. */
  previous?: Challenge | undefined
  /** An administrator asked for it. */
  triggered?: boolean
}

export function challengeEnv(
  session: CheckSession,
  token: CheckToken,
  user: LoginUser | undefined,
  {shared, previous, triggered = false}: ChallengePlace = {},
): ChallengeEnv {
  const {messages} = session.services
  const setting = (key: string) => session.setting(key)
  return {
    ...session.env(token, user),
    sharedTransaction: shared,
    previous,
    triggered,
    policyText: async (action, {noted = false} = {}) => {
      const found = (await session.policies.ask('authentication', action, {user})).unique({whiteSpace: true})
      if (found && noted) session.request.note(found.names)
      return found?.value
    },
    policyIsSet: async (action) => {
      const {names} = await session.policies.ask('authentication', action, {user})
      session.request.note(names)
      return names.length > 0
    },
    messages: {
      sms: (message, gateway) => messages.sendSms(message, {gateway, setting}),
      mail: (message, server) => messages.sendMail(message, {server, setting}),
    },
    origin: {client: session.request.client ?? '', userAgent: session.request.userAgent},
    validUntil: (seconds) => localText(session.now + seconds * 1000),
    validityOf: (type) => validityOf(session, type),
    ownerInfo: async () => {
      const owner = await ownerOf(session, token)
      return owner ? session.services.users.userInfo(owner) : {}
    },
  }
}
