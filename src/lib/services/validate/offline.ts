import {reasonOf} from '../../errors.js'
import {offlineOptions, setAside} from '../authenticate/offline-values.js'
import {ownerOf, splitPass} from '../authenticate/pins.js'
import {decide} from '../authenticate/service.js'
import type {Call} from './call.js'
import type {Checked} from './check.js'

/**
 * What a machine needs to go on without the server, after a login with a token that is attached to one for that
 * (spec/08 §5.5). A failure is logged and does not spoil the login.
 * @returns `auth_items` of the answer
 */
export async function offlineItems(call: Call, checked: Checked): Promise<Record<string, unknown> | undefined> {
  const serial = checked.detail?.['serial']
  if (checked.value !== true || !call.client || typeof serial !== 'string') return undefined
  try {
    const item = await decide(call.services, call.loginRequest(), async (session) => {
      const row = await session.tokens.bySerial(serial)
      const [token] = row ? await session.prepare([row]) : []
      const options = token && (await offlineOptions(session, token))
      if (!token || !options) return undefined
      const split = splitPass(session, token, call.text('pass') ?? '')
      if (!split) return undefined
      const values = await setAside(session, token, {pin: split.pin, options})
      const owner = await ownerOf(session, token)
      const who = owner ? {user: owner.login, username: owner.login} : {}
      return {...values, ...who, ...Object.fromEntries(options), serial}
    })
    return item && {offline: [item]}
  } catch (error) {
    call.services.warn(`No values for use offline with token ${serial}: ${reasonOf(error)}`)
    return undefined
  }
}
