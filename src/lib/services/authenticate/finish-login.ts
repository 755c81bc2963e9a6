import {reasonOf} from '../../errors.js'
import {challengeEnv} from './challenge-env.js'
import type {CheckToken} from './check-token.js'
import type {LoginUser} from './login-user.js'
import type {CheckSession} from './session.js'

/** What a kind does when the login with a token is right: at once, and when that is stored. */
export function finishLogin(session: CheckSession, token: CheckToken, user: LoginUser | undefined): void {
  const {kind} = token
  token.apply(kind.afterSuccess?.(token) ?? [])
  if (!kind.afterLogin) return
  session.afterwards(async () => {
    try {
      await kind.afterLogin?.(token, challengeEnv(session, token, user))
    } catch (error) {
      session.services.warn(`After a login with token ${token.serial}: ${reasonOf(error)}`)
    }
  })
}
