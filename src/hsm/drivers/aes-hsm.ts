import type {Handle} from 'pkcs11js'
import {blockBytes} from '../../lib/crypto/aes.js'
import {randomAlphanumeric} from '../../lib/crypto/random.js'
import {alreadyExists, PiError} from '../../lib/errors.js'
import type {Settings} from '../../lib/config/settings.js'
import {
  keySlots,
  type DeviceModule,
  type DeviceReport,
  type KeyCreator,
  type KeyImporter,
  type KeyLabels,
  type KeySlot,
  type SecurityModule,
} from '../../lib/security-module.js'
import type {SecurityModuleDriver} from '../contract.js'
import {pinOf, tokenOptions} from './pkcs11/configuration.js'
import {describeReturnCode, returnCodeOf} from './pkcs11/errors.js'
import {findKeys, generateAesKey, importAesKey, secretKeyTemplate} from './pkcs11/keys.js'
import {chooseAesMode, decryptAes, encryptAes, type AesMode} from './pkcs11/mechanisms.js'
import {reportDevice, Token, type TokenSession} from './pkcs11/index.js'

const zeros = Buffer.alloc(blockBytes)

/** Keys live in a PKCS#11 token and never leave it; the token encrypts and decrypts (spec/02 §11.3). */
export const driver: SecurityModuleDriver = {
  async open(settings, sources) {
    const pin = await pinOf(settings, sources)
    const token = await Token.open({
      ...tokenOptions(settings, {defaultSlot: 1}),
      pin,
      maxRetries: settings.integer('PI_HSM_MODULE_MAX_RETRIES') ?? 5,
    })
    return new AesHsm(token, keyLabels(settings))
  },
}

/** Labels of the three keys: each named, or the prefix with `_token`, `_config`, `_value` (spec/02 §3.4). */
export function keyLabels(settings: Settings): KeyLabels {
  const prefix = settings.text('PI_HSM_MODULE_KEY_LABEL') ?? (settings.product === 'edumfa' ? 'eduMFA' : 'privacyidea')
  const label = (slot: KeySlot): string =>
    settings.text(`PI_HSM_MODULE_KEY_LABEL_${slot.toUpperCase()}`) ?? `${prefix}_${slot}`
  return {token: label('token'), config: label('config'), value: label('value')}
}

/** Labels of a set of keys as the original makes them, `<kind>_<16 characters>`. */
export function newKeyLabels(suffix: string): KeyLabels {
  return {token: `token_${suffix}`, config: `config_${suffix}`, value: `value_${suffix}`}
}

class AesHsm implements SecurityModule, KeyCreator, KeyImporter, DeviceModule {
  readonly #token: Token
  readonly #labels: KeyLabels
  /** Check value of each key used so far: the encryption of zeros. Only the same key will do after a restart. */
  readonly #checkValues = new Map<KeySlot, Buffer>()
  #mode: AesMode | undefined

  constructor(token: Token, labels: KeyLabels) {
    this.#token = token
    this.#labels = labels
  }

  get description(): string {
    return `AES HSM, ${this.#token.description}`
  }

