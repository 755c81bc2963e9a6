import {PiError} from '../../errors.js'
import {tokenNotFound} from './errors.js'
import {ChangedMeanwhile} from './ledger.js'
import {checkOtp} from './classify.js'
import {checkSerial, checkUser} from './check-user.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import {triggerChallenges, type MadeChallenges, type TriggerTarget} from './requests.js'
import {CheckSession, type AuthServices, type LoginRequest} from './session.js'

/** How often a check begins anew because another one used the same token at the same moment. */
const attempts = 50

/**
 * Decides a request and stores what that changes. When another request has changed the same token meanwhile, nothing is
 * stored and the decision is made again on what is there then: a value that was used is refused in the second round.
 */
export async function decide<R>(
  services: AuthServices,
  request: LoginRequest,
  work: (session: CheckSession) => Promise<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    const session = new CheckSession(services, request)
    try {
      const result = await work(session)
      await session.store()
      return result
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error
      if (session.ledger.hasSent || attempt >= attempts) {
        throw new PiError('UNAVAILABLE', 'The token is being used by other requests at the same time.', {cause: error})
      }
    }
  }
}

/** Checks of logins; each stores counters, details and challenges in one transaction. */
export class AuthenticateService {
  readonly #services: AuthServices

  constructor(services: AuthServices) {
    this.#services = services
  }

  /**
   * A user and his password. @param options.type only tokens of this type
   * @throws RequestError 904 for a user whom nobody knows, 1007; PolicyError; PiError UNAVAILABLE
   */
  checkUser(
    request: LoginRequest,
    user: LoginUser,
    pass: string,
    options: {type?: string | undefined} = {},
  ): Promise<Outcome> {
    return decide(this.#services, request, (session) => checkUser(session, user, pass, options))
  }

  /** One token and its password. @throws RequestError 601, 1007; PolicyError; PiError UNAVAILABLE */
  checkSerial(request: LoginRequest, serial: string, pass: string): Promise<Outcome> {
    return decide(this.#services, request, async (session) => checkSerial(session, await only(session, serial), pass))
  }

  /**
   * An OTP value alone, without PIN, fail counter and fitness (parameter `otponly`).
   * @throws RequestError 601, 1007; PiError UNAVAILABLE
   */
  checkOtpOnly(request: LoginRequest, serial: string, otp: string): Promise<boolean> {
    return decide(this.#services, request, async (session) => {
      const token = await only(session, serial)
      return (await checkOtp(session, token, otp, undefined)).accepted
    })
  }

  /** Challenges for the tokens of a user or one token, without PIN. @throws RequestError 1007; PolicyError */
  trigger(request: LoginRequest, target: TriggerTarget): Promise<MadeChallenges> {
    return decide(this.#services, request, (session) => triggerChallenges(session, target))
  }
}

async function only(session: CheckSession, serial: string) {
  const row = await session.tokens.bySerial(serial)
  const [token] = row ? await session.prepare([row]) : []
  if (!token) throw tokenNotFound()
  return token
}
