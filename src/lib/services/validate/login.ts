import {
  addUser,
  headerAndFooter,
  noDetail,
  preferredClientMode,
  requireAuthorized,
  restrictSerial,
  restrictTokeninfo,
  restrictTokentype,
} from './after.js'
import {autoassign} from './autoassign.js'
import {offlineItems} from './offline.js'
import {requireApiKey} from './api-key.js'
import type {ApiServices} from './api.js'
import {applicationTokentype, failcounterOnChallenge, mangle, pushWait, requireSubject, setRealm} from './before.js'
import type {Call} from './call.js'
import {check, type Checked} from './check.js'
import {authenticationOf} from './envelope.js'

/** What an address makes of a login. */
export interface LoginView {
  /** Turns the verdict into the value of the answer. */
  value?: (call: Call, checked: Checked) => Promise<unknown>
  /** The last stages, for answers that are JSON, do not apply. */
  answersStatusOnly?: boolean
}

/** A login as far as every address for logins has it in common (spec/08 §4.1). */
export interface Login extends Checked {
  authentication: string
  /** What a machine needs to go on without the server; a key of the answer itself. */
  authItems?: Record<string, unknown>
}

/** What happens before the check, in the order of spec/08 §4.1; a failure early on wins over a missing parameter. */
async function beforeCheck(call: Call, {clients, secretKey}: ApiServices): Promise<void> {
  await applicationTokentype(call)
  await pushWait(call)
  await setRealm(call)
  await mangle(call)
  await failcounterOnChallenge(call)
  await noteClient(call, clients)
  requireSubject(call)
  await requireApiKey(call, secretKey)
}

async function noteClient({client, request}: Call, clients: ApiServices['clients']): Promise<void> {
  if (request.dryRun) return
  await clients.saw(client || '0.0.0.0', request.headers['user-agent'] || 'unknown', request.now)
}

export async function login(call: Call, services: ApiServices, view: LoginView = {}): Promise<Login> {
  await beforeCheck(call, services)
  const checked = await check(call, services.authenticate)
  if (view.value) checked.value = await view.value(call, checked)
  await preferredClientMode(call, checked)
  await autoassign(call, checked)
  await restrictSerial(call, checked)
  await restrictTokentype(call, checked)
  await restrictTokeninfo(call, checked)
  const authItems = await offlineItems(call, checked)
  await addUser(call, checked)
  const authentication = authenticationOf(checked, services.auth.behaviour)
  await noDetail(call, checked, 'success')
  await noDetail(call, checked, 'fail')
  if (!view.answersStatusOnly || services.auth.behaviour.authorizesRadius) {
    await headerAndFooter(call, checked)
    await requireAuthorized(call)
  }
  call.audit.set({authentication})
  return {...checked, authentication, ...(authItems && {authItems})}
}