  async encrypt(slot: KeySlot, plaintext: Uint8Array, iv: Uint8Array): Promise<Buffer> {
    this.#requireLogin()
    return this.#token.run('Encrypting', async (session) => {
      const key = await this.#key(session, slot)
      return encryptAes(session, this.#modeIn(session), key, plaintext, iv)
    })
  }

  async decrypt(slot: KeySlot, ciphertext: Uint8Array, iv: Uint8Array): Promise<Buffer> {
    this.#requireLogin()
    const plaintext = await this.#token.run('Decrypting', async (session) => {
      const key = await this.#key(session, slot)
      try {
        return await decryptAes(session, this.#modeIn(session), key, ciphertext, iv)
      } catch (error) {
        if (await this.#isFaultOfValue(error, session, slot, key)) return undefined
        throw error
      }
    })
    if (plaintext) return plaintext
    throw new PiError('INTEGRITY', `The value cannot be decrypted with the ${slot} key of the ${this.description}.`, {
      hints: ['Is this the key of this database?'],
    })
  }

  async random(length: number): Promise<Buffer> {
    return this.#token.run('Getting random bytes', ({p11, handle}) =>
      p11.C_GenerateRandom(handle, Buffer.alloc(length)),
    )
  }

  async createKeys(given?: KeyLabels): Promise<KeyLabels> {
    this.#requireLogin()
    const labels = given ?? newKeyLabels(await randomAlphanumeric(16, (length) => this.random(length)))
    await this.#makeAll('Making keys', labels, ({js, p11, handle}, slot) =>
      generateAesKey(js, p11, handle, labels[slot]),
    )
    return labels
  }

  async importKeys(keys: Uint8Array, labels: KeyLabels): Promise<void> {
    this.#requireLogin()
    await this.#makeAll('Importing keys', labels, ({js, p11, handle}, slot) => {
      const at = keySlots.indexOf(slot) * 32
      const key = Buffer.from(keys.subarray(at, at + 32))
      try {
        return importAesKey(js, p11, handle, labels[slot], key)
      } finally {
        key.fill(0)
      }
    })
  }

  async report(): Promise<DeviceReport> {
    const report = await reportDevice(this.#token, 'AES HSM')
    for (const key of report.keys) {
      const usedFor = keySlots.find((slot) => key.kind === 'secret' && this.#labels[slot] === key.label)
      if (usedFor) key.usedFor = usedFor
    }
    return report
  }

  async close(): Promise<void> {
    await this.#token.close()
  }

  /** All three or none: what was made is taken back when one fails. */
  async #makeAll(
    what: string,
    labels: KeyLabels,
    make: (session: TokenSession, slot: KeySlot) => Handle,
  ): Promise<void> {
    await this.#token.change(what, (session) => {
      const {js, p11, handle} = session
      for (const slot of keySlots) {
        if (findKeys(p11, handle, secretKeyTemplate(js, labels[slot])).length === 0) continue
        throw alreadyExists('key', labels[slot], 'Choose other labels, or delete it with the tool of the vendor')
      }
      const made: Handle[] = []
      try {
        for (const slot of keySlots) made.push(make(session, slot))
      } catch (error) {
        for (const key of made) p11.C_DestroyObject(handle, key)
        throw error
      }
    })
  }

  async #key(session: TokenSession, slot: KeySlot): Promise<Handle> {
    const label = this.#labels[slot]
    const known = this.#checkValues.get(slot)
    const found = await session.key(label, secretKeyTemplate(session.js, label), async (key) => {
      const value = await this.#checkValue(session, key)
      if (!known) this.#checkValues.set(slot, value)
      return !known || known.equals(value)
    })
    if (found) return found
    if (known) throw new PiError('UNAVAILABLE', `The key '${label}' is no longer in the ${this.#token.description}.`)
    throw new PiError(
      'CONFIG',
      `There is no ${slot} key with the label '${label}' in the ${this.#token.description}.`,
      {
        hints: [
          `PI_HSM_MODULE_KEY_LABEL_${slot.toUpperCase()} names it; see pi-manage hsm list`,
          'Make keys with pi-manage hsm create-keys',
        ],
      },
    )
  }

  async #checkValue(session: TokenSession, key: Handle): Promise<Buffer> {
    return (await encryptAes(session, this.#modeIn(session), key, zeros, zeros)).subarray(0, blockBytes)
  }

  #modeIn({js, p11, slot}: TokenSession): AesMode {
    return (this.#mode ??= chooseAesMode(js, p11, slot))
  }

  /**
   * Tokens tell bad padding by various codes, CKR_GENERAL_ERROR among them (spec/02 §11.5): when the same session still
   * does what it should, it is the value.
   */
  async #isFaultOfValue(error: unknown, session: TokenSession, slot: KeySlot, key: Handle): Promise<boolean> {
    const rv = returnCodeOf(error)
    if (rv === undefined) return false
    const {conduct} = describeReturnCode(rv)
    if (conduct === 'data') return true
    if (conduct !== 'never') return false
    const known = this.#checkValues.get(slot)
    try {
      return known?.equals(await this.#checkValue(session, key)) === true
    } catch {
      return false
    }
  }

  #requireLogin(): void {
    if (this.#token.loggedIn) return
    throw new PiError('UNAVAILABLE', `hsm not ready! The ${this.description} has not been given its PIN.`, {
      hints: ['Set PI_HSM_MODULE_PASSWORD, or give the PIN with --enckey-password-file FILE'],
    })
  }
}
