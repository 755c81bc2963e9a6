import {checkTokens} from './check-list.js'
import type {CheckSession} from './session.js'

/**
 * Checks a password against all active, assigned tokens of a realm but those of one type, as a login of somebody in the
 * realm (spec/05 §13.2): failures count on them.
 * @returns the serial of the one token that fits
 */
export async function checkRealm(
  session: CheckSession,
  exceptType: string,
  {realm, pass}: {realm: string; pass: string},
): Promise<string | undefined> {
  const realmId = session.request.config.realmId(realm.toLowerCase())
  if (realmId === undefined) return undefined
  const aside = session.aside()
  const tokens = await aside.prepare(await aside.tokens.assignedInRealm(realmId))
  const candidates = tokens.filter(({type}) => type !== exceptType)
  if (candidates.length === 0) return undefined
  const {accepted, detail} = await checkTokens(aside, candidates, pass, undefined)
  return accepted && typeof detail['serial'] === 'string' ? detail['serial'] : undefined
}
