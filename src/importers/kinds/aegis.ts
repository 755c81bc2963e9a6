import {decodeBase64, decodeHex} from '../../lib/crypto/encodings.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {accountRows} from '../shared/accounts.js'
import {needPassword, openGcm, scryptKey, wrongPassword} from '../shared/passphrase.js'
import {base32Secret} from '../shared/software-token.js'
import {damaged} from '../shared/text.js'
import {listOf, objectOf, parseJson, readJson, textOf, type Json} from '../shared/whole.js'

/** A slot that holds the master key under a password; others need the device it was made on. */
const passwordSlot = 1

/** Vaults of Aegis, plain or with a password (spec/04 §12.3). */
export const aegis: Importer = {
  format: 'aegis',
  title: 'vaults of Aegis, plain or encrypted',
  detect: ({text}) => /^\uFEFF?\s*\{/.test(text) && /"header"\s*:/.test(text) && /"db"\s*:/.test(text),
  read: (input, options) => readVault(input, options),
}

async function* readVault(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const vault = objectOf(await readJson(input))
  if (!vault) throw damaged(input.name, undefined, 'it is no Aegis vault')
  const {db} = vault
  const content = typeof db === 'string' ? await decrypt(input.name, objectOf(vault['header']), db, options) : db
  const entries = objectOf(content)?.['entries']
  if (!Array.isArray(entries)) throw damaged(input.name, undefined, 'there are no entries in the vault')
  yield* accountRows(entries, 'aegis', options, (entry) => {
    const info = objectOf(entry['info'])
    return {
      type: textOf(entry['type']) ?? '',
      secret: base32Secret(textOf(info?.['secret'])),
      issuer: textOf(entry['issuer']),
      account: textOf(entry['name']),
      algorithm: textOf(info?.['algo']),
      digits: textOf(info?.['digits']),
      period: textOf(info?.['period']),
      counter: textOf(info?.['counter']),
    }
  })
}

async function decrypt(
  name: string,
  header: Record<string, Json> | undefined,
  db: string,
  options: ReadOptions,
): Promise<Json> {
  const slots = listOf(header?.['slots']).map(objectOf)
  const usable = slots.filter((slot) => slot?.['type'] === passwordSlot)
  if (usable.length === 0) throw damaged(name, undefined, 'the vault is not encrypted with a password')
  const password = await needPassword(name, options)
  for (const slot of usable) {
    const salt = decodeHex(textOf(slot?.['salt']) ?? '')
    if (!salt) throw damaged(name, undefined, 'a slot of the vault has no salt')
    const parameters = {salt, n: Number(slot?.['n']), r: Number(slot?.['r']), p: Number(slot?.['p'])}
    const master = open(
      await scryptKey(name, password, parameters),
      decodeHex(textOf(slot?.['key']) ?? ''),
      slot?.['key_params'],
    )
    if (!master) continue
    const content = open(master, decodeBase64(db), header?.['params'])
    if (content) return parseJson(name, content.toString('utf8'))
  }
  throw wrongPassword(name)
}

/** Nonce and tag stand beside the cipher text, in hex. */
function open(key: Uint8Array, data: Buffer | undefined, parameters: Json | undefined): Buffer | undefined {
  const {nonce, tag} = objectOf(parameters) ?? {}
  const [iv, end] = [decodeHex(textOf(nonce) ?? ''), decodeHex(textOf(tag) ?? '')]
  return data && iv && end ? openGcm(key, {nonce: iv, sealed: Buffer.concat([data, end])}) : undefined
}
