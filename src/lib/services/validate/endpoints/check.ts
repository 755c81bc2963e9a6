import {exists} from '../../authenticate/login-user.js'
import {userError} from '../../authenticate/errors.js'
import type {Endpoint} from '../api.js'
import type {Call} from '../call.js'
import type {Checked} from '../check.js'
import {successDocument} from '../envelope.js'
import {login, type Login} from '../login.js'
import type {ApiResponse} from '../contract.js'
import {settingIsOn} from '../../../tokens/shared/values.js'

/** `/validate/check`: is this password right? (spec/08 §5) */
export const validateCheck: Endpoint = async (call, services) => answer(call, await login(call, services))

/** `/validate/radiuscheck`: the same, told by the status alone (spec/08 §6.1). */
export const radiusCheck: Endpoint = async (call, services) => {
  const {accepted} = await login(call, services, {answersStatusOnly: true})
  return {status: accepted ? 204 : 400, text: '', contentType: 'text/plain; charset=utf-8'}
}

/** `/validate/samlcheck`: the same, with what the user store knows about the user (spec/08 §6.2). */
export const samlCheck: Endpoint = async (call, services) =>
  answer(call, await login(call, services, {value: withAttributes}))

function answer(call: Call, {value, detail, authentication, authItems}: Login): ApiResponse {
  const {behaviour} = call.services
  const document = successDocument({id: 2, value, detail, authentication}, behaviour, call.request.now)
  return {status: 200, document: authItems ? {...document, auth_items: authItems} : document}
}

/** Attributes that are asked for by name, null when unknown. */
const usual = ['email', 'surname', 'givenname', 'mobile', 'phone']
/** Hashes of passwords, which the original gives away. */
const secret = new Set(['password', 'cryptpass'])

/** By serial the value stays the verdict. */
async function withAttributes(call: Call, {accepted}: Checked): Promise<unknown> {
  if (call.text('serial')?.trim()) return accepted
  const {user, config, services} = call
  if (!exists(user)) throw userError()
  const wanted =
    settingIsOn(config.setting('ReturnSamlAttributes'), true) &&
    (accepted || settingIsOn(config.setting('ReturnSamlAttributesOnFail'), false))
  if (!wanted) return {auth: accepted, attributes: {}}
  const info = Object.entries(await services.users.userInfo(user)).filter(([key]) => !secret.has(key))
  const {usedLogin: username, realm, resolver} = user
  const attributes = {
    ...Object.fromEntries(usual.map((key) => [key, null])),
    username,
    realm,
    resolver,
    ...Object.fromEntries(info),
  }
  return {auth: accepted, attributes}
}
