import {decodeBase64} from '../../lib/crypto/encodings.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readOtpauth} from '../shared/otpauth.js'
import {argon2Key, needPassword, openGcm, wrongPassword} from '../shared/passphrase.js'
import {RowError, rowOf} from '../shared/rows.js'
import {damaged} from '../shared/text.js'
import {objectOf, parseJson, readJson, textOf, type Json} from '../shared/whole.js'

/** Exports of Proton Authenticator: entries with a key URI each, plain or with a password. */
export const proton: Importer = {
  format: 'proton',
  aliases: ['proton-authenticator'],
  title: 'exports of Proton Authenticator, plain or encrypted',
  detect: ({text}) =>
    /^\uFEFF?\s*\{/.test(text) &&
    /"version"\s*:/.test(text) &&
    ((/"entries"\s*:\s*\[/.test(text) && /"content"\s*:\s*\{/.test(text)) ||
      (/"salt"\s*:\s*"/.test(text) && /"content"\s*:\s*"/.test(text))),
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const outer = objectOf(await readJson(input))
  if (!outer) throw damaged(input.name, undefined, 'it is no Proton export')
  const content = textOf(outer['content'])
  const vault = content === undefined ? outer : objectOf(await decrypt(input.name, outer, content, options))
  const entries = vault?.['entries']
  if (!Array.isArray(entries)) throw damaged(input.name, undefined, 'there are no entries in the export')
  for (const [at, entry] of entries.entries()) {
    yield rowOf(at + 1, {}, () => {
      const uri = textOf(objectOf(objectOf(entry)?.['content'])?.['uri'])
      if (uri === undefined) throw new RowError('the entry has no URI')
      return readOtpauth(uri, 'proton', options)
    })
  }
}

/** Nonce (12) and sealed content under Argon2id: 2 passes, 19 MiB, 1 lane. */
async function decrypt(
  name: string,
  outer: Record<string, Json>,
  content: string,
  options: ReadOptions,
): Promise<Json> {
  const [salt, sealed] = [decodeBase64(textOf(outer['salt']) ?? ''), decodeBase64(content)]
  if (!salt?.length || !sealed || sealed.length < 28)
    throw damaged(name, undefined, 'the encrypted part cannot be read')
  const key = await argon2Key(name, await needPassword(name, options), {
    salt,
    passes: 2,
    memoryKib: 19 * 1024,
    lanes: 1,
  })
  const plain = openGcm(key, {
    nonce: sealed.subarray(0, 12),
    sealed: sealed.subarray(12),
    extra: Buffer.from('proton.authenticator.export.v1'),
  })
  if (!plain) throw wrongPassword(name)
  return parseJson(name, plain.toString('utf8'))
}
