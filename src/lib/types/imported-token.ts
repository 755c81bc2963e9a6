/** Whom a file names as the owner of a token; what it leaves out is looked up. */
export interface NamedUser {
  login: string
  realm?: string
  resolver?: string
  /** The id inside the resolver: with it and the resolver the user is taken as named, without asking anybody. */
  userId?: string
}

/** A detail that is more than a text in clear. */
export interface ImportedDetail {
  key: string
  /** In clear, also when `type` is `password`. */
  value: string
  /** `password`: the value is stored encrypted. */
  type: string
  description?: string
  /** Still encrypted with the config key of the installation it comes from. */
  encrypted?: boolean
}

/** What only exports of whole tokens know; a seed file leaves all of it to the installation. */
export interface ImportedState {
  active?: boolean
  revoked?: boolean
  locked?: boolean
  failcount?: number
  maxfail?: number
  countWindow?: number
  syncWindow?: number
  rolloutState?: string
  /** A hashed OTP PIN, as stored. */
  pinHash?: string
  pinSeed?: string
  /** A reversible OTP PIN, in clear. */
  reversiblePin?: string
  /** Smartcard PINs, in clear. */
  userPin?: string
  soPin?: string
  /** Names of token groups. */
  groups?: string[]
  /** All owners as stored; the realm is missing when it was deleted. */
  owners?: {userId: string; resolver: string; realm?: string}[]
  /** The token is restored as it was: `details` are all of its tokeninfo, and nothing is added. */
  exact?: boolean
}

/**
 * A token as a file describes it. What the file does not say is absent, so that the defaults of the installation apply;
 * nothing here has been compared with the database.
 */
export interface ImportedToken {
  serial: string
  /** Stored type name, lower case. */
  type: string
  /**
   * The secret exactly as the token stores it before encryption (spec/02 §5.1): hex digits for OATH types, the password
   * itself for `pw`, bytes for `vasco`. Absent: the type has none.
   */
  secret?: string | Uint8Array
  otplen?: number
  /** HOTP: the next counter expected. */
  counter?: number
  /** Seconds. */
  timeStep?: number
  /** Seconds the device is ahead. */
  timeShift?: number
  /** `sha1`, `sha224`, `sha256`, `sha384`, `sha512`. */
  hashlib?: string
  description?: string
  /** Default `hardware`, as the originals say of every import. */
  tokenkind?: 'hardware' | 'software' | 'virtual'
  /** Further tokeninfo. */
  info?: Record<string, string>
  /** One-time values of a `tan` token, in clear. */
  tans?: string[]
  /** The PIN that goes into an mOTP value. */
  motpPin?: string
  /** The OTP PIN, in clear. */
  pin?: string
  user?: NamedUser
  /** Realms the token is put into, besides that of its owner. */
  realms?: string[]
  details?: ImportedDetail[]
  state?: ImportedState
}

/**
 * One record of a token file: a token, why there is none (`error`), or why none was expected (`skipped`).
 * `line` counts from 1.
 */
export type ImportedRow = {line: number} & (
  | {token: ImportedToken}
  | {error: string; serial?: string; type?: string}
  | {skipped: string; serial?: string; type?: string}
)

/** A token file that has been recognised. It can be read several times, and every reading gives the same rows. */
export interface TokenFile {
  /** For messages: the path, or `standard input`. */
  readonly name: string
  /** Name of the format, as `--format` takes it. */
  readonly format: string
  /** SHA-256 of the bytes, hex: tells one file from another. */
  digest(): Promise<string>
  /**
   * The records in order.
   * @throws PiError INVALID_INPUT (the file as a whole is damaged), INTEGRITY (wrong key, wrong MAC), USAGE (a key is missing)
   */
  rows(): AsyncIterable<ImportedRow>
}
