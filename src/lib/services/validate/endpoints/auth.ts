import {createJwt} from '../../../crypto/jwt.js'
import {randomHex} from '../../../crypto/random.js'
import {PiError} from '../../../errors.js'
import {authError, policyError, RequestError} from '../../authenticate/errors.js'
import {exists, nobody, resolveUser, splitLogin} from '../../authenticate/login-user.js'
import {requireActor} from '../admin-auth.js'
import {addUser, noDetail, restrictSerial, restrictTokeninfo, restrictTokentype} from '../after.js'
import type {ApiServices, Endpoint} from '../api.js'
import {failcounterOnChallenge} from '../before.js'
import type {Call} from '../call.js'
import type {Checked} from '../check.js'
import type {ApiResponse} from '../contract.js'
import {failureDocument, successDocument} from '../envelope.js'
import {enrollable, menusOf, rightsOf, type Caller} from '../rights.js'
import {webSettings} from '../web-settings.js'

/** Seconds that a web token counts. */
const validity = 3600
const wrongCredentials = 'Authentication failure. Wrong credentials'

/** `/auth`: administrators and users get a JSON web token for their password (spec/08 §9.1). */
export const auth: Endpoint = async (call, services) => {
  call.audit.set({threadId: String(process.pid)})
  await failcounterOnChallenge(call)
  const realm = call.text('realm') ?? ''
  if (realm !== '' && call.config.realmId(realm.toLowerCase()) === undefined) {
    throw authError(4031, `Authentication failure. Unknown realm: ${realm}.`)
  }
  const name = call.text('username') ?? ''
  if (name === '') throw authError(4032, 'Authentication failure. Missing Username')
  const password = call.text('password') ?? ''
  if (await services.isAdmin(name, password)) {
    call.audit.set({success: true, user: '', realm: '', administrator: name, info: 'internal admin'})
    return welcome(call, services, {role: 'admin', name, realm: ''})
  }
  return userLogin(call, services, {name, realm, password})
}

async function userLogin(
  call: Call,
  services: ApiServices,
  {name, realm, password}: {name: string; realm: string; password: string},
): Promise<ApiResponse> {
  call.user = await theUser(call, name, realm)
  const {user} = call
  const found = (await call.policies.ask('webui', 'login_mode', {user})).unique()
  if (found) call.audit.note(found.names)
  if (found?.value === 'disable') {
    call.audit.set({user: user.login, realm: user.realm})
    throw policyError('The login for this user is disabled.')
  }
  const byToken = found?.value === 'privacyIDEA'
  const used = user.login === user.usedLogin ? '' : `logged in as ${user.usedLogin}. `
  call.audit.setUser(user)
  call.audit.set({info: `${used}|loginmode=${byToken ? 'privacyIDEA' : 'None'}`})
  const {accepted, detail} = byToken
    ? await services.authenticate.checkUser(call.loginRequest(), user, password)
    : {accepted: exists(user) && (await call.services.users.checkPassword(user, password)), detail: {}}
  const told = byToken ? {...detail, loginmode: 'privacyIDEA'} : {}
  if (byToken && typeof detail['serial'] === 'string') {
    call.audit.set({serial: detail['serial']})
    call.serial = detail['serial']
  }
  if (!accepted) return refusal(call, told)
  const isAdmin = services.superuserRealms.includes(user.realm)
  if (isAdmin) call.audit.set({user: '', realm: '', resolver: null, administrator: user.login})
  call.audit.set({success: true})
  const checked: Checked = {accepted, value: true, detail: byToken ? told : undefined}
  await restrictSerial(call, checked)
  await restrictTokeninfo(call, checked)
  if (byToken) await restrictTokentype(call, checked)
  await addUser(call, checked)
  await noDetail(call, checked, 'success')
  const caller: Caller = {role: isAdmin ? 'admin' : 'user', name: user.login, realm: user.realm}
  return welcome(call, services, caller, checked.detail)
}

/** A name that cannot be looked up is that of nobody; the realm named counts before the one in the name. */
async function theUser(call: Call, name: string, realm: string) {
  const {config, services} = call
  try {
    return await resolveUser({user: name, realm: realm || undefined, resolver: undefined}, config, services.users)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return {...nobody, login: splitLogin(name, config).login}
  }
}

/** A failure that tells what the check told, such as challenges. */
function refusal(call: Call, detail: Record<string, unknown>): ApiResponse {
  call.audit.appendInfo(wrongCredentials)
  const {behaviour} = call.services
  const {now} = call.request
  return {
    status: 401,
    document: failureDocument({number: 4031, message: wrongCredentials}, {behaviour, now, detail}),
  }
}

async function welcome(
  call: Call,
  {secretKey}: ApiServices,
  caller: Caller,
  detail?: Record<string, unknown>,
): Promise<ApiResponse> {
  if (secretKey === undefined) throw new PiError('CONFIG', 'SECRET_KEY is missing, so there are no web tokens.')
  const {role, name, realm} = caller
  const rights = await rightsOf(call, caller)
  const {now} = call.request
  const token = createJwt(secretKey, {
    username: name,
    realm,
    nonce: await randomHex(20),
    role,
    authtype: 'password',
    exp: Math.floor(now / 1000) + validity,
    rights,
  })
  const value = {
    token,
    role,
    username: name,
    realm,
    log_level: 30,
    rights,
    menus: menusOf(role, rights),
    ...(await webSettings(call, caller)),
  }
  return {status: 200, document: successDocument({id: 1, value, detail}, call.services.behaviour, now)}
}

/** `/auth/rights`: which tokens the bearer may enrol (spec/08 §9.2). */
export const authRights: Endpoint = async (call, services) => {
  call.audit.set({threadId: String(process.pid)})
  const {name, realm, role} = await requireActor(call, services, ['admin', 'user'])
  const value = await enrollable(call, {name, realm, role: role === 'admin' ? 'admin' : 'user'})
  call.audit.set({success: true})
  return {status: 200, document: successDocument({id: 1, value}, call.services.behaviour, call.request.now)}
}
