import type {RevocationReason} from './shared/reasons.js'
import type {Signer} from './shared/signature.js'

/** What a connector needs from its surroundings. */
export interface CaEnv {
  /** Settings of the connector, secrets in clear. */
  readonly settings: Readonly<Record<string, string>>
  /** Relative names in the settings are taken from here. */
  readonly directory: string
  /** A variable of the environment, for `$ENV::NAME` in openssl configurations. */
  env(name: string): string | undefined
  now(): Date
  warn(message: string): void
  /** The passphrase of an encrypted CA key, or the PIN of the token that it is in. @throws PiError when there is none */
  passphrase(what: string): Promise<string>
  /** Opens a key in a PKCS#11 token by its URI (RFC 7512). @throws PiError CONFIG, UNAVAILABLE, REFUSED (PIN) */
  openDeviceKey(uri: string): Promise<Signer>
}

/** What is asked of a CA. */
export interface SignOptions {
  /** Name of a template. @see CaConnector.templates */
  template?: string | undefined
  /** Validity in days; a template's wins. */
  days?: number | undefined
  /** Section of the openssl configuration with the extensions; a template's wins. */
  extensions?: string | undefined
}

/** What became of a request. */
export type SignResult =
  | {state: 'issued'; certificate: string; requestId?: number; files?: readonly string[]}
  /** Somebody at the CA decides later. */
  | {state: 'pending'; requestId: number; message: string}

/** What became of a request that was pending. */
export type RequestState = {state: 'issued'; certificate: string} | {state: 'pending' | 'denied'; message: string}

/** Result of making a CRL. */
export interface CrlResult {
  /** Its file, as the setting names it. */
  crl: string
  /** False when the present one is good for longer. */
  created: boolean
  /** Of the CRL that is there now. */
  nextUpdate: Date
  /** Certificates on it. */
  revoked: number
  /** CRL number, where the CA counts them. */
  number?: string
}

/** A certificate of a CA's list. */
export interface IssuedCertificate {
  serial: string
  /** As the list has it, e.g. `/C=DE/CN=host`. */
  subject: string
  state: 'valid' | 'revoked' | 'expired'
  notAfter: Date
  revokedAt?: Date
  reason?: string
}

/**
 * A connection to a certificate authority. Abilities that a CA does not have are absent. To add a kind, write a file in
 * `kinds/` and a line in `registry.ts`.
 */
export interface CaConnector {
  /** Signs a certificate request, PEM. @throws PiError INVALID_INPUT, REFUSED, CONFIG, LOCKED, UNAVAILABLE */
  sign(request: string, options: SignOptions): Promise<SignResult>
  /**
   * Revokes a certificate of this CA.
   * @param serial hex
   * @returns the serial number as the CA writes it
   * @throws PiError NOT_FOUND, REFUSED (revoked already), CONFIG, LOCKED, UNAVAILABLE
   */
  revoke(serial: string, reason: RevocationReason): Promise<string>
  /** Names of templates with what they stand for. */
  templates(): Promise<ReadonlyMap<string, {days?: number; extensions?: string}>>
  /** Makes a CRL when the present one ends within the overlap period; with `force`, always. */
  createCrl?(options: {force: boolean}): Promise<CrlResult>
  /** The CRL that is there; undefined when there is none. */
  presentCrl?(): Promise<{nextUpdate: Date | undefined; revoked: number} | undefined>
  /** Certificates that it issued, in the order of its list. */
  issued?(): Promise<IssuedCertificate[]>
  /** Certificate of the CA itself and of those above it, PEM, lowest first. */
  chain?(): Promise<string[]>
  /** Asks what became of a request. */
  requestState?(requestId: number): Promise<RequestState>
  /** Names of the CAs behind the connection, as its setting `ca` takes them. */
  authorities?(): Promise<string[]>
  /** Leaves connections; keys are forgotten. */
  close(): Promise<void>
}

export interface CaKind {
  readonly type: string
  /** Settings without which it cannot work. */
  readonly required: readonly string[]
  /** @throws PiError CONFIG */
  open(env: CaEnv): Promise<CaConnector>
}
