import {PiError} from '../../../lib/errors.js'
import type {ReadOptions} from '../../contract.js'
import {damaged} from '../../shared/text.js'
import {child, type XmlElement} from '../../shared/xml.js'
import type {ValueCipher} from './algorithms.js'
import {derivedKeyOf, deriveKey, readKeyDerivation, type KeyDerivation} from './key-derivation.js'
import {readMacMethod, ValueReader, type ContainerKeys} from './values.js'

/** The keys of one container, learnt from the elements before its packages. */
export class ContainerState implements ContainerKeys {
  readonly #name: string
  readonly #options: ReadOptions
  #derivation: KeyDerivation | undefined
  #derived: Promise<Uint8Array> | undefined
  #values: ValueReader | undefined
  macMethod: ContainerKeys['macMethod']
  defaultMethod: string | undefined

  constructor(name: string, options: ReadOptions) {
    this.#name = name
    this.#options = options
  }

  /** @throws PiError INVALID_INPUT for what is not supported, or comes too late to be of use */
  takeHeader(element: XmlElement): void {
    if (!['encryptionkey', 'encryptionmethod', 'macmethod'].includes(element.name)) return
    const fail = (reason: string) => damaged(this.#name, element.line, reason)
    if (this.#values) throw fail('the keys of the container come after its packages')
    if (element.name === 'encryptionmethod') this.defaultMethod = element.attributes.get('algorithm')
    else if (element.name === 'macmethod') this.macMethod = readMacMethod(element, fail)
    else {
      const derived = derivedKeyOf(element)
      if (derived) this.#derivation = readKeyDerivation(this.#name, derived)
      else if (child(element, 'x509data')) throw fail('keys encrypted for a certificate are not supported')
    }
  }

  /** The reader of values; from now on the keys of the container are settled. */
  values(): ValueReader {
    return (this.#values ??= new ValueReader(this, {
      checkMac: this.#options.validateMac !== 'none',
      lenientPadding: false,
    }))
  }

  async encryptionKey(cipher: ValueCipher | undefined): Promise<Uint8Array> {
    const key = this.#derivation ? await this.#fromPassword(this.#derivation, cipher) : this.#presharedKey()
    if (cipher && key.length !== cipher.keyBytes) {
      const what = this.#derivation ? 'key derived from the password' : 'pre-shared key'
      throw new PiError(
        'INTEGRITY',
        `${this.#name}: the ${what} has ${String(key.length)} bytes, but ${cipher.name} needs ${String(cipher.keyBytes)}.`,
      )
    }
    return key
  }

  #presharedKey(): Uint8Array {
    if (this.#options.presharedKey) return this.#options.presharedKey
    throw new PiError('USAGE', `${this.#name} is encrypted, and no pre-shared key was given.`, {
      hints: ['Add --preshared-key-file FILE (hex or base64)'],
    })
  }

  #fromPassword(derivation: KeyDerivation, cipher: ValueCipher | undefined): Promise<Uint8Array> {
    return (this.#derived ??= (async () => {
      const password = await this.#options.password?.()
      if (password === undefined) {
        throw new PiError('USAGE', `${this.#name} is encrypted with a password, and none was given.`, {
          hints: ['Add --password-file FILE'],
        })
      }
      return deriveKey(derivation, password, cipher?.keyBytes ?? 16)
    })())
  }
}
