import {createDecipheriv} from 'node:crypto'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {accountRows} from '../shared/accounts.js'
import {argon2Key, needPassword, openGcm, pbkdf2Key, wrongPassword} from '../shared/passphrase.js'
import {base32Secret} from '../shared/software-token.js'
import {damaged} from '../shared/text.js'
import {objectOf, parseJson, readWhole, textOf} from '../shared/whole.js'

const types: Readonly<Record<string, string>> = {1: 'hotp', 2: 'totp', 3: 'motp', 4: 'steam', 5: 'yandex'}
const algorithms: Readonly<Record<string, string>> = {0: 'sha1', 1: 'sha256', 2: 'sha512'}

/** Both forms of encryption begin with a word of 16 letters. */
const marks = {current: 'AUTHENTICATORPRO', former: 'AuthenticatorPro'}

/** Backups of Stratum, formerly Authenticator Pro, plain or with a password (stratumauth.com/wiki/backup-format). */
export const stratum: Importer = {
  format: 'stratum',
  aliases: ['authenticator-pro', 'authenticatorpro'],
  title: 'backups of Stratum (Authenticator Pro), plain or encrypted',
  detect: ({bytes, text}) =>
    bytes.subarray(0, 16).toString('latin1').toUpperCase() === marks.current ||
    (/^\uFEFF?\s*\{/.test(text) && /"Authenticators"\s*:/.test(text)),
  read: (input, options) => readBackup(input, options),
}

async function* readBackup(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const bytes = await readWhole(input)
  const encrypted = bytes.subarray(0, 16).toString('latin1').toUpperCase() === marks.current
  const text = encrypted ? await decrypt(input.name, bytes, options) : bytes.toString('utf8').replace('\uFEFF', '')
  const entries = objectOf(parseJson(input.name, text))?.['Authenticators']
  if (!Array.isArray(entries)) throw damaged(input.name, undefined, 'there are no Authenticators in the backup')
  yield* accountRows(entries, 'stratum', options, (entry) => ({
    type: types[textOf(entry['Type']) ?? ''] ?? 'unknown',
    secret: base32Secret(textOf(entry['Secret'])),
    issuer: textOf(entry['Issuer']),
    account: textOf(entry['Username']),
    algorithm: algorithms[textOf(entry['Algorithm']) ?? '0'] ?? 'unknown',
    digits: textOf(entry['Digits']),
    period: textOf(entry['Period']),
    counter: textOf(entry['Counter']),
  }))
}

async function decrypt(name: string, bytes: Buffer, options: ReadOptions): Promise<string> {
  const password = await needPassword(name, options)
  const content =
    bytes.subarray(0, 16).toString('latin1') === marks.former
      ? await decryptFormer(name, bytes.subarray(16), password)
      : await decryptCurrent(name, bytes.subarray(16), password)
  if (!content) throw wrongPassword(name)
  return content.toString('utf8')
}

/** Salt (16), nonce (12), sealed with AES-GCM under Argon2id: 3 passes, 64 MiB, 4 lanes. */
async function decryptCurrent(name: string, rest: Buffer, password: string): Promise<Buffer | undefined> {
  if (rest.length < 28) throw damaged(name, undefined, 'the backup is cut off')
  const key = await argon2Key(name, password, {salt: rest.subarray(0, 16), passes: 3, memoryKib: 65_536, lanes: 4})
  return openGcm(key, {nonce: rest.subarray(16, 28), sealed: rest.subarray(28)})
}

/** Salt (20), IV (16), AES-CBC under PBKDF2-HMAC-SHA1 with 64,000 iterations. */
async function decryptFormer(name: string, rest: Buffer, password: string): Promise<Buffer | undefined> {
  if (rest.length < 52) throw damaged(name, undefined, 'the backup is cut off')
  const key = await pbkdf2Key(name, password, {salt: rest.subarray(0, 20), iterations: 64_000, hash: 'sha1'})
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, rest.subarray(20, 36))
    return Buffer.concat([decipher.update(rest.subarray(36)), decipher.final()])
  } catch {
    return undefined
  }
}
