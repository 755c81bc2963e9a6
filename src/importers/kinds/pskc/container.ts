import type {KeyObject} from 'node:crypto'
import {PiError} from '../../../lib/errors.js'
import type {ReadOptions} from '../../contract.js'
import {readBase64} from '../../shared/key-encoding.js'
import {damaged} from '../../shared/text.js'
import {child, type XmlElement} from '../../shared/xml.js'
import type {ValueCipher} from './algorithms.js'
import type {DraftHeader} from './draft.js'
import {readPrivateKeyPem} from './rsa.js'
import {derivedKeyOf, deriveKey, readKeyDerivation, type KeyDerivation} from './key-derivation.js'
import {readMacMethod, ValueReader, type ContainerKeys} from './values.js'

/** The keys of one container, learnt from the elements before its packages. */
export class ContainerState implements ContainerKeys {
  readonly #name: string
  readonly #options: ReadOptions
  #derivation: KeyDerivation | undefined
  #derived: Promise<Uint8Array> | undefined
  #values: ValueReader | undefined
  #iv: Buffer | undefined
  #certified = false
  macMethod: ContainerKeys['macMethod']
  defaultMethod: string | undefined

  constructor(name: string, options: ReadOptions) {
    this.#name = name
    this.#options = options
  }

  /** @throws PiError INVALID_INPUT for what is not supported, or comes too late to be of use */
  takeHeader(element: XmlElement): void {
    if (!['digestmethod', 'encryptionkey', 'encryptionmethod', 'macalgorithm', 'macmethod'].includes(element.name))
      return
    const fail = (reason: string) => damaged(this.#name, element.line, reason)
    if (this.#values) throw fail('the keys of the container come after its packages')
    if (element.name === 'encryptionmethod') {
      this.defaultMethod = element.attributes.get('algorithm')
      this.#iv = readBase64(child(element, 'iv')?.text ?? '')
    } else if (element.name === 'macalgorithm') {
      const attributes = new Map([['algorithm', element.text.trim()]])
      // Draft 02 has examples that declare a MAC and hold none: RSA values cannot have one under a key that nobody shares.
      if (!this.#certified) this.macMethod = readMacMethod({...element, attributes}, fail)
    } else if (element.name === 'macmethod' || element.name === 'digestmethod')
      this.macMethod = readMacMethod(element, fail)
    else {
      const derived = derivedKeyOf(element)
      if (derived) this.#derivation = readKeyDerivation(this.#name, derived)
      else if (child(element, 'x509data')) this.#certified = true
    }
  }

  get draft(): DraftHeader {
    return {method: this.defaultMethod, iv: this.#iv, macDeclared: this.macMethod !== undefined}
  }

  async privateKey(): Promise<KeyObject> {
    const pem = this.#options.privateKey
    if (pem === undefined) {
      throw new PiError(
        'USAGE',
        `${this.#name} is encrypted for a certificate, and there is no private key to open it.`,
        {
          hints: ['Add --private-key-file FILE (PEM)'],
        },
      )
    }
    const key = readPrivateKeyPem(pem) ?? readPrivateKeyPem(pem, await this.#options.password?.())
    if (key) return key
    throw new PiError('INTEGRITY', 'The private key cannot be read: it is no PEM, or its passphrase is wrong.')
  }

  /** The reader of values; from now on the keys of the container are settled. */
  values(): ValueReader {
    return (this.#values ??= new ValueReader(this, {
      checkMac: this.#options.validateMac !== 'none',
      lenientPadding: this.#options.lenient ?? false,
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
