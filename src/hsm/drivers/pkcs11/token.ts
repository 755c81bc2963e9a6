import {setTimeout as sleep} from 'node:timers/promises'
import type {Handle, PKCS11, Template} from 'pkcs11js'
import {PiError} from '../../../lib/errors.js'
import {asPiError, CKR, describeReturnCode, returnCodeOf} from './errors.js'
import {findKeys} from './keys.js'
import {Library} from './library.js'
import type {CipherSession} from './mechanisms.js'
import {Sessions, Turnstile} from './sessions.js'
import {chooseSlot, findAgain, listSlots, type TokenIdentity, type TokenInSlot, type TokenSelector} from './slots.js'

/** Waits before the second, third, … attempt; a device that comes back does so within seconds. */
const pausesMs = [0, 50, 200, 500, 1000, 2000]

export interface TokenOptions {
  /** File of the PKCS#11 library. */
  library: string
  selector: TokenSelector
  /** User PIN; taken over, overwritten by `close`. Without it only public objects are seen. */
  pin?: Buffer | undefined
  /** Sessions at the same time. */
  sessions?: number
  /** Restarts before an operation fails. */
  maxRetries?: number
}

/** What an operation gets: a session and the slot it is in. */
export interface TokenSession extends CipherSession {
  readonly slot: Handle
  /**
   * Handle of the key that a template finds, found once a generation. `verify` tells whether a found key is the one meant:
   * after a restart it must be the same key as before, whatever the order of the objects.
   */
  key(
    name: string,
    template: Template,
    verify: (key: Handle) => Promise<boolean> | boolean,
  ): Promise<Handle | undefined>
}

interface Connection {
  readonly generation: number
  readonly place: TokenInSlot
  readonly sessions: Sessions
  readonly keys: Map<string, Promise<Handle | undefined>>
}

/**
 * One token, found again wherever it turns up. Operations run in a pool of sessions; when the token, its slot, the
 * session or the whole module is lost, everything is built anew a bounded number of times and the operation repeated.
 */
export class Token {
  readonly #library: Library
  readonly #selector: TokenSelector
  readonly #pin: Buffer | undefined
  readonly #turnstile: Turnstile
  readonly #maxRetries: number
  #identity: TokenIdentity | undefined
  #connection: Connection | undefined
  /** Set when the token refused the PIN: trying again would lock it. */
  #refused: PiError | undefined
  #closed = false

  private constructor(library: Library, options: TokenOptions) {
    this.#library = library
    this.#selector = options.selector
    this.#pin = options.pin
    this.#turnstile = new Turnstile(Math.max(1, options.sessions ?? 4))
    this.#maxRetries = options.maxRetries ?? 5
  }

  /**
   * Finds the token and logs in.
   * @throws PiError CONFIG (library, slot), REFUSED (PIN), UNAVAILABLE
   */
  static async open(options: TokenOptions): Promise<Token> {
    const token = new Token(await Library.open(options.library), options)
    try {
      await token.run('Opening the token', () => undefined)
      return token
    } catch (error) {
      await token.close()
      throw error
    }
  }

  get description(): string {
    return this.#identity ? `token '${this.#identity.label}' (serial ${this.#identity.serial})` : 'token'
  }

  get identity(): TokenIdentity | undefined {
    return this.#identity
  }

  get loggedIn(): boolean {
    return this.#pin !== undefined
  }

  get library(): Library {
    return this.#library
  }

