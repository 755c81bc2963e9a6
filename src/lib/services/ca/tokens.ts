import {createPrivateKey} from 'node:crypto'
import type {SignResult} from '../../ca/contract.js'
import {readCertificate} from '../../ca/shared/certificate.js'
import {showCertificate, type ShownCertificate} from '../../ca/shared/inspect.js'
import {newKeyAndRequest} from '../../ca/shared/make-request.js'
import {attributeOid, nameOf} from '../../ca/shared/names.js'
import {pemBlocks} from '../../ca/shared/pem.js'
import {writePkcs12} from '../../ca/shared/pkcs12.js'
import {readSignedRequest} from '../../ca/shared/request.js'
import {decryptPin, decryptValue, isEncryptedPin} from '../../crypto/secret-values.js'
import type {Database} from '../../db/database.js'
import {notFound, PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {TokenInfoRepository} from '../../store/token-info.js'
import {TokenRepository} from '../../store/tokens.js'
import type {Token} from '../../types/token.js'
import type {ResolvedUser, UserService} from '../users.js'
import {checkAttestation} from './attestation.js'
import {freeSerial, insertCertificateToken, type NewCertificateToken} from './certificate-token.js'
import type {CaService, UseOptions} from './index.js'

export interface CertificateTokensOptions {
  db: Database
  authorities: CaService
  security: () => Promise<SecurityModule>
  users: () => Promise<UserService>
  /** Serials without a count (PI_TOKEN_SERIAL_RANDOM). */
  randomSerials: boolean
  now?: () => Date
}

/** What all ways of making a certificate token have in common. */
export interface TokenWishes {
  serial?: string | undefined
  user?: {login: string; realm?: string | undefined} | undefined
  realms?: readonly string[] | undefined
  pin?: string | undefined
  description?: string | undefined
}

export interface EnrolOptions extends TokenWishes, UseOptions {
  ca: string
  template?: string | undefined
  days?: number | undefined
  extensions?: string | undefined
  /** A request, PEM; or a key that is made here. */
  source:
    | {request: string; attestation?: {certificate: string; folders: readonly string[]} | undefined}
    | {keySize: number; mail: boolean; realm: boolean}
}

/** A certificate token as commands tell it. */
export interface EnrolledToken {
  serial: string
  state: 'enrolled' | 'pending'
  ca?: string
  certificate?: string
  facts?: ShownCertificate
  message?: string
}

/** Tokens of the type `certificate` (spec/11 §E4): enrolled, uploaded, revoked, handed out as PKCS#12. */
export class CertificateTokens {
  readonly #options: CertificateTokensOptions
  readonly #now: () => Date

  constructor(options: CertificateTokensOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  /**
   * Has a certificate made and keeps it as a token. Everything that can be refused is looked at before the CA is asked.
   * @throws PiError NOT_FOUND (CA, user, realm), ALREADY_EXISTS (serial), and as CaConnector.sign
   */
  async enrol(options: EnrolOptions): Promise<EnrolledToken> {
    const {authorities, db} = this.#options
    const {name} = await authorities.get(options.ca)
    const owner = await this.#owner(options.user)
    const serial = await freeSerial(db, options.serial, {random: this.#options.randomSerials})
    await this.#options.security()
    const {key, request} = await this.#request(options.source, owner)
    const signed = await authorities.issue(name, request, options)
    const requestId = signed.state === 'pending' || signed.requestId ? signed.requestId : undefined
    await this.#insert(
      {
        ...this.#wishes(options, owner),
        serial,
        ...(signed.state === 'pending' && {rolloutState: 'pending'}),
        info: {
          CA: name,
          ...(signed.state === 'issued' && {certificate: signed.certificate}),
          ...(requestId !== undefined && {requestId: String(requestId)}),
        },
        privateKey: key,
      },
      async () => this.#takeBack(name, signed, options),
    )
    if (signed.state === 'pending') return {serial, ca: name, state: 'pending', message: signed.message}
    const {certificate} = signed
    return {serial, ca: name, state: 'enrolled', certificate, facts: showCertificate(certificate)}
  }

  /** Keeps a certificate made elsewhere as a token. @throws PiError INVALID_INPUT, NOT_FOUND, ALREADY_EXISTS */
  async upload(certificate: string, wishes: TokenWishes): Promise<EnrolledToken> {
    const {pem} = readCertificate(certificate)
    const owner = await this.#owner(wishes.user)
    const serial = await freeSerial(this.#options.db, wishes.serial, {random: this.#options.randomSerials})
    await this.#insert({...this.#wishes(wishes, owner), serial, info: {certificate: pem}})
    return {serial, state: 'enrolled', certificate: pem, facts: showCertificate(pem)}
  }

  /**
   * Locks the token, revokes its certificate, and has a CRL made. A run whose CA does not answer can be repeated.
   * @returns what the CA did; nothing for a certificate made elsewhere
   * @throws PiError NOT_FOUND, REFUSED (not a certificate token), PARTIAL (locked, but not revoked)
   */
  async revoke(
    serial: string,
    {reason, ...use}: UseOptions & {reason: string},
  ): Promise<{serial: string; certificate?: string; ca?: string; crl?: string}> {
    const token = await this.#find(serial)
    const details = await this.#details(token)
    await this.#options.db.transaction(async (tx) => {
      await new TokenRepository(tx).update(token.id, {active: false, locked: true, revoked: true})
    })
    const ca = details.get('CA')
    const certificate = details.get('certificate')
    if (ca === undefined || certificate === undefined) return {serial: token.serial}
    const number = readCertificate(certificate).serial
    try {
      const {crl} = await this.#options.authorities.revoke(ca, number, {reason, ...use})
      return {serial: token.serial, certificate: number, ca, ...(crl !== undefined && {crl})}
    } catch (error) {
      if (!(error instanceof PiError)) throw error
      throw new PiError(
        'PARTIAL',
        `The token ${token.serial} is locked, but its CA ${ca} did not revoke: ${error.message}`,
        {
          hints: [...error.hints, `Repeat it: pi-manage token certificate revoke ${token.serial}`],
          cause: error,
        },
      )
    }
  }

  /** The certificate that a token keeps, by its number, and its CA. @throws PiError NOT_FOUND, REFUSED */
  async facts(serial: string): Promise<{certificate?: string; ca?: string}> {
    const details = await this.#details(await this.#find(serial))
    const [ca, certificate] = [details.get('CA'), details.get('certificate')]
    return {
      ...(ca !== undefined && {ca}),
      ...(certificate !== undefined && {certificate: readCertificate(certificate).serial}),
    }
  }

  /** Asks the CA what became of the request of a pending token. @throws PiError NOT_FOUND, REFUSED, UNAVAILABLE */
  async poll(serial: string): Promise<{serial: string; state: 'denied' | 'enrolled' | 'pending'; message?: string}> {
    const token = await this.#find(serial)
    if (token.rolloutState !== 'pending') {
      throw new PiError('REFUSED', `The token ${serial} is not pending.`, {hints: ['See pi-manage token show']})
    }
    const details = await this.#details(token)
    const [ca, requestId] = [details.get('CA'), Number(details.get('requestId'))]
    if (ca === undefined || !Number.isInteger(requestId)) {
      throw new PiError('REFUSED', `The token ${serial} does not tell its CA and request.`)
    }
    const found = await this.#options.authorities.use(ca, async (connector) => connector.requestState?.(requestId))
    if (!found) throw new PiError('REFUSED', `The CA ${ca} decides at once; it knows no pending requests.`)
    if (found.state === 'pending') return {serial: token.serial, ...found}
    await this.#options.db.transaction(async (tx) => {
      const stored = await new TokenRepository(tx).find(token.serial, {lock: true})
      if (stored?.rolloutState !== 'pending') return
      const rolloutState = found.state === 'issued' ? 'enrolled' : 'denied'
      await new TokenRepository(tx).update(token.id, {rolloutState})
      if (found.state !== 'issued') return
      await new TokenInfoRepository(tx).set(token.id, {key: 'certificate', value: found.certificate})
    })
    if (found.state === 'issued') return {serial: token.serial, state: 'enrolled'}
    return {serial: token.serial, state: 'denied', message: found.message}
  }

  /** Serials of tokens whose request is pending. */
  async pending(): Promise<string[]> {
    const rows = await this.#options.db
      .k('token')
      .where({tokentype: 'certificate', rollout_state: 'pending'})
      .orderBy('id')
      .select('serial')
    return rows.map(({serial}: {serial: unknown}) => String(serial))
  }

  /**
   * The key and certificate of a token, with the certificates of its CA where that tells them, as a PKCS#12 file.
   * @param password of the file; undefined: the PIN of the token
   * @throws PiError NOT_FOUND, REFUSED (no key, no certificate, no PIN)
   */
  async pkcs12(serial: string, password: string | undefined): Promise<Buffer> {
    const token = await this.#find(serial)
    const details = await this.#details(token)
    const [certificate, key, ca] = [details.get('certificate'), details.get('privatekey'), details.get('CA')]
    if (key === undefined) throw new PiError('REFUSED', `The key of ${serial} is not here: its owner made it.`)
    if (certificate === undefined) throw new PiError('REFUSED', `The token ${serial} has no certificate yet.`)
    const security = await this.#options.security()
    const chosen = password ?? (isEncryptedPin(token.pinHash) ? await decryptPin(security, token.pinHash) : undefined)
    if (!chosen) {
      throw new PiError('REFUSED', `The token ${serial} has no PIN that could be the password of the file.`, {
        hints: ['Give a password: --password-file FILE'],
      })
    }
    const [block] = pemBlocks(await decryptValue(security, key))
    if (!block) throw new PiError('INTEGRITY', `The key of the token ${serial} is no PEM.`)
    // the CA may be gone, and the file is good without it
    const chain = ca === undefined ? [] : await this.#chain(ca)
    const certificates = [certificate, ...chain].map((pem) => readCertificate(pem).der)
    return writePkcs12({keys: [pkcs8(block)], certificates, friendlyName: token.serial}, chosen)
  }

  async #chain(ca: string): Promise<string[]> {
    try {
      return (await this.#options.authorities.use(ca, async (connector) => connector.chain?.())) ?? []
    } catch (error) {
      if (error instanceof PiError) return []
      throw error
    }
  }

  async #request(
    source: EnrolOptions['source'],
    owner: ResolvedUser | undefined,
  ): Promise<{request: string; key?: string}> {
    if ('request' in source) {
      const {pem} = readSignedRequest(source.request)
      const {attestation} = source
      if (attestation) await checkAttestation(pem, attestation.certificate, attestation.folders)
      return {request: pem}
    }
    if (!owner) {
      throw new PiError('USAGE', 'A key is made for a user only: the certificate is to say whose it is.', {
        hints: ['Give --user and --realm'],
      })
    }
    if (source.keySize < 2048 || source.keySize > 8192) {
      throw new PiError('INVALID_INPUT', `A key cannot have ${source.keySize} bits; it has 2048 to 8192.`)
    }
    const mail = source.mail ? (await (await this.#options.users()).userInfo(owner))['email'] : undefined
    const subject = nameOf([
      {oid: attributeOid('CN')!, value: owner.login},
      ...(typeof mail === 'string' && mail !== '' ? [{oid: attributeOid('emailAddress')!, value: mail}] : []),
      ...(source.realm ? [{oid: attributeOid('OU')!, value: owner.realm}] : []),
    ])
    return newKeyAndRequest(subject, source.keySize)
  }

  /** @param takeBack run when the rows cannot be written, for what was done elsewhere */
  async #insert(token: NewCertificateToken, takeBack: () => Promise<void> = async () => {}): Promise<void> {
    try {
      await insertCertificateToken(this.#options.db, await this.#options.security(), token, this.#now())
    } catch (error) {
      await takeBack()
      throw error
    }
  }

  /** Nobody has a certificate whose token could not be written. */
  async #takeBack(ca: string, signed: SignResult, use: UseOptions): Promise<void> {
    if (signed.state !== 'issued') return
    const {serial} = readCertificate(signed.certificate)
    await this.#options.authorities
      .revoke(ca, serial, {...use, reason: 'cessationOfOperation', crl: false})
      .catch(() => {})
  }

  #wishes({description, pin, realms}: TokenWishes, owner: ResolvedUser | undefined) {
    return {description: description ?? '', pin, realms, owner}
  }

  async #owner(user: TokenWishes['user']): Promise<ResolvedUser | undefined> {
    if (!user) return undefined
    const found = await (await this.#options.users()).findUser(user.login, user.realm)
    if (found) return found
    throw new PiError('NOT_FOUND', `There is no user '${user.login}' in the realm '${user.realm ?? 'default'}'.`, {
      hints: ['See pi-manage user list'],
    })
  }

  async #find(serial: string): Promise<Token> {
    const token = await new TokenRepository(this.#options.db).find(serial)
    if (!token) throw notFound('token', serial, 'pi-manage token list --type certificate')
    if (token.tokentype === 'certificate') return token
    throw new PiError('REFUSED', `The token ${serial} is of the type ${token.tokentype}, not a certificate.`)
  }

  async #details({id}: Token): Promise<Map<string, string>> {
    const info = (await new TokenInfoRepository(this.#options.db).of([id])).get(id) ?? []
    return new Map(info.map(({key, value}) => [key, value]))
  }
}

/** The original wrote keys in either form. */
function pkcs8({label, der}: {label: string; der: Buffer}): Buffer {
  if (label === 'PRIVATE KEY') return der
  return createPrivateKey({key: der, format: 'der', type: 'pkcs1'}).export({format: 'der', type: 'pkcs8'})
}
