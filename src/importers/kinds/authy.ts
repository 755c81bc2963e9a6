import {createDecipheriv} from 'node:crypto'
import {decodeBase32, decodeBase64, decodeHex} from '../../lib/crypto/encodings.js'
import {PiError} from '../../lib/errors.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {needPassword, pbkdf2Key, wrongPassword} from '../shared/passphrase.js'
import {RowError, rowOf} from '../shared/rows.js'
import {base32Secret, softwareToken} from '../shared/software-token.js'
import {damaged} from '../shared/text.js'
import {objectOf, readJson, textOf, type Json} from '../shared/whole.js'

/** What Authy keeps on its server, as its users get it out: seeds under the backup password, or decrypted ones. */
export const authy: Importer = {
  format: 'authy',
  title: 'tokens of Authy, as exported from its server',
  detect: ({text}) => /^\uFEFF?\s*[[{]/.test(text) && /"(?:encrypted|decrypted)_seed"\s*:/.test(text),
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const document = await readJson(input)
  const outer = objectOf(document)
  const tokens = outer ? (outer['authenticator_tokens'] ?? outer['decrypted_authenticator_tokens']) : document
  if (!Array.isArray(tokens)) throw damaged(input.name, undefined, 'there are no tokens in the export')
  for (const [at, token] of tokens.entries()) {
    const fields = objectOf(token) ?? {}
    const encrypted = textOf(fields['encrypted_seed'])
    const plain = textOf(fields['decrypted_seed'])
    const opened =
      plain === undefined && encrypted !== undefined ? await open(input.name, fields, encrypted, options) : plain
    yield rowOf(at + 1, {}, () => {
      if (opened === undefined) throw new RowError('the seed is missing')
      return softwareToken(
        {
          type: 'totp',
          secret: base32Secret(opened),
          issuer: textOf(fields['issuer']),
          account: textOf(fields['original_name']) ?? textOf(fields['name']),
          digits: textOf(fields['digits']),
          period: 30,
        },
        'authy',
        options,
      )
    })
  }
}

/** AES-256-CBC under PBKDF2-HMAC-SHA1; the IV is zero in older exports. The content is the seed in base32. */
async function open(
  name: string,
  fields: Record<string, Json>,
  encrypted: string,
  options: ReadOptions,
): Promise<string> {
  const data = decodeBase64(encrypted)
  const iv = decodeHex(textOf(fields['unique_iv']) ?? '00'.repeat(16))
  if (!data || iv?.length !== 16) throw damaged(name, undefined, 'an encrypted seed cannot be read')
  const key = await pbkdf2Key(name, await needPassword(name, options), {
    salt: Buffer.from(textOf(fields['salt']) ?? ''),
    iterations: Number(fields['key_derivation_iterations'] ?? 1000),
    hash: 'sha1',
  })
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    const seed = Buffer.concat([decipher.update(data), decipher.final()])
      .toString('utf8')
      .trim()
    if (!decodeBase32(seed.replace(/[\s=-]/g, ''))) throw wrongPassword(name)
    return seed
  } catch (error) {
    throw error instanceof PiError ? error : wrongPassword(name)
  }
}
