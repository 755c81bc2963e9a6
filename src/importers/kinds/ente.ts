import {sameBytes} from '../../lib/crypto/compare.js'
import {decodeBase64} from '../../lib/crypto/encodings.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readOtpauth} from '../shared/otpauth.js'
import {argon2Key, needPassword, wrongPassword} from '../shared/passphrase.js'
import {rowOf} from '../shared/rows.js'
import {damaged} from '../shared/text.js'
import {objectOf, readJson, textOf} from '../shared/whole.js'

/** Encrypted exports of Ente Auth; the plain ones are lists of otpauth URIs. */
export const ente: Importer = {
  format: 'ente',
  aliases: ['ente-auth'],
  title: 'encrypted exports of Ente Auth',
  detect: ({text}) => /^\uFEFF?\s*\{/.test(text) && /"kdfParams"\s*:/.test(text) && /"encryptedData"\s*:/.test(text),
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const outer = objectOf(await readJson(input))
  const parameters = objectOf(outer?.['kdfParams'])
  const salt = decodeBase64(textOf(parameters?.['salt']) ?? '')
  const data = decodeBase64(textOf(outer?.['encryptedData']) ?? '')
  const nonce = decodeBase64(textOf(outer?.['encryptionNonce']) ?? '')
  if (!salt || !data || nonce?.length !== 24) throw damaged(input.name, undefined, 'it is no Ente export')
  const key = await argon2Key(input.name, await needPassword(input.name, options), {
    salt,
    passes: Number(parameters?.['opsLimit']),
    memoryKib: Math.floor(Number(parameters?.['memLimit']) / 1024),
    lanes: 1,
  })
  const content = await openSecretStream(key, nonce, data)
  if (!content) throw wrongPassword(input.name)
  for (const [at, line] of content.toString('utf8').split(/\r?\n/).entries()) {
    if (line.trim() !== '') yield rowOf(at + 1, {}, () => readOtpauth(line, 'ente', options))
  }
}

/**
 * One message of libsodium's secretstream with XChaCha20-Poly1305: an encrypted tag byte, the cipher text, and a MAC over
 * the padded tag block, the padded cipher text and their lengths. `undefined` when it is not authentic.
 */
async function openSecretStream(key: Uint8Array, header: Uint8Array, data: Uint8Array): Promise<Buffer | undefined> {
  if (data.length < 17) return undefined
  const [{chacha20, hchacha}, {poly1305}] = await Promise.all([
    import('@noble/ciphers/chacha.js'),
    import('@noble/ciphers/_poly1305.js'),
  ])
  const words = (bytes: Uint8Array) => new Uint32Array(Uint8Array.from(bytes).buffer)
  const subkeyWords = new Uint32Array(8)
  hchacha(words(Buffer.from('expand 32-byte k')), words(key), words(header.subarray(0, 16)), subkeyWords)
  const subkey = new Uint8Array(subkeyWords.buffer)
  const nonce = Buffer.concat([Buffer.of(1, 0, 0, 0), header.subarray(16, 24)])
  const macKey = chacha20(subkey, nonce, new Uint8Array(64)).subarray(0, 32)
  const cipherText = data.subarray(1, -16)
  const block = new Uint8Array(64)
  block[0] = data[0]!
  const tagBlock = chacha20(subkey, nonce, block, undefined, 1)
  // What is authenticated is the tag as it was sent, followed by the rest of the decrypted block.
  tagBlock[0] = data[0]!
  const lengths = Buffer.alloc(16)
  lengths.writeBigUInt64LE(0n, 0)
  lengths.writeBigUInt64LE(BigInt(64 + cipherText.length), 8)
  // libsodium pads by the rest of the length itself, not up to the next block.
  const padding = Buffer.alloc(cipherText.length % 16)
  const mac = poly1305(Buffer.concat([tagBlock, cipherText, padding, lengths]), macKey)
  if (!sameBytes(mac, data.subarray(-16))) return undefined
  return Buffer.from(chacha20(subkey, nonce, cipherText, undefined, 2))
}
