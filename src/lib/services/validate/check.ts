import {parameterError} from '../authenticate/errors.js'
import {exists, isNobody, type LoginUser} from '../authenticate/login-user.js'
import type {Outcome} from '../authenticate/outcome.js'
import type {AuthenticateService} from '../authenticate/service.js'
import type {AuthServices} from '../authenticate/session.js'
import {CheckTokenRepository} from '../../store/check-tokens.js'
import {tokenNotFound, userError} from '../authenticate/errors.js'
import type {Call} from './call.js'

/** Outcome of the view: what the post-policies work on. */
export interface Checked {
  accepted: boolean
  /** What the answer gives as value: the verdict, or an object that holds it. */
  value: unknown
  /** Absent: the answer has none. */
  detail: Record<string, unknown> | undefined
}

/**
 * The check itself (spec/08 §5.2): by serial, with or without PIN, or by user.
 * @throws RequestError, PolicyError, PiError UNAVAILABLE
 */
export async function check(call: Call, authenticate: AuthenticateService): Promise<Checked> {
  const pass = requirePass(call)
  const {user} = call
  const serial = call.text('serial')?.trim() ?? ''
  call.audit.setUser(user)
  const request = call.loginRequest()
  if (serial === '') {
    return tell(call, await authenticate.checkUser(request, user, pass, {type: call.text('type') || undefined}))
  }
  if (!isNobody(user)) await requireOwner(call.services, serial, user, call)
  if (call.parameters.get('otponly')) {
    const accepted = await authenticate.checkOtpOnly(request, serial, pass)
    return tell(call, {accepted, detail: accepted ? {} : {message: 'OTP verification failed.'}})
  }
  return tell(call, await authenticate.checkSerial(request, serial, pass))
}

/** @throws RequestError 905 */
export function requirePass(call: Call): string {
  const pass = call.parameters.get('pass')
  if (pass === undefined) throw parameterError("Missing parameter: 'pass'")
  if (typeof pass !== 'string') {
    call.audit.setUser(call.user)
    throw parameterError("Parameter 'pass' must be a text.")
  }
  return pass
}

/** A user named beside a serial must own the token. */
async function requireOwner(services: AuthServices, serial: string, user: LoginUser, call: Call): Promise<void> {
  if (!exists(user)) throw userError()
  const token = await new CheckTokenRepository(services.db).bySerial(serial)
  if (!token) throw tokenNotFound()
  const realmId = token.owner?.realmId
  const sameRealm = realmId !== undefined && call.config.realmName(realmId) === user.realm
  if (token.owner?.userId !== user.userId || token.owner.resolver !== user.resolver || !sameRealm) {
    throw parameterError('Given serial does not belong to given user!')
  }
}

/** Notes the outcome for the audit. */
function tell(call: Call, {accepted, detail}: Outcome): Checked {
  const message = typeof detail['message'] === 'string' ? detail['message'] : null
  const {login, usedLogin} = call.user
  call.audit.set({
    success: accepted,
    info: login === usedLogin ? message : `logged in as ${usedLogin}. ${message ?? ''}`,
  })
  call.audit.setDetail(detail)
  if (typeof detail['serial'] === 'string') call.serial = detail['serial']
  return {accepted, value: accepted, detail: Object.keys(detail).length === 0 ? undefined : detail}
}
