import type {CheckToken} from './check-token.js'
import {exists, type LoginUser} from './login-user.js'
import type {CheckSession} from './session.js'

/** Tokens of a user that are in his realm; tokens in other realms are not his for this login. */
export async function tokensOf(session: CheckSession, user: LoginUser): Promise<CheckToken[]> {
  const realmId = session.request.config.realmId(user.realm)
  if (!exists(user) || realmId === undefined) return []
  return session.prepare(await session.services.loader.ofUser({userId: user.userId, resolver: user.resolver, realmId}))
}
