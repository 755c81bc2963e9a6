import {createDecipheriv, createHash, createHmac} from 'node:crypto'
import {sameBytes} from '../../lib/crypto/compare.js'
import {decodeBase64} from '../../lib/crypto/encodings.js'
import {PiError} from '../../lib/errors.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {isBase32Secret, readOtpauth} from '../shared/otpauth.js'
import {argon2Key, needPassword, pbkdf2Key, wrongPassword} from '../shared/passphrase.js'
import {RowError, rowOf} from '../shared/rows.js'
import {base32Secret, softwareToken} from '../shared/software-token.js'
import {damaged} from '../shared/text.js'
import {objectOf, parseJson, readJson, textOf, type Json} from '../shared/whole.js'

/** Exports of Bitwarden and Vaultwarden: the JSON, plain or with a password. Items without TOTP are left out. */
export const bitwarden: Importer = {
  format: 'bitwarden',
  aliases: ['vaultwarden'],
  title: 'JSON exports of Bitwarden, plain or with a password',
  detect: ({text}) =>
    /^\uFEFF?\s*\{/.test(text) &&
    /"encrypted"\s*:\s*(?:true|false)/.test(text) &&
    (/"items"\s*:/.test(text) ||
      /"passwordProtected"\s*:/.test(text) ||
      /"encKeyValidation_DO_NOT_EDIT"\s*:/.test(text)),
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const outer = objectOf(await readJson(input))
  if (!outer) throw damaged(input.name, undefined, 'it is no Bitwarden export')
  const vault = outer['encrypted'] === true ? objectOf(await decrypt(input.name, outer, options)) : outer
  const items = vault?.['items']
  if (!Array.isArray(items)) throw damaged(input.name, undefined, 'there are no items in the export')
  for (const [at, item] of items.entries()) {
    const fields = objectOf(item)
    const login = objectOf(fields?.['login'])
    const totp = textOf(login?.['totp'])
    if (totp === undefined) continue
    yield rowOf(at + 1, {}, () => readTotp(totp, textOf(fields?.['name']), textOf(login?.['username']), options))
  }
}

/** A key URI, or just the secret in base32. */
function readTotp(totp: string, name: string | undefined, username: string | undefined, options: ReadOptions) {
  if (/^otpauth:/i.test(totp)) return readOtpauth(totp, 'bitwarden', options)
  if (!isBase32Secret(totp)) throw new RowError('the TOTP field is neither an otpauth URI nor a secret in base32')
  return softwareToken(
    {type: 'totp', secret: base32Secret(totp), issuer: name, account: username},
    'bitwarden',
    options,
  )
}

async function decrypt(name: string, outer: Record<string, Json>, options: ReadOptions): Promise<Json> {
  if (outer['passwordProtected'] !== true) {
    throw new PiError('INVALID_INPUT', `${name} is encrypted for one Bitwarden account.`, {
      hints: ['Export it again with a password of its own'],
    })
  }
  const salt = textOf(outer['salt']) ?? ''
  const password = await needPassword(name, options)
  const master = await masterKey(name, password, salt, outer)
  const keys = {encryption: expand(master, 'enc'), mac: expand(master, 'mac')}
  const content = openString(textOf(outer['data']) ?? '', keys)
  if (!content) throw wrongPassword(name)
  return parseJson(name, content.toString('utf8'))
}

function masterKey(name: string, password: string, salt: string, outer: Record<string, Json>): Promise<Buffer> {
  const iterations = Number(outer['kdfIterations'])
  if (Number(outer['kdfType'] ?? 0) === 0)
    return pbkdf2Key(name, password, {salt: Buffer.from(salt), iterations, hash: 'sha256'})
  return argon2Key(name, password, {
    salt: createHash('sha256').update(salt).digest(),
    passes: iterations,
    memoryKib: Number(outer['kdfMemory']) * 1024,
    lanes: Number(outer['kdfParallelism']),
  })
}

/** The first block of HKDF-Expand with SHA-256 (RFC 5869 §2.3). */
function expand(key: Uint8Array, info: string): Buffer {
  return createHmac('sha256', key).update(info).update(Buffer.of(1)).digest()
}

/** Type 2: AES-256-CBC and HMAC-SHA-256 over IV and cipher text, `2.iv|cipher text|mac` in base64. */
function openString(text: string, keys: {encryption: Buffer; mac: Buffer}): Buffer | undefined {
  const parts = /^2\.([^|]+)\|([^|]+)\|([^|]+)$/.exec(text)
  const [iv, data, mac] = (parts?.slice(1) ?? []).map(decodeBase64)
  if (!iv || !data || !mac) return undefined
  if (!sameBytes(createHmac('sha256', keys.mac).update(iv).update(data).digest(), mac)) return undefined
  try {
    const decipher = createDecipheriv('aes-256-cbc', keys.encryption, iv)
    return Buffer.concat([decipher.update(data), decipher.final()])
  } catch {
    return undefined
  }
}
