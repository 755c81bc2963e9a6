import type {ImportedDetail, ImportedState, ImportedToken} from '../../lib/types/imported-token.js'
import {readCounter, readHashlib, readInteger, readSeed, readTimeStep} from './key-encoding.js'
import {need, needSerial, RowError} from './rows.js'
import {objectOf, textOf, type Json} from './whole.js'

/** Types whose key is a text of its own, which is stored as it is. */
const withText = new Set(['applspec', 'indexedsecret', 'pw', 'registration', 'sshkey', 'question'])

/** Keys of an exported token that are not tokeninfo (spec/03 B.2.1, spec/04 §6.4). */
const columns = new Set([
  'serial',
  'type',
  'otpkey',
  'description',
  'otplen',
  'maxfail',
  'failcount',
  'counter',
  'count',
  'window',
  'active',
  'revoked',
  'locked',
  'rollout_state',
  'owner',
  'user',
  'info_list',
  '_hashed_pin',
  'issuer',
])

/**
 * A token as the originals export it, in YAML or JSON. Tokeninfo stands under `info_list`, or in older releases beside the
 * other keys.
 * @throws RowError
 */
export function readTokenDocument(document: Json): ImportedToken {
  const fields = objectOf(document)
  if (!fields) throw new RowError('the token is no mapping')
  const type = (textOf(fields['type']) ?? '').toLowerCase()
  if (!/^[a-z0-9]{1,30}$/.test(type)) throw new RowError('the token type is missing')
  const token: ImportedToken = {serial: needSerial(textOf(fields['serial'])?.trim() ?? ''), type}
  const key = textOf(fields['otpkey'])
  if (key !== undefined) token.secret = withText.has(type) || /^[0-9a-f]+$/i.test(key) ? key : seedOf(key)
  const description = fields['description']
  if (typeof description === 'string') token.description = description
  const otplen = textOf(fields['otplen'])
  if (otplen !== undefined) token.otplen = need(readInteger(otplen, 'OTP length', 1, 1000))
  const counter = textOf(fields['count']) ?? textOf(fields['counter'])
  if (counter !== undefined) token.counter = need(readCounter(counter))
  token.state = readState(fields)
  readInfo(token, fields)
  readOwner(token, fields)
  return token
}

/** `--b32` writes keys in base32. */
function seedOf(key: string): string {
  const seed = readSeed(key, 'base32')
  return 'value' in seed ? seed.value : key
}

function readState(fields: Record<string, Json>): ImportedState {
  const state: ImportedState = {}
  for (const name of ['active', 'revoked', 'locked'] as const) {
    const value = fields[name]
    if (typeof value === 'boolean') state[name] = value
  }
  const numbers = {maxfail: 'maxfail', failcount: 'failcount', window: 'countWindow'} as const
  for (const [name, field] of Object.entries(numbers)) {
    const text = textOf(fields[name])
    if (text !== undefined) state[field] = need(readInteger(text, name, 0, 2_147_483_647))
  }
  const rollout = textOf(fields['rollout_state'])
  if (rollout !== undefined) state.rolloutState = rollout
  const pin = textOf(fields['_hashed_pin'])
  if (pin !== undefined) state.pinHash = pin
  return state
}

/** Hash and times have fields of their own; an entry `<key>.type` says that the value of `<key>` is a secret. */
function readInfo(token: ImportedToken, fields: Record<string, Json>): void {
  const nested = objectOf(fields['info_list'])
  const entries = Object.entries(nested ?? fields).filter(([name]) => nested !== undefined || !columns.has(name))
  const all = new Map(entries.map(([name, value]) => [name, pythonText(value)]))
  const info: Record<string, string> = {}
  const details: ImportedDetail[] = []
  for (const [name, value] of all) {
    if (name.endsWith('.type') && all.has(name.slice(0, -5))) continue
    const kind = all.get(`${name}.type`)
    if (name === 'hashlib') token.hashlib = value === '' ? 'sha1' : need(readHashlib(value))
    else if (name === 'timeStep' && /^\d+$/.test(value)) token.timeStep = need(readTimeStep(value))
    // Older releases export the cipher text.
    else if (kind === 'password') details.push({key: name, value, type: kind, encrypted: nested === undefined})
    else if (name === 'tokenkind' && (value === 'hardware' || value === 'software' || value === 'virtual'))
      token.tokenkind = value
    else info[name] = value
  }
  if (Object.keys(info).length > 0) token.info = info
  if (details.length > 0) token.details = details
}

/** `login@realm`, `n/a`, or a mapping with login, realm, resolver and uid. */
function readOwner(token: ImportedToken, fields: Record<string, Json>): void {
  const user = objectOf(fields['user'])
  if (user) {
    const login = textOf(user['login'])
    if (login === undefined) return
    const [realm, resolver, userId] = ['realm', 'resolver', 'uid'].map((name) => textOf(user[name]))
    token.user = {login, ...(realm && {realm}), ...(resolver && {resolver}), ...(userId && resolver && {userId})}
    return
  }
  const owner = textOf(fields['owner'])
  if (owner === undefined || owner === 'n/a') return
  const at = owner.lastIndexOf('@')
  const [login, realm] = at < 0 ? [owner, ''] : [owner.slice(0, at), owner.slice(at + 1)]
  if (login !== '') token.user = {login, ...(realm !== '' && {realm})}
  else if (realm !== '') token.realms = [realm]
}

/** As the originals keep values: `True`, `5`, text. */
function pythonText(value: Json): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
