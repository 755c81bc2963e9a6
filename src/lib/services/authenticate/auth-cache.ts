import {hashCachedPassword, verifyCachedPassword} from '../../crypto/authcache.js'
import {PiError} from '../../errors.js'
import {parseTimedelta} from '../../python/timedelta.js'
import {AuthCacheRepository} from '../../store/authcache.js'
import type {LoginUser} from './login-user.js'
import type {Outcome} from './outcome.js'
import type {CheckSession} from './session.js'

/** How long and how often a password may be taken from the cache. */
interface CacheRule {
  /** Since the first login with it. */
  seconds: number
  /** Since the last one. */
  idleSeconds: number
  /** Uses; 0: unlimited. */
  uses: number
}

/** Reads `T`, `T/T` and `T/N` (spec/07 §8.1.1). @throws PiError CONFIG */
export function readCacheRule(text: string): CacheRule {
  try {
    const [first = '', second, ...rest] = text.split('/')
    if (rest.length > 0) throw new Error('too many parts')
    const seconds = parseTimedelta(first)
    if (second === undefined) return {seconds, idleSeconds: seconds, uses: 0}
    if (/^\s*\d+\s*$/.test(second)) return {seconds, idleSeconds: seconds, uses: Number(second)}
    return {seconds, idleSeconds: parseTimedelta(second), uses: 0}
  } catch (error) {
    throw new PiError('CONFIG', `The value '${text}' of the policy auth_cache is not of the form 4h/5m or 4h/10.`, {
      cause: error,
    })
  }
}

/** A password that was right lately is right again, without asking tokens. */
export async function authenticatedByCache(
  session: CheckSession,
  user: LoginUser,
  pass: string,
): Promise<{rule: CacheRule | undefined; outcome?: Outcome}> {
  if (!session.policies.hasScope('authentication')) return {rule: undefined}
  const found = (await session.policies.ask('authentication', 'auth_cache', {user})).unique()
  if (!found) return {rule: undefined}
  const rule = readCacheRule(found.value)
  const repository = new AuthCacheRepository(session.services.db)
  const stale: number[] = []
  for (const row of await repository.of(user)) {
    const fits = await verifyCachedPassword(pass, row.hash)
    const usable =
      row.firstAuth > session.now - rule.seconds * 1000 && row.lastAuth > session.now - rule.idleSeconds * 1000
    if (fits && usable && (await repository.use(row.id, session.now, rule.uses))) {
      session.request.note(found.names)
      return {rule, outcome: {accepted: true, detail: {message: 'Authenticated by AuthCache.'}}}
    }
    const worn = (rule.uses > 0 && row.count >= rule.uses) || row.firstAuth < session.now - rule.seconds * 1000
    if (worn || fits !== false) stale.push(row.id)
  }
  await repository.delete(stale)
  return {rule}
}

/** Keeps a password that was right; without pepper, at the costs of the original's library. */
export async function rememberPassword(
  session: CheckSession,
  user: LoginUser,
  pass: string,
  rule: CacheRule | undefined,
): Promise<void> {
  if (!rule) return
  const hash = await hashCachedPassword(pass)
  session.afterwards(() => new AuthCacheRepository(session.services.db).add(user, hash, session.now))
}
