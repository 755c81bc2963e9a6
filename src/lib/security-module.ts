/**
 * Which of the three AES-256 keys of an installation is meant (spec/02 §4.1): `token` (slot 0: token secrets, smartcard
 * PINs, reversible OTP PINs), `config` (slot 1: every value of type "password"), `value` (slot 2: reserved).
 */
export type KeySlot = 'token' | 'config' | 'value'

/**
 * The port to whatever holds the keys: a key file, or a PKCS#11 token. Padding is PKCS#7 and is the module's business,
 * because a PKCS#11 token does it itself (CKM_AES_CBC_PAD).
 */
export interface SecurityModule {
  /** For messages, e.g. `key file /etc/privacyidea/enckey`. */
  readonly description: string
  /**
   * AES-256-CBC with PKCS#7 padding.
   * @param iv 16 bytes
   * @throws PiError UNAVAILABLE (module not there), CONFIG (no such key)
   */
  encrypt(slot: KeySlot, plaintext: Uint8Array, iv: Uint8Array): Promise<Buffer>
  /**
   * The inverse of {@link encrypt}; modules that hold their keys in memory also accept the legacy padding of spec/02 §5.2.
   * @throws PiError INTEGRITY (wrong key or damaged value), UNAVAILABLE, CONFIG
   */
  decrypt(slot: KeySlot, ciphertext: Uint8Array, iv: Uint8Array): Promise<Buffer>
  /** Cryptographically secure random bytes, from the token's generator where there is one. */
  random(length: number): Promise<Buffer>
  /** Forgets keys and sessions. */
  close(): Promise<void>
}

/** The three slots in the order of a key file. */
export const keySlots: readonly KeySlot[] = ['token', 'config', 'value']

/** Labels of the keys of an installation in a PKCS#11 token. */
export type KeyLabels = Record<KeySlot, string>

/** Ability of a module that can make its own keys (`hsm create-keys`). */
export interface KeyCreator {
  /**
   * Makes three keys and gives their labels, new ones unless given.
   * @throws PiError ALREADY_EXISTS (a key of that label), REFUSED (the token allows no new keys), UNAVAILABLE
   */
  createKeys(labels?: KeyLabels): Promise<KeyLabels>
}

/** Ability of a module that takes in the keys of a key file (`hsm import-key`, spec/02 §11.3). */
export interface KeyImporter {
  /**
   * @param keys 96 bytes, as in a key file
   * @throws PiError ALREADY_EXISTS (a key of that label), REFUSED (the token allows no import), UNAVAILABLE
   */
  importKeys(keys: Uint8Array, labels: KeyLabels): Promise<void>
}

/** Ability of a module whose keys are in memory: they can be kept elsewhere. */
export interface KeyExporter {
  /** A copy of the key bytes; the caller overwrites it. */
  exportKeys(): Buffer
}

/** Ability of a module during a key rotation: it marks the values that it writes under the new keys. */
export interface IvSource {
  /** So many unpredictable IVs of 16 bytes, one after the other. */
  newIvs(count: number): Promise<Buffer>
}

/** Ability of a module that encrypts many values at once at less cost than one after the other. */
export interface BulkEncrypter {
  /**
   * Each plaintext as {@link SecurityModule.encrypt} does.
   * @param ivs 16 bytes for each, one after the other
   */
  encryptAll(slot: KeySlot, plaintexts: readonly Uint8Array[], ivs: Buffer): Promise<Buffer[]>
}

/** Ability of a module that lives in a device. */
export interface DeviceModule {
  /** What the device says of itself and of the keys; nothing that is secret. */
  report(): Promise<DeviceReport>
}

export interface DeviceReport {
  module: string
  library: {path: string; manufacturer: string; description: string; version: string; cryptoki: string}
  slot: number
  slotDescription: string
  token: {label: string; serial: string; manufacturer: string; model: string}
  /** How AES-CBC is done, e.g. `cbc-pad`; absent for a module that uses RSA only. */
  aesMode?: string
  mechanisms: {name: string; uses: string[]}[]
  keys: DeviceKey[]
}

export interface DeviceKey {
  kind: 'secret' | 'public' | 'private'
  label: string
  id: string
  type: string
  bits?: number
  sensitive: boolean
  extractable: boolean
  neverExtractable?: boolean
  encrypt: boolean
  decrypt: boolean
  /** The slot for which the configuration uses it. */
  usedFor?: KeySlot | 'wrapping'
}

/** Whether a module has an ability, by the method that makes it. */
export function hasAbility<A extends object>(
  module: SecurityModule,
  method: keyof A & string,
): module is SecurityModule & A {
  return typeof (module as unknown as Record<string, unknown>)[method] === 'function'
}
