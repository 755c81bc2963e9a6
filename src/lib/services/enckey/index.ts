import {readFile} from 'node:fs/promises'
import {hasEncryptedForm} from '../../crypto/encrypted-grammar.js'
import {
  decryptEnckey,
  enckeyBytes,
  encryptEnckey,
  hasEncryptedEnckeyForm,
  isEncryptedEnckey,
} from '../../crypto/enckey.js'
import {decodeBase64, decodeUtf8} from '../../crypto/encodings.js'
import {systemRandom} from '../../crypto/random.js'
import {decryptPin, decryptTokenSecret, decryptValue} from '../../crypto/secret-values.js'
import type {Database} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import {writeNewFile} from '../../files/durable.js'
import type {SecurityModule} from '../../security-module.js'
import {EncryptedValueRepository, type EncryptedValue} from '../../store/encrypted-values.js'

export interface FailedValue {
  table: string
  column: string
  id: number | string
}

export interface EncryptionCheck {
  /** Values looked at. */
  checked: number
  failed: FailedValue[]
}

interface EnckeyServiceOptions {
  database: () => Promise<Database>
  security: () => Promise<SecurityModule>
}

/** Key files, and whether key and database belong together. */
export class EnckeyService {
  readonly #options: EnckeyServiceOptions

  constructor(options: EnckeyServiceOptions) {
    this.#options = options
  }

  /**
   * Makes a key file, mode 0400, whole or not at all.
   * @param options.keys 96 bytes; random ones when left out
   * @throws PiError ALREADY_EXISTS, CONFIG (folder not there or not writable)
   */
  async create(
    file: string,
    {keys, owner}: {keys?: Uint8Array | undefined; owner?: {uid: number; gid: number} | undefined} = {},
  ): Promise<void> {
    const content = keys ?? (await systemRandom(enckeyBytes))
    if (content.length !== enckeyBytes) throw new PiError('INTERNAL', 'A key file has 96 bytes.')
    await writeNewFile(file, content, {mode: 0o400, ...owner})
  }

  /**
   * The content of a key file, protected by a password, as text without line end; the file stays as it is.
   * @throws PiError CONFIG (unreadable), REFUSED (protected already), INTEGRITY (no key file)
   */
  async encrypt(file: string, password: string): Promise<string> {
    const content = await readKeyFile(file)
    try {
      if (hasEncryptedEnckeyForm(content)) {
        throw new PiError('REFUSED', `The key file ${file} has a password already.`)
      }
      if (content.length !== enckeyBytes) {
        throw new PiError('INTEGRITY', `${file} is no key file: it has ${content.length} bytes, not ${enckeyBytes}.`)
      }
      return await encryptEnckey(content, password)
    } finally {
      content.fill(0)
    }
  }

  /** The keys of a key file with a password: 96 bytes. @throws PiError CONFIG, REFUSED (it has none), INTEGRITY */
  async decrypt(file: string, password: string | (() => Promise<string>)): Promise<Buffer> {
    const content = await readKeyFile(file)
    if (!isEncryptedEnckey(content)) throw new PiError('REFUSED', `The key file ${file} has no password.`)
    return decryptEnckey(content, typeof password === 'string' ? password : await password())
  }

  /** Writes what {@link encrypt} and {@link decrypt} gave, mode 0400. @throws PiError ALREADY_EXISTS, CONFIG */
  async writeKeyFile(file: string, content: Uint8Array | string): Promise<void> {
    await writeNewFile(file, content, {mode: 0o400})
  }

  /**
   * The first value of each kind: quick, and enough to see that the key belongs to the database.
   * @throws PiError CONFIG (no key), INTEGRITY (wrong password), UNAVAILABLE
   */
  async check(): Promise<EncryptionCheck & {module: string}> {
    const security = await this.#options.security()
    const values = await new EncryptedValueRepository(await this.#options.database()).samples()
    return {module: security.description, checked: values.length, failed: await failuresOf(values, security)}
  }

  /**
   * Every encrypted value of every table, in pages.
   * @param onProgress gets the number of values looked at since the last call
   * @throws PiError CONFIG (no key), INTEGRITY (wrong password), UNAVAILABLE (database or module gone)
   */
  async verify(onProgress: (values: number) => void = () => {}): Promise<EncryptionCheck> {
    const security = await this.#options.security()
    const result: EncryptionCheck = {checked: 0, failed: []}
    for await (const values of new EncryptedValueRepository(await this.#options.database()).pages()) {
      result.failed.push(...(await failuresOf(values, security)))
      result.checked += values.length
      onProgress(values.length)
    }
    return result
  }
}

/**
 * Keys given as base64 text.
 * @throws PiError INVALID_INPUT
 */
export function readEnckeyText(base64: string): Buffer {
  const keys = decodeBase64(base64.replace(/\s/g, ''))
  if (!keys) throw new PiError('INVALID_INPUT', 'The given enckey is not in base64.')
  if (keys.length === enckeyBytes) return keys
  throw new PiError('INVALID_INPUT', `enckey must be ${enckeyBytes} bytes length; this one has ${keys.length}.`)
}

/** Whether a value has the form of its column and decrypts. @throws PiError UNAVAILABLE, CONFIG */
export async function isIntact(value: EncryptedValue, security: SecurityModule): Promise<boolean> {
  const {place, stored, iv, binary} = value
  if (!hasEncryptedForm(place.form, stored, iv)) return false
  try {
    if (place.form === 'pair') await decryptValue(security, stored)
    else if (place.form === 'pin') await decryptPin(security, stored)
    else {
      const plaintext = await decryptTokenSecret(security, {ciphertext: stored, iv: iv ?? ''})
      // Some wrong keys leave a valid padding, but hardly ever a text.
      return binary || decodeUtf8(plaintext) !== undefined
    }
    return true
  } catch (error) {
    if (error instanceof PiError && error.code === 'INTEGRITY') return false
    throw error
  }
}

async function failuresOf(values: readonly EncryptedValue[], security: SecurityModule): Promise<FailedValue[]> {
  const intact = await Promise.all(values.map((value) => isIntact(value, security)))
  return values.filter((_, at) => !intact[at]).map(({place: {table, column}, id}) => ({table, column, id}))
}

async function readKeyFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new PiError('CONFIG', `The key file ${file} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}
