import {PythonRegex} from '../../python/regex.js'
import {CheckTokenRepository} from '../../store/check-tokens.js'
import {policyError, validateError} from '../authenticate/errors.js'
import {exists} from '../authenticate/login-user.js'
import type {Call} from './call.js'
import type {Checked} from './check.js'

type Detail = Record<string, unknown>

function challengesIn(detail: Detail | undefined): Detail[] {
  const entries = detail?.['multi_challenge']
  return Array.isArray(entries) ? (entries as Detail[]) : []
}

/** Which of several ways to answer clients should offer first (spec/07 §8.1.16). */
export async function preferredClientMode(call: Call, {detail}: Checked): Promise<void> {
  const modes = challengesIn(detail).map((entry) => entry['client_mode'])
  if (!detail || modes.length === 0) return
  const found = (await call.policies.ask('authentication', 'preferred_client_mode', {user: call.user})).unique({
    whiteSpace: true,
  })
  if (found) call.audit.note(found.names)
  const order = found ? found.value.split(/[\s,]+/) : ['interactive', 'webauthn', 'poll', 'u2f']
  detail['preferred_client_mode'] = order.find((mode) => modes.includes(mode)) ?? 'interactive'
}

/** Only tokens whose serial matches may be used (spec/07 §8.2.4). @throws RequestError 403 */
export async function restrictSerial(call: Call, {detail}: Checked): Promise<void> {
  const serial = detail?.['serial']
  if (typeof serial !== 'string') return
  const values = (await call.policies.ask('authorization', 'serial')).values()
  if (values.size === 0) return
  call.audit.note([...values.values()].flat())
  if ([...values.keys()].some((pattern) => new PythonRegex(pattern).search(serial))) return
  call.audit.set({actionDetail: 'Serial is not allowed for authentication!'})
  throw policyError('Serial is not allowed for authentication!')
}

/**
 * Only some token types may be used (spec/07 §8.2.3). An answered challenge carries no type, so that of its token is
 * taken, which the original forgets.
 * @throws RequestError 403
 */
export async function restrictTokentype(call: Call, {detail}: Checked): Promise<void> {
  const values = (await call.policies.ask('authorization', 'tokentype', {user: call.user})).values()
  if (values.size === 0) return
  call.audit.note([...values.values()].flat())
  const type = detail?.['type'] ?? (await typeOfSerial(call, detail?.['serial']))
  if (typeof type !== 'string' || values.has(type)) return
  call.audit.set({success: false, actionDetail: `Tokentype '${type}' not allowed for authentication`})
  throw policyError('Tokentype not allowed for authentication!')
}

async function typeOfSerial(call: Call, serial: unknown): Promise<string | undefined> {
  if (typeof serial !== 'string') return undefined
  return (await new CheckTokenRepository(call.services.db).bySerial(serial))?.tokentype
}

/** Only tokens whose details match may be used (spec/07 §8.2.5). @throws RequestError 403 */
export async function restrictTokeninfo(call: Call, {detail}: Checked): Promise<void> {
  const serial = detail?.['serial']
  if (typeof serial !== 'string') return
  const values = (await call.policies.ask('authorization', 'tokeninfo')).values({whiteSpace: true})
  if (values.size === 0) return
  call.audit.note([...values.values()].flat())
  const token = await new CheckTokenRepository(call.services.db).bySerial(serial)
  if (!token) return
  for (const value of values.keys()) {
    const [key, pattern, ...rest] = value.split('/')
    if (key === undefined || pattern === undefined || rest.length !== 1) continue
    if (new PythonRegex(pattern).search(token.info.get(key)?.value ?? '')) continue
    throw policyError(`Tokeninfo field ${key} with contents does not match regular expression.`)
  }
}

/** Tells who has logged in (spec/07 §8.2.8); hashes of passwords stay inside. */
export async function addUser(call: Call, {accepted, detail}: Checked): Promise<void> {
  if (!accepted || !detail || !exists(call.user)) return
  const {user} = call
  const shown = (await call.policies.ask('authorization', 'add_user_in_response', {user})).names
  call.audit.note(shown)
  if (shown.length > 0) detail['user'] = {...(await call.services.users.userInfo(user)), password: ''}
  const resolver = (await call.policies.ask('authorization', 'add_resolver_in_response', {user})).names
  call.audit.note(resolver)
  if (resolver.length > 0) Object.assign(detail, {'user-resolver': user.resolver, 'user-realm': user.realm})
}

/**
 * Policies may keep the reasons from clients (spec/07 §8.2.6, §8.2.7). An answer whose value is an object counts as
 * success, as in the originals.
 */
export async function noDetail(call: Call, checked: Checked, outcome: 'success' | 'fail'): Promise<void> {
  const {names} = await call.policies.ask('authorization', `no_detail_on_${outcome}`)
  const applies = outcome === 'success' ? Boolean(checked.value) : checked.value === false
  if (names.length === 0 || !applies) return
  call.audit.note(names)
  checked.detail = undefined
}

/** Text around the prompts of several challenges (spec/07 §8.2.9). */
export async function headerAndFooter(call: Call, {detail}: Checked): Promise<void> {
  if (!detail || challengesIn(detail).length === 0) return
  const text = async (action: string) => {
    const found = (await call.policies.ask('authentication', action, {user: call.user})).unique({whiteSpace: true})
    if (found) call.audit.note(found.names)
    return found?.value
  }
  const header = await text('challenge_text_header')
  const footer = await text('challenge_text_footer')
  if (header === undefined) return
  const told = Array.isArray(detail['messages']) ? (detail['messages'] as string[]) : []
  const messages = [...new Set(told)].sort()
  const isList = ['<ol>', '<ul>'].includes(header.slice(-4).toLowerCase())
  detail['message'] = isList
    ? `${header}${messages.map((message) => `<li>${message}</li>\n`).join('')}${footer ?? ''}`
    : `${header}\n${messages.join(', ')}\n${footer ?? ''}`
}

/** The last word on a login (spec/07 §8.2.10). @throws RequestError 401 */
export async function requireAuthorized(call: Call): Promise<void> {
  const found = (await call.policies.ask('authorization', 'authorized', {user: call.user})).unique({whiteSpace: true})
  if (!found) return
  call.audit.note(found.names)
  if (found.value === 'deny_access') {
    throw validateError('User is not authorized to authenticate under these conditions.')
  }
}
