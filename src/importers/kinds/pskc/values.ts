import type {KeyObject} from 'node:crypto'
import {sameBytes} from '../../../lib/crypto/compare.js'
import type {PiError} from '../../../lib/errors.js'
import {readBase64} from '../../shared/key-encoding.js'
import {at, child, type XmlElement} from '../../shared/xml.js'
import {cipherOf, mac, macHashOf, type ValueCipher} from './algorithms.js'

/** What the beginning of a container says about its keys. */
export interface ContainerKeys {
  /**
   * Gives the key, of the length that the cipher needs, asking for a password if the file needs one.
   * @throws PiError USAGE, INTEGRITY
   */
  encryptionKey(cipher: ValueCipher | undefined): Promise<Uint8Array>
  /** @throws PiError USAGE, INTEGRITY */
  privateKey(): Promise<KeyObject>
  /** Without `hash` it serves only values that authenticate themselves. */
  macMethod: {hash: string | undefined; key: XmlElement | undefined} | undefined
  /** What encrypts values that do not say so themselves, as in the drafts. */
  defaultMethod: string | undefined
}

/** Why a value could not be had: a wrong key concerns the file, a wrong MAC perhaps this value only. */
export type ValueProblem = 'format' | 'key' | 'mac'

export class ValueError extends Error {
  readonly problem: ValueProblem
  constructor(problem: ValueProblem, message: string) {
    super(message)
    this.problem = problem
  }
}

export interface ValueOptions {
  checkMac: boolean
  lenientPadding: boolean
}

/** Reads the values of one file: plain, encrypted, with MAC (RFC 6030 §4.2, §6). */
export class ValueReader {
  readonly #keys: ContainerKeys
  readonly #options: ValueOptions
  #macKey: Promise<Uint8Array> | undefined

  constructor(keys: ContainerKeys, options: ValueOptions) {
    this.#keys = keys
    this.#options = options
  }

  /**
   * The bytes of an element such as `Secret`; `undefined` when it has no value.
   * @param outer where the MAC may stand as well: some writers put it beside the element
   * @throws ValueError
   */
  async bytes(element: XmlElement, outer?: XmlElement): Promise<Buffer | undefined> {
    const encrypted = child(element, 'encryptedvalue')
    const valueMac = child(element, 'valuemac') ?? (outer && child(outer, 'valuemac'))
    if (!encrypted) {
      const plain = child(element, 'plainvalue')
      if (!plain) return undefined
      const bytes = readBase64(plain.text)
      if (!bytes) throw new ValueError('format', 'the value is not base64')
      if (element.name === 'secret') await this.#checkMac(valueMac, [bytes], undefined)
      return bytes
    }
    const {cipher, data} = this.#encrypted(encrypted)
    const plain = await this.#open(cipher, data, this.#options.lenientPadding || this.#macDeclared)
    await this.#checkMac(valueMac, plain ? [data, plain] : [data], cipher)
    if (!plain) throw new ValueError('key', 'the value cannot be decrypted with this key')
    return plain
  }

  /**
   * A whole number: decimal, or base64 of decimal text or of big-endian bytes, as vendors have it (spec/04 §5.5).
   * @throws ValueError
   */
  async integer(element: XmlElement): Promise<number | undefined> {
    const plain = child(element, 'plainvalue')?.text.trim()
    if (plain !== undefined) {
      // `90.0` is how the originals write a time drift.
      if (/^[+-]?\d{1,15}(?:\.\d{1,9})?$/.test(plain)) return Math.trunc(Number(plain))
      if (plain === '' || plain === 'None') return undefined
    }
    const bytes = await this.bytes(element)
    if (!bytes || bytes.length === 0) return undefined
    const text = bytes.toString('latin1')
    if (/^[+-]?\d{1,15}$/.test(text)) return Number(text)
    if (bytes.length > 8 || (bytes.length > 6 && bytes.subarray(0, bytes.length - 6).some((byte) => byte !== 0))) {
      throw new ValueError('format', `the value of ${element.name} is no number`)
    }
    return bytes.subarray(-6).readUIntBE(0, Math.min(bytes.length, 6))
  }

  get #macDeclared(): boolean {
    return this.#options.checkMac && this.#keys.macMethod !== undefined
  }

  /** RFC 6030 §6.1: the MAC is over the cipher text; some writers take the plain text instead. */
  async #checkMac(
    valueMac: XmlElement | undefined,
    candidates: readonly Uint8Array[],
    cipher: ValueCipher | undefined,
  ): Promise<void> {
    const method = this.#keys.macMethod
    if (!method || !this.#options.checkMac) return
    if (!valueMac && cipher?.authenticates) return
    if (!valueMac) throw new ValueError('mac', 'the value has no MAC, although the file declares one')
    const {hash} = method
    if (!hash) throw new ValueError('mac', 'the MAC has no algorithm')
    const expected = readBase64(valueMac.text)
    if (!expected) throw new ValueError('mac', 'the MAC is not base64')
    const key = await (this.#macKey ??= this.#readMacKey(method.key, cipher))
    // Both are computed always, so that the time tells nothing.
    const fits = candidates.map((data) => sameBytes(mac(hash, key, data), expected))
    if (!fits.includes(true)) throw new ValueError('mac', 'the MAC is wrong')
  }

  /** Without a key of its own the MAC is made with the encryption key. */
  async #readMacKey(element: XmlElement | undefined, valueCipher: ValueCipher | undefined): Promise<Uint8Array> {
    if (!element) return this.#keys.encryptionKey(valueCipher)
    const {cipher, data} = this.#encrypted(element)
    // A wrong key is noticed by the MACs made with this one, so any padding will do.
    const key = await this.#open(cipher, data, true)
    if (!key) throw new ValueError('key', 'the MAC key cannot be decrypted with this key')
    return key
  }

  async #open(cipher: ValueCipher, data: Buffer, lenientPadding: boolean): Promise<Buffer | undefined> {
    if (cipher.asymmetric) return cipher.asymmetric(await this.#keys.privateKey(), data)
    return cipher.decrypt(await this.#keys.encryptionKey(cipher), data, lenientPadding)
  }

  #encrypted(element: XmlElement): {cipher: ValueCipher; data: Buffer} {
    const method = child(element, 'encryptionmethod')?.attributes.get('algorithm') ?? this.#keys.defaultMethod
    if (!method) throw new ValueError('format', 'the encryption method is missing')
    const data = readBase64(at(element, 'cipherdata', 'ciphervalue')?.text ?? '')
    if (!data?.length) throw new ValueError('format', 'the encrypted value is missing or not base64')
    return {cipher: requireCipher(method), data}
  }
}

function requireCipher(uri: string): ValueCipher {
  const cipher = cipherOf(uri)
  if (!cipher) throw new ValueError('format', 'the encryption method is not supported')
  return cipher
}

/** @throws PiError INVALID_INPUT for a MAC algorithm that is not supported */
export function readMacMethod(element: XmlElement, fail: (reason: string) => PiError): ContainerKeys['macMethod'] {
  const algorithm = element.attributes.get('algorithm')
  const hash = algorithm === undefined ? undefined : macHashOf(algorithm)
  if (algorithm !== undefined && !hash) throw fail('the MAC algorithm is not supported')
  return {hash, key: child(element, 'mackey')}
}