  /**
   * Runs an operation in a session of the pool, again after a failure that a restart or a login may mend.
   * @param what what it does, for messages
   * @throws PiError by the table of return codes
   */
  async run<R>(what: string, work: (session: TokenSession) => Promise<R> | R): Promise<R> {
    return this.#repeat(what, (p11, connection) =>
      connection.sessions.use(p11, (session) => work(this.#tokenSession(session, connection))),
    )
  }

  /** The same in a read-write session of its own, not repeated: what it makes may have been made. */
  async change<R>(what: string, work: (session: TokenSession) => Promise<R> | R): Promise<R> {
    await this.run(what, () => undefined)
    return this.#turnstile.through(async () => {
      try {
        return await this.#library.use(async (p11) => {
          const connection = this.#connect(p11)
          const handle = connection.sessions.open(p11, {readWrite: true})
          try {
            const finish = (): never => {
              throw new PiError('INTERNAL', 'A session for making keys does not encrypt.')
            }
            return await work(this.#tokenSession({js: this.#library.js, p11, handle, finish}, connection))
          } finally {
            connection.sessions.close(p11, handle)
            connection.keys.clear()
          }
        })
      } catch (error) {
        throw asPiError(error, what)
      }
    })
  }

  /** All slots of the library, whatever token is meant. */
  async slots(): Promise<TokenInSlot[]> {
    return this.#library.use((p11) => listSlots(p11))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#turnstile.empty()
    await this.#library.use((p11) => this.#disconnect(p11)).catch(() => {})
    await this.#library.release()
    this.#pin?.fill(0)
  }

  async #repeat<R>(what: string, work: (p11: PKCS11, connection: Connection) => Promise<R>): Promise<R> {
    return this.#turnstile.through(async () => {
      let relogins = 0
      for (let attempt = 0; ; attempt++) {
        const seen = this.#library.generation
        try {
          if (this.#closed) throw new PiError('UNAVAILABLE', `The ${this.description} is closed.`)
          if (this.#refused) throw this.#refused
          return await this.#library.use((p11) => work(p11, this.#connect(p11)))
        } catch (error) {
          const failure = this.#failure(error, what)
          if (this.#refused || this.#closed) throw failure
          const conduct = conductAfter(error, this.#identity !== undefined)
          if (conduct === 'login' && this.#pin && relogins === 0) {
            relogins += 1
            await this.#logInAgain(what)
            continue
          }
          if (conduct !== 'restart') throw failure
          if (attempt >= this.#maxRetries) {
            throw new PiError(failure.code, `${failure.message.replace(/\.$/, '')}, after multiple retries.`, {
              hints: failure.hints,
              cause: error,
            })
          }
          await sleep(pausesMs[Math.min(attempt, pausesMs.length - 1)])
          await this.#library.restart(seen)
        }
      }
    })
  }

  /** Slot, login and sessions of this generation; synchronous, so that two callers cannot build it twice. */
  #connect(p11: PKCS11): Connection {
    const {generation} = this.#library
    if (this.#connection?.generation === generation) return this.#connection
    this.#connection = undefined
    const slots = listSlots(p11)
    const place = this.#identity ? findAgain(slots, this.#identity) : chooseSlot(slots, this.#selector)
    const sessions = new Sessions(this.#library, place.handle)
    if (this.#pin) {
      try {
        sessions.logIn(p11, this.#pin)
      } catch (error) {
        const rv = returnCodeOf(error)
        if (rv === CKR.pinIncorrect || rv === CKR.pinLocked) {
          this.#refused = asPiError(error, `Logging in to the token '${place.token?.label}'`)
        }
        throw error
      }
    }
    this.#identity ??= place.token
    // One session holds the login.
    if (place.token?.maxSessions) this.#turnstile.narrow(place.token.maxSessions - 1)
    this.#connection = {generation, place, sessions, keys: new Map()}
    return this.#connection
  }

  async #logInAgain(what: string): Promise<void> {
    try {
      await this.#library.use((p11) => {
        this.#connection?.sessions.closeAll(p11)
        this.#connection = undefined
        this.#connect(p11)
      })
    } catch (error) {
      throw this.#failure(error, what)
    }
  }

  #tokenSession(session: CipherSession, connection: Connection): TokenSession {
    return {
      ...session,
      slot: connection.place.handle,
      key: (name, template, verify) => {
        let found = connection.keys.get(name)
        if (!found) {
          found = firstVerified(session, template, verify)
          connection.keys.set(name, found)
          found.then(
            (key) => key === undefined && connection.keys.delete(name),
            () => connection.keys.delete(name),
          )
        }
        return found
      },
    }
  }

  #failure(error: unknown, what: string): PiError {
    if (this.#refused) return this.#refused
    return asPiError(error, this.#identity ? `${what} with the ${this.description}` : what)
  }

  #disconnect(p11: PKCS11): void {
    this.#connection?.sessions.closeAll(p11)
    this.#connection = undefined
  }
}

/** A missing token counts as gone for a while only if it was there before; before that the configuration is wrong. */
function conductAfter(error: unknown, wasThere: boolean): 'never' | 'restart' | 'login' | 'data' {
  const rv = returnCodeOf(error)
  if (rv !== undefined) return describeReturnCode(rv).conduct
  return error instanceof PiError && error.code === 'UNAVAILABLE' && wasThere ? 'restart' : 'never'
}

async function firstVerified(
  {p11, handle}: CipherSession,
  template: Template,
  verify: (key: Handle) => Promise<boolean> | boolean,
): Promise<Handle | undefined> {
  for (const key of findKeys(p11, handle, template)) if (await verify(key)) return key
  return undefined
}
