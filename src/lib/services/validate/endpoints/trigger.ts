import {userError} from '../../authenticate/errors.js'
import {exists, isNobody} from '../../authenticate/login-user.js'
import {requireActor, requireRight} from '../admin-auth.js'
import {headerAndFooter, preferredClientMode, requireAuthorized, restrictSerial} from '../after.js'
import type {Endpoint} from '../api.js'
import {applicationTokentype, failcounterOnChallenge, requireSubject} from '../before.js'
import {successDocument} from '../envelope.js'

/** `/validate/triggerchallenge`: an administrator asks for challenges without knowing the PIN (spec/08 §7). */
export const triggerChallenge: Endpoint = async (call, services) => {
  const actor = await requireActor(call, services, ['admin'])
  requireSubject(call)
  await applicationTokentype(call)
  await failcounterOnChallenge(call)
  await requireRight(call, actor, 'triggerchallenge')
  const {user} = call
  if (!isNobody(user) && !exists(user)) throw userError()
  const {count, detail} = await services.authenticate.trigger(call.loginRequest(), {
    user: isNobody(user) ? undefined : user,
    serial: call.text('serial')?.trim() || undefined,
    type: call.text('type') || undefined,
  })
  const info = `triggered ${count} challenges`
  call.audit.setUser(user)
  call.audit.setDetail(detail)
  call.audit.set({
    success: count > 0,
    tokenType: null,
    info: user.login === user.usedLogin ? info : `logged in as ${user.usedLogin}. ${info}`,
  })
  const checked = {accepted: false, value: count, detail}
  await restrictSerial(call, checked)
  await preferredClientMode(call, checked)
  await headerAndFooter(call, checked)
  await requireAuthorized(call)
  const {behaviour} = call.services
  return {status: 200, document: successDocument({id: 2, value: count, detail}, behaviour, call.request.now)}
}
