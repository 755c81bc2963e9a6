import {createHash} from 'node:crypto'
import {decodeBase64} from '../../lib/crypto/encodings.js'
import type {ImportedDetail, ImportedRow, ImportedState, ImportedToken} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readLines} from '../shared/csv.js'
import {readCounter, readHashlib, readInteger, readTimeStep} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {damaged, readText} from '../shared/text.js'
import {listOf, objectOf, parseJson, textOf, type Json} from '../shared/whole.js'

/** Longest token, in characters: a certificate token holds a key and a chain. */
const lineLimit = 1024 * 1024

/** Our own dump of whole tokens (docs/formats.md). */
export const tokenDump: Importer = {
  format: 'dump',
  aliases: ['token-dump', 'jsonl'],
  title: 'dumps of whole tokens, written by token export',
  detect: ({text}) => /^\uFEFF?\s*\{"format":"pi-manage-tokens"/.test(text),
  read: (input, options) => readDump(input, options),
}

async function* readDump(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const hash = createHash('sha256')
  let count = 0
  let state: 'done' | 'start' | 'tokens' = 'start'
  for await (const lines of readLines(input.name, readText(input, options.encoding ?? 'utf-8'), lineLimit)) {
    for (const {number, text} of lines) {
      const document = objectOf(parseJson(`${input.name}, line ${String(number)}`, text))
      if (!document || state === 'done') throw damaged(input.name, number, 'this is no line of a dump')
      if (state === 'start') {
        if (document['format'] !== 'pi-manage-tokens') throw damaged(input.name, number, 'this is no dump of tokens')
        if (document['version'] !== 1) throw damaged(input.name, number, 'the dump was written by a later version')
        state = 'tokens'
      } else if ('sha256' in document) {
        if (document['count'] !== count || document['sha256'] !== hash.digest('hex')) {
          throw damaged(input.name, number, 'the dump was changed: its check sum is wrong')
        }
        state = 'done'
        continue
      } else {
        count += 1
        yield rowOf(number, {serial: textOf(document['serial'])}, () => readToken(document))
      }
      hash.update(`${text}\n`)
    }
  }
  if (state !== 'done') throw damaged(input.name, undefined, 'the dump is cut off: its last line is missing')
}

function readToken(fields: Record<string, Json>): ImportedToken {
  const type = textOf(fields['type']) ?? ''
  if (!/^[a-z0-9]{1,30}$/.test(type)) throw new RowError('the token type is missing')
  const token: ImportedToken = {serial: needSerial(textOf(fields['serial']) ?? ''), type}
  const bytes = textOf(fields['secretBase64'])
  if (bytes !== undefined) {
    const secret = decodeBase64(bytes)
    if (!secret) throw new RowError('the secret is not base64')
    token.secret = secret
  } else if (typeof fields['secret'] === 'string') token.secret = fields['secret']
  const description = fields['description']
  if (typeof description === 'string') token.description = description
  const otplen = textOf(fields['otplen'])
  if (otplen !== undefined) token.otplen = need(readInteger(otplen, 'OTP length', 0, 1_000_000))
  const counter = textOf(fields['counter'])
  if (counter !== undefined) token.counter = need(readCounter(counter))
  const realms = textsOf(fields['realms'])
  if (Array.isArray(fields['details'])) {
    return {
      ...token,
      realms,
      details: listOf(fields['details']).map(readDetail),
      state: {...readState(fields), exact: true},
    }
  }
  // Written by convert: what a seed file said, not what a database holds.
  const state = readState(fields)
  return {
    ...token,
    ...readSaid(fields),
    ...(realms.length > 0 && {realms}),
    ...(Object.keys(state).length > 0 && {state}),
  }
}

function textsOf(list: Json | undefined): string[] {
  return listOf(list).filter((one): one is string => typeof one === 'string')
}

/** What a seed file can say of a token beyond its seed. */
function readSaid(fields: Record<string, Json>): Partial<ImportedToken> {
  const said: Partial<ImportedToken> = {}
  const {hashlib, timeStep, timeShift, tokenkind, motpPin, pin} = fields
  if (hashlib !== undefined) said.hashlib = need(readHashlib(String(hashlib)))
  if (timeStep !== undefined) said.timeStep = need(readTimeStep(String(timeStep)))
  if (typeof timeShift === 'number' && Number.isFinite(timeShift)) said.timeShift = timeShift
  if (tokenkind === 'hardware' || tokenkind === 'software' || tokenkind === 'virtual') said.tokenkind = tokenkind
  if (typeof motpPin === 'string') said.motpPin = motpPin
  if (typeof pin === 'string') said.pin = pin
  if (fields['tans'] !== undefined) said.tans = textsOf(fields['tans'])
  const info = Object.entries(objectOf(fields['info']) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  if (info.length > 0) said.info = Object.fromEntries(info)
  const {login, realm, resolver, userId} = objectOf(fields['user']) ?? {}
  if (typeof login === 'string') {
    said.user = {
      login,
      ...(typeof realm === 'string' && {realm}),
      ...(typeof resolver === 'string' && {resolver}),
      ...(typeof userId === 'string' && {userId}),
    }
  }
  return said
}

const flags = ['active', 'locked', 'revoked'] as const
const numbers = ['failcount', 'maxfail', 'countWindow', 'syncWindow'] as const
const texts = ['pinHash', 'pinSeed', 'reversiblePin', 'rolloutState', 'soPin', 'userPin'] as const

function readState(fields: Record<string, Json>): ImportedState {
  const state: ImportedState = {}
  for (const name of flags) if (typeof fields[name] === 'boolean') state[name] = fields[name]
  for (const name of numbers) {
    if (fields[name] !== undefined) state[name] = need(readInteger(String(fields[name]), name, 0, 2_147_483_647))
  }
  for (const name of texts) if (typeof fields[name] === 'string') state[name] = fields[name]
  const groups = textsOf(fields['groups'])
  if (groups.length > 0) state.groups = groups
  const owners = listOf(fields['owners']).map((owner) => {
    const {userId, resolver, realm} = objectOf(owner) ?? {}
    if (typeof userId !== 'string' || typeof resolver !== 'string') throw new RowError('an owner cannot be read')
    return {userId, resolver, ...(typeof realm === 'string' && {realm})}
  })
  if (owners.length > 0) state.owners = owners
  return state
}

function readDetail(detail: Json): ImportedDetail {
  const {key, value, type, description} = objectOf(detail) ?? {}
  if (typeof key !== 'string' || typeof value !== 'string' || typeof type !== 'string')
    throw new RowError('a detail cannot be read')
  return {key, value, type, ...(typeof description === 'string' && {description})}
}
