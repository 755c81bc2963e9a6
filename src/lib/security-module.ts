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
