import {decodeBase64} from '../../lib/crypto/encodings.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {accountRows} from '../shared/accounts.js'
import {needPassword, openGcm, pbkdf2Key, wrongPassword} from '../shared/passphrase.js'
import {base32Secret} from '../shared/software-token.js'
import {damaged} from '../shared/text.js'
import {objectOf, parseJson, readJson, textOf, type Json} from '../shared/whole.js'

/** Backups of 2FAS, plain or with a password (spec/04 §12.5). */
export const twoFas: Importer = {
  format: '2fas',
  title: 'backups of 2FAS, plain or encrypted',
  detect: ({text}) =>
    /^\uFEFF?\s*\{/.test(text) &&
    (/"servicesEncrypted"\s*:\s*"/.test(text) || (/"services"\s*:\s*\[/.test(text) && !/"db"\s*:/.test(text))),
  read: (input, options) => readBackup(input, options),
}

async function* readBackup(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const backup = objectOf(await readJson(input))
  const encrypted = textOf(backup?.['servicesEncrypted'])
  const services = encrypted === undefined ? backup?.['services'] : await decrypt(input.name, encrypted, options)
  if (!Array.isArray(services)) throw damaged(input.name, undefined, 'there are no services in the backup')
  yield* accountRows(services, '2fas', options, (service) => {
    const otp = objectOf(service['otp'])
    return {
      type: textOf(otp?.['tokenType']) ?? 'totp',
      secret: base32Secret(textOf(service['secret'])),
      issuer: textOf(otp?.['issuer']) ?? textOf(service['name']),
      account: textOf(otp?.['account']) ?? textOf(otp?.['label']),
      algorithm: textOf(otp?.['algorithm']),
      digits: textOf(otp?.['digits']),
      period: textOf(otp?.['period']),
      counter: textOf(otp?.['counter']),
    }
  })
}

/** `cipher text and tag : salt : nonce`, each in base64. */
async function decrypt(name: string, text: string, options: ReadOptions): Promise<Json> {
  const [sealed, salt, nonce] = text.split(':').map(decodeBase64)
  if (!sealed || !salt || !nonce) throw damaged(name, undefined, 'the encrypted part cannot be read')
  const password = await needPassword(name, options)
  const key = await pbkdf2Key(name, password, {salt, iterations: 10_000, hash: 'sha256'})
  const content = openGcm(key, {nonce, sealed})
  if (!content) throw wrongPassword(name)
  return parseJson(name, content.toString('utf8'))
}
