import {
  addUser,
  headerAndFooter,
  noDetail,
  preferredClientMode,
  requireAuthorized,
  restrictSerial,
  restrictTokeninfo,
  restrictTokentype,
} from '../after.js'
import {requireApiKey} from '../api-key.js'
import type {ApiServices, Endpoint} from '../api.js'
import {applicationTokentype, failcounterOnChallenge, mangle, pushWait, requireSubject, setRealm} from '../before.js'
import type {Call} from '../call.js'
import {check, type Checked} from '../check.js'
import type {ApiResponse} from '../contract.js'
import {authenticationOf, successDocument} from '../envelope.js'

/** What happens before the check, in the order of spec/08 §4.1; a failure early on wins over a missing parameter. */
export async function beforeCheck(call: Call, {clients, secretKey}: ApiServices): Promise<void> {
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

/** `/validate/check`: is this password right? (spec/08 §5) */
export const validateCheck: Endpoint = async (call, services) => {
  await beforeCheck(call, services)
  const checked = await check(call, services.authenticate)
  await preferredClientMode(call, checked)
  await restrict(call, checked)
  await addUser(call, checked)
  const authentication = authenticationOf({value: checked.accepted, detail: checked.detail}, services.auth.behaviour)
  await noDetail(call, checked, 'success')
  await noDetail(call, checked, 'fail')
  await headerAndFooter(call, checked)
  await requireAuthorized(call)
  call.audit.set({authentication})
  return answer(call, checked, authentication)
}

async function restrict(call: Call, checked: Checked): Promise<void> {
  await restrictSerial(call, checked)
  await restrictTokentype(call, checked)
  await restrictTokeninfo(call, checked)
}

function answer(call: Call, {accepted, detail}: Checked, authentication: string): ApiResponse {
  const {behaviour} = call.services
  return {
    status: 200,
    document: successDocument({id: 2, value: accepted, detail, authentication}, behaviour, call.request.now),
  }
}
