import {readDate, epochMicroseconds} from '../../python/dates.js'
import {parseTimedelta} from '../../python/timedelta.js'
import type {CheckToken} from './check-token.js'
import type {Outcome} from './outcome.js'
import type {About} from './policies.js'
import type {CheckSession} from './session.js'
import {lastAuthTime} from './times.js'

const key = 'last_auth'

/**
 * Notes the time of a successful login in the token, and refuses one whose predecessor is older than the policy
 * `last_auth` allows (spec/05 §8.6); a refused login does not count as the last one.
 */
export async function withLastAuth(
  session: CheckSession,
  {about}: {about: About},
  check: () => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await check()
  const serial = outcome.detail['serial']
  if (!outcome.accepted || typeof serial !== 'string') return outcome
  const token = await tokenOf(session, serial)
  if (!token || token.deleted) return outcome
  const last = token.detail(key)
  if (await isTooLongAgo(session, last, about)) {
    const to = session.behaviour.spellsTooLong ? 'too' : 'to'
    const message = `The last successful authentication was ${last}. It is ${to} long ago.`
    return {accepted: false, detail: {...outcome.detail, message}}
  }
  token.setInfo(key, lastAuthTime(session.now, session.behaviour.compactLastAuth))
  return outcome
}

async function tokenOf(session: CheckSession, serial: string): Promise<CheckToken | undefined> {
  const kept = session.ledger.find(serial)
  if (kept) return kept
  const row = await session.tokens.bySerial(serial)
  return row && (await session.prepare([row]))[0]
}

async function isTooLongAgo(session: CheckSession, last: string | undefined, about: About): Promise<boolean> {
  const found = (await session.policies.ask('authorization', key, about)).unique()
  if (!found || !last) return false
  const read = readDate(last, {today: new Date(session.now)})
  const tooLong = !read || epochMicroseconds(read, 'utc') + parseTimedelta(found.value) * 1_000_000 < session.now * 1000
  if (tooLong) session.request.note(found.names)
  return tooLong
}
