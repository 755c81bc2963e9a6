import {createHash} from 'node:crypto'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {accountRows} from '../shared/accounts.js'
import {needPassword, openGcm, pbkdf2Key, wrongPassword} from '../shared/passphrase.js'
import {base32Secret} from '../shared/software-token.js'
import {damaged} from '../shared/text.js'
import {parseJson, readWhole, textOf} from '../shared/whole.js'

/** Backups of andOTP: plain, and with a password in the new and the old form (spec/04 §12.4). */
export const andOtp: Importer = {
  format: 'andotp',
  title: 'backups of andOTP, plain or encrypted (encrypted ones need --format)',
  detect: ({text}) =>
    /^\uFEFF?\s*\[\s*\{/.test(text) &&
    /"secret"\s*:/.test(text) &&
    /"thumbnail"\s*:|"last_used"\s*:|"used_frequency"\s*:|"label"\s*:/.test(text),
  read: (input, options) => readBackup(input, options),
}

async function* readBackup(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const bytes = await readWhole(input)
  const plain = bytes.subarray(0, 64).toString('utf8').replace('\uFEFF', '').trimStart().startsWith('[')
  const text = plain ? bytes.toString('utf8').replace('\uFEFF', '') : await decrypt(input.name, bytes, options)
  const entries = parseJson(input.name, text)
  if (!Array.isArray(entries)) throw damaged(input.name, undefined, 'it is no andOTP backup')
  yield* accountRows(entries, 'andotp', options, (entry) => {
    const label = textOf(entry['label']) ?? ''
    const colon = label.indexOf(':')
    // Old versions keep the issuer in the label.
    const issuer = textOf(entry['issuer']) ?? (colon > 0 ? label.slice(0, colon).trim() : undefined)
    return {
      type: textOf(entry['type']) ?? 'totp',
      secret: base32Secret(textOf(entry['secret'])),
      issuer,
      account: textOf(entry['issuer']) === undefined && colon > 0 ? label.slice(colon + 1).trim() : label,
      algorithm: textOf(entry['algorithm']),
      digits: textOf(entry['digits']),
      period: textOf(entry['period']),
      counter: textOf(entry['counter']),
    }
  })
}

/** Iterations (4 bytes), salt (12), nonce (12), sealed; before 0.6.3 only nonce and sealed, with the hash as the key. */
async function decrypt(name: string, bytes: Buffer, options: ReadOptions): Promise<string> {
  if (bytes.length < 44) throw damaged(name, undefined, 'it is no andOTP backup')
  const password = await needPassword(name, options)
  const iterations = bytes.readUInt32BE(0)
  if (iterations >= 1000 && iterations <= 5_000_000) {
    const key = await pbkdf2Key(name, password, {salt: bytes.subarray(4, 16), iterations, hash: 'sha1'})
    const content = openGcm(key, {nonce: bytes.subarray(16, 28), sealed: bytes.subarray(28)})
    if (content) return content.toString('utf8')
  }
  const old = openGcm(createHash('sha256').update(password).digest(), {
    nonce: bytes.subarray(0, 12),
    sealed: bytes.subarray(12),
  })
  if (!old) throw wrongPassword(name)
  return old.toString('utf8')
}
