import type {ImportedToken} from '../../lib/types/imported-token.js'

/** What the operator says about a file to be written. */
export interface WriteOptions {
  /** Key that encrypts a PSKC file. */
  presharedKey?: Uint8Array | undefined
  /** Password that encrypts a PSKC file. */
  password?: string | undefined
  /** PEM of the certificate that a PSKC file is encrypted for. */
  certificate?: string | undefined
  /** Who signs a PSKC file, both PEM. */
  signer?: {key: string; certificate: string} | undefined
  /** Secrets are written in clear. */
  plain?: boolean | undefined
  /** In the form that this release of the originals reads back, e.g. `3.8`. */
  compat?: string | undefined
  /** Seeds of CSV and YAML in base32. */
  base32?: boolean | undefined
  /** Owners are named. */
  owners?: boolean | undefined
}

/** Writes one format. The text of a token is given as it comes, so that files of any length need no memory. */
export interface TokenWriter {
  readonly format: string
  /** Why a token cannot be written in this format; `undefined` when it can. */
  problem(token: ImportedToken): string | undefined
  begin(): Promise<string> | string
  token(token: ImportedToken): string
  end(): string
}
