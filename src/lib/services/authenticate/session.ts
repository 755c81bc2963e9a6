import type {PasswordContext} from '../../crypto/password-hash.js'
import {decryptTokenSecret, decryptValue} from '../../crypto/secret-values.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {CheckTokenRepository, type LoadedToken} from '../../store/check-tokens.js'
import type {CheckEnv} from '../../tokens/contract.js'
import {normalizeType, tokenKind} from '../../tokens/registry.js'
import type {Configuration} from '../configuration.js'
import type {MessageService} from '../messages.js'
import type {RadiusServers} from '../radius-servers.js'
import type {UserService} from '../users.js'
import type {Behaviour} from './behaviour.js'
import {CheckToken} from './check-token.js'
import type {LoginUser} from './login-user.js'
import {Ledger} from './ledger.js'
import {checkPin} from './pins.js'
import {noPolicies, type AuthPolicies} from './policies.js'
import {checkRealm} from './realm-check.js'
import type {ChangeWriter} from './change-writer.js'
import type {TokenLoader} from './token-loader.js'

/** What checking logins needs, once a process. */
export interface AuthServices {
  db: Database
  security: SecurityModule
  hashes: PasswordContext
  users: UserService
  behaviour: Behaviour
  loader: TokenLoader
  writer: ChangeWriter
  /** Where the audit rows are, for limits that count logins. */
  auditDb: Database
  messages: MessageService
  /** Told what went wrong beside the decision. */
  warn: (message: string) => void
  /** RADIUS servers that may be asked instead. */
  radius: RadiusServers
}

/** What is known of one request for the whole of its duration. */
export interface LoginRequest {
  config: Configuration
  policies: AuthPolicies
  /** Milliseconds since 1970, UTC; one moment for the whole request. */
  now: number
  /** Address of the client, when known. */
  client: string | undefined
  /** Its header `User-Agent`, or nothing. */
  userAgent: string
  /** Non-empty parameters, under the names that clients use. */
  options: ReadonlyMap<string, unknown>
  /** Nothing is stored and nothing is sent. */
  dryRun: boolean
  /** Challenges count as failures until they are answered. */
  countsChallenges: boolean
  /** Takes the names of policies that had an effect, for the audit row. */
  note: (policies: readonly string[]) => void
}

/** One attempt to decide a request: tokens as they are now, and the ledger of what is to be changed. */
export class CheckSession {
  readonly services: AuthServices
  readonly request: LoginRequest
  readonly ledger: Ledger
  readonly tokens: CheckTokenRepository
  #later: (() => Promise<void>)[] = []

  constructor(services: AuthServices, request: LoginRequest, ledger = new Ledger()) {
    this.services = services
    this.request = request
    this.ledger = ledger
    this.tokens = new CheckTokenRepository(services.db)
  }

  /** The same request for tokens of others: no policies, no parameters, but one set of changes. */
  aside(): CheckSession {
    const request = {...this.request, policies: noPolicies, options: new Map(), countsChallenges: false}
    return new CheckSession(this.services, request, this.ledger)
  }

  get now(): number {
    return this.request.now
  }

  get policies(): AuthPolicies {
    return this.request.policies
  }

  get behaviour(): Behaviour {
    return this.services.behaviour
  }

  /** A setting of the system configuration. */
  setting(key: string): string | undefined {
    return this.request.config.setting(key)
  }

  /** A parameter of the request that is a non-empty text. */
  option(name: string): string | undefined {
    const value = this.request.options.get(name)
    return typeof value === 'string' && value !== '' ? value : undefined
  }

  /** Tokens ready for a check; those of a type that nobody can check are left out. */
  async prepare(rows: readonly LoadedToken[]): Promise<CheckToken[]> {
    const tokens: CheckToken[] = []
    for (const row of rows) {
      const kind = await tokenKind(normalizeType(row.tokentype))
      if (kind) tokens.push(this.ledger.keep(new CheckToken(row, kind, (id) => this.request.config.realmName(id))))
    }
    return tokens
  }

  /** Stores what the check has changed so far. @throws ChangedMeanwhile, PiError UNAVAILABLE */
  async store(): Promise<void> {
    if (this.request.dryRun) return
    await this.ledger.store(this.services.writer, this.now)
    const later = this.#later
    this.#later = []
    for (const act of later) await act()
  }

  /** Something to do once the changes are stored. */
  afterwards(act: () => Promise<void>): void {
    this.#later.push(act)
  }

  /** @param user who logs in, for policies; absent: the owner */
  env(token: CheckToken, user: LoginUser | undefined): CheckEnv {
    const {security} = this.services
    const {keyEnc, keyIv, userPin, userPinIv} = token.row
    return {
      now: this.now,
      behaviour: this.behaviour,
      config: (key) => this.setting(key),
      secret: once(async () => text(await decryptTokenSecret(security, {ciphertext: keyEnc, iv: keyIv}), token)),
      userPin: once(async () => text(await decryptTokenSecret(security, {ciphertext: userPin, iv: userPinIv}), token)),
      infoSecret: async (key) => {
        const detail = token.info.get(key)
        return detail?.type === 'password' ? decryptValue(security, detail.value) : detail?.value
      },
      checkPin: (pin) => checkPin(this, token, pin, user),
      option: (name) => this.option(name),
      random: (length) => security.random(length),
      checkRealm: (realm, pass) => checkRealm(this, token.type, {realm, pass}),
    }
  }
}

function text(secret: Buffer, token: CheckToken): string {
  const decoded = secret.toString('utf8')
  if (Buffer.byteLength(decoded) !== secret.length) {
    throw new PiError('INTEGRITY', `The secret of token ${token.serial} was encrypted with another key.`)
  }
  return decoded
}

function once<R>(make: () => Promise<R>): () => Promise<R> {
  let made: Promise<R> | undefined
  return () => (made ??= make())
}
