/** A token as stored (spec/01 §4.1); what is encrypted stays encrypted here. */
export interface Token {
  id: number
  serial: string
  /** Lower case, e.g. `hotp`. */
  tokentype: string
  description: string
  active: boolean
  revoked: boolean
  locked: boolean
  /** HOTP: the next counter expected. TOTP: the last time step used, plus one. */
  count: number
  failcount: number
  maxfail: number
  /** Digits of an OTP value. */
  otplen: number
  countWindow: number
  syncWindow: number
  /** Empty or `enrolled` when finished. */
  rolloutState: string
  /** OTP PIN in one of the forms of spec/02 §6.3; empty: no PIN. */
  pinHash: string
  pinSeed: string
  /** Hex of the AES ciphertext and IV of the secret (token key). */
  keyEnc: string
  keyIv: string
  userPin: string
  userPinIv: string
  soPin: string
  soPinIv: string
}

/** One detail of a token; `type` is `password` when `value` is encrypted under the config key. */
export interface TokenInfo {
  key: string
  value: string
  type: string
  description: string
}

/** The assignment of a token to a user of a resolver. */
export interface TokenOwner {
  /** The user's id inside the resolver, as text. */
  userId: string
  resolver: string
  /** Lower-case name, absent when the realm was deleted. */
  realm?: string
}
