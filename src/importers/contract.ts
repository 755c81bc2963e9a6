import type {ImportedRow} from '../lib/types/imported-token.js'

/** What the operator says about a file, beyond what is in it. */
export interface ReadOptions {
  /** Label of the WHATWG Encoding Standard, e.g. `utf-8`, `latin1`; absent: found out. */
  encoding?: string | undefined
  /** Separator of a CSV; absent: found out. */
  delimiter?: string | undefined
  seedEncoding?: 'auto' | 'base32' | 'base64' | 'hex' | 'utf8' | undefined
  /** Overrides what the file says or implies. */
  hashlib?: string | undefined
  /** Type of the tokens, where the file does not say or is wrong. */
  type?: string | undefined
  otplen?: number | undefined
  /** Seconds. */
  timeStep?: number | undefined
  /** Column of a CSV that names the owner: its number from 1, or its name in the header row. */
  userColumn?: string | undefined
  /** Reads as the originals do, without our extensions. */
  strictCompat?: boolean | undefined
  presharedKey?: Uint8Array | undefined
  /** The encryption key file of the server that a database comes from. */
  sourceKey?: Uint8Array | undefined
  /** The password of the file; called at most once, and only when the file needs one. */
  password?: (() => Promise<string | undefined>) | undefined
  /** PEM of the private key whose certificate a PSKC file is encrypted for. */
  privateKey?: string | undefined
  /** PEM of the certificates that may vouch for a file: it must be signed then. */
  trustAnchors?: string | undefined
  /** Reads XML that is not well-formed, as the originals do; not together with `trustAnchors`. */
  lenient?: boolean | undefined
  /** File with an OpenPGP private key, for encrypted files. */
  pgpKeyFile?: string | undefined
  /** GnuPG home with keys that have no passphrase; asked for only when there is no key file. */
  gnupgHome?: (() => Promise<string | undefined>) | undefined
  /** `hard`: one wrong MAC refuses the file, `soft`: it refuses that token, `none`: MACs are not looked at. */
  validateMac?: 'hard' | 'none' | 'soft' | undefined
  /** What the serial of an app's account is made from, which has none: its content (default), or also a name in it. */
  serialFrom?: 'account' | 'hash' | 'issuer' | undefined
  /** The PSKC time drift is seconds, as the originals write and read it, not intervals (RFC 6030 §4.2). */
  driftInSeconds?: boolean | undefined
}

/** The beginning of a file, from which its format is recognised. */
export interface Head {
  readonly bytes: Buffer
  /** The same as text, without byte order mark; empty when it is no text. */
  readonly text: string
}

/** The bytes of a file, which can be read again from the start. */
export interface TokenInput {
  /** For messages: the path, or `standard input`. */
  readonly name: string
  /** Of a file that can be opened; absent for a pipe. */
  readonly path?: string
  readonly head: Head
  open(): AsyncIterable<Buffer>
}

/** Reads one format. It knows nothing of databases, and a bad record is a row that says why, not the end of the file. */
export interface Importer {
  /** Name for `--format` and in reports. */
  readonly format: string
  /** Further names that the originals use for it, lower case. */
  readonly aliases?: readonly string[]
  /** What it is, for `--help` and messages. */
  readonly title: string
  /** Whether a file that begins so is of this format. */
  detect(head: Head): boolean
  /**
   * @throws PiError INVALID_INPUT when the file as a whole is damaged, INTEGRITY when a key or MAC is wrong, USAGE when a
   * key is missing
   */
  read(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow>
}
