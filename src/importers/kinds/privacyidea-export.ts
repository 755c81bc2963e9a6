import {createDecipheriv, createHmac} from 'node:crypto'
import {sameBytes} from '../../lib/crypto/compare.js'
import {PiError} from '../../lib/errors.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {rowOf} from '../shared/rows.js'
import {damaged} from '../shared/text.js'
import {readTokenDocument} from '../shared/token-document.js'
import {parseJson, readWholeText, type Json} from '../shared/whole.js'

/** Whole tokens of an installation, not a person's accounts. */
const limit = 256 * 1024 * 1024

/** The encrypted export of privacyIDEA 3.12 and later, one Fernet token (spec/04 §6.4). */
export const privacyideaExport: Importer = {
  format: 'privacyidea-export',
  aliases: ['pi', 'privacyidea'],
  title: 'encrypted token exports of privacyIDEA 3.12 and later',
  detect: ({text}) => /^\uFEFF?\s*gAAAAA[\w=-]+\s*$/.test(text) || /^gAAAAA[\w=-]{60000,}$/.test(text),
  read: (input, options) => readExport(input, options),
}

async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const sealed = (await readWholeText(input, options.encoding, limit)).replace('\uFEFF', '').trim()
  const content = openFernet(input.name, sealed, fernetKey(input.name, options))
  const list = parseJson(input.name, content.toString('utf8'))
  if (!Array.isArray(list)) throw damaged(input.name, undefined, 'it holds no list of tokens')
  for (const [at, document] of list.entries()) {
    yield rowOf(at + 1, known(document), () => readTokenDocument(document))
  }
}

function known(document: Json): {serial?: string} {
  const serial = document && typeof document === 'object' && !Array.isArray(document) ? document['serial'] : undefined
  return typeof serial === 'string' ? {serial} : {}
}

function fernetKey(name: string, {presharedKey}: ReadOptions): Uint8Array {
  if (presharedKey?.length === 32) return presharedKey
  throw new PiError('USAGE', `${name} is encrypted, and needs its key of 32 bytes.`, {
    hints: ['Add --preshared-key-file FILE with the key that the export printed'],
  })
}

/**
 * A Fernet token: version 0x80, 8 bytes of time, 16 bytes IV, AES-128-CBC, HMAC-SHA-256 over all before it. The first half
 * of the key signs, the second encrypts. How old it is does not matter.
 * @throws PiError INTEGRITY
 */
export function openFernet(name: string, text: string, key: Uint8Array): Buffer {
  const bytes = /^[\w-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0)
  if (bytes.length < 73 || bytes[0] !== 0x80) throw damaged(name, undefined, 'it is no Fernet token')
  const mac = createHmac('sha256', key.subarray(0, 16)).update(bytes.subarray(0, -32)).digest()
  try {
    if (!sameBytes(mac, bytes.subarray(-32))) throw new Error('the MAC is wrong')
    const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), bytes.subarray(9, 25))
    return Buffer.concat([decipher.update(bytes.subarray(25, -32)), decipher.final()])
  } catch (error) {
    throw new PiError('INTEGRITY', `${name} cannot be decrypted: the key is wrong, or the file was changed.`, {
      cause: error,
    })
  }
}
