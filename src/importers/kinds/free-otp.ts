import {createDecipheriv} from 'node:crypto'
import {PiError} from '../../lib/errors.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {freeOtpAccount, freeOtpAccountWith, signedBytes} from '../shared/free-otp.js'
import {readJavaMap} from '../shared/java-map.js'
import {needPassword, pbkdf2Key, wrongPassword} from '../shared/passphrase.js'
import {RowError, rowOf} from '../shared/rows.js'
import {softwareToken} from '../shared/software-token.js'
import {damaged, readText} from '../shared/text.js'
import {objectOf, parseJson, readWhole, textOf, type Json} from '../shared/whole.js'
import {readXml} from '../shared/xml.js'

/** Stream header of Java serialisation. */
const javaMark = Buffer.from('aced0005', 'hex')

/**
 * FreeOTP of Red Hat: the preferences file `tokens.xml` of version 1, and the encrypted backup of version 2, which is a
 * serialised Java map in spite of its name `externalBackup.xml`.
 */
export const freeOtp: Importer = {
  format: 'freeotp',
  title: 'tokens.xml of FreeOTP 1 and encrypted backups of FreeOTP 2',
  detect: ({bytes, text}) =>
    bytes.subarray(0, 4).equals(javaMark) ||
    (/<map[\s>]/.test(text) && /<string name="/.test(text) && text.includes('tokenOrder')),
  read: (input, options) =>
    input.head.bytes.subarray(0, 4).equals(javaMark) ? readBackup(input, options) : readPreferences(input, options),
}

/** `<map><string name="issuer:label">{…}</string>…</map>`, with the order of the tokens beside them. */
async function* readPreferences(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  for await (const {kind, element} of readXml(
    input.name,
    readText(input, options.encoding),
    (name) => name === 'map',
  )) {
    if (kind === 'container' || element.name !== 'string' || element.attributes.get('name') === 'tokenOrder') continue
    yield rowOf(element.line, {}, () => {
      const token = objectOf(parseEntry(element.text))
      if (!token) throw new RowError('the token is no JSON object')
      return softwareToken(freeOtpAccount(token), 'freeotp', options)
    })
  }
}

/** A master key under the password, the keys of the tokens under it, and what the tokens are beside them. */
async function* readBackup(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const entries = readJavaMap(await readWhole(input))
  const master = entries && objectOf(parseJson(input.name, entries.get('masterKey') ?? 'null'))
  if (!entries || !master) throw damaged(input.name, undefined, 'it is no backup of FreeOTP')
  const password = await needPassword(input.name, options)
  const algorithm = textOf(master['mAlgorithm']) ?? ''
  const hash = /HmacSHA(1|256|512)$/i.exec(algorithm)?.[1]
  if (!hash) throw damaged(input.name, undefined, 'the key derivation of the backup is not supported')
  const salt = bytesOf(master['mSalt'])
  if (!salt) throw damaged(input.name, undefined, 'the salt of the backup is missing')
  const key = await pbkdf2Key(input.name, password, {
    salt,
    iterations: Number(master['mIterations']),
    hash: `sha${hash}`,
  })
  const masterKey = open(key, objectOf(master['mEncryptedKey']))
  if (!masterKey) throw wrongPassword(input.name)
  let line = 0
  for (const [id, text] of entries) {
    if (id === 'masterKey' || id.endsWith('-token') || !entries.has(`${id}-token`)) continue
    line += 1
    yield rowOf(line, {}, () => readToken(text, entries.get(`${id}-token`) ?? '', masterKey, options))
  }
}

function readToken(keyText: string, tokenText: string, masterKey: Buffer, options: ReadOptions) {
  const outer = objectOf(parseEntry(keyText))
  const wrapped = textOf(outer?.['key'])
  const secret = open(masterKey, wrapped === undefined ? outer : objectOf(parseEntry(wrapped)))
  const token = objectOf(parseEntry(tokenText))
  if (!secret || !token) throw new RowError('the token cannot be decrypted')
  return softwareToken(freeOtpAccountWith(token, secret), 'freeotp', options)
}

/** AES-256-GCM; the parameters are DER with the nonce, and the name of the algorithm of the key is authenticated too. */
function open(key: Buffer, sealed: Record<string, Json> | undefined): Buffer | undefined {
  const text = bytesOf(sealed?.['mCipherText'])
  const parameters = bytesOf(sealed?.['mParameters'])
  if (!text || text.length < 16 || !parameters || parameters[2] !== 4) return undefined
  const nonce = parameters.subarray(4, 4 + (parameters[3] ?? 0))
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(text.subarray(-16))
    decipher.setAAD(Buffer.from(textOf(sealed?.['mToken']) ?? ''))
    return Buffer.concat([decipher.update(text.subarray(0, -16)), decipher.final()])
  } catch {
    return undefined
  }
}

function bytesOf(value: Json | undefined): Buffer | undefined {
  try {
    return signedBytes(value)
  } catch (error) {
    if (error instanceof RowError) return undefined
    throw error
  }
}

/** JSON of one entry; `null` for anything else, which makes the entry a bad row. */
function parseEntry(text: string): Json {
  try {
    return parseJson('', text)
  } catch (error) {
    if (error instanceof PiError) return null
    throw error
  }
}
