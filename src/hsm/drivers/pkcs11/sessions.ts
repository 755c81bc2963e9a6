import type {Handle, PKCS11} from 'pkcs11js'
import {CKR, returnCodeOf} from './errors.js'
import type {Library} from './library.js'
import type {CipherSession} from './mechanisms.js'

/**
 * An operation that takes longer than this on the event loop goes to another thread. Below it the hop costs more than
 * the operation: a token in software needs some 20 µs, one on a network a millisecond.
 */
const worthAThreadMs = 0.3

/**
 * The sessions with one token in one generation of its library. All share the login, as PKCS#11 has it. A session that
 * saw a failure is not used again: an operation may still be active in it.
 */
export class Sessions {
  readonly #library: Library
  readonly #slot: Handle
  readonly #idle: Handle[] = []
  #login: Handle | undefined
  /** Moving average of the time of an operation. */
  #averageMs = worthAThreadMs

  constructor(library: Library, slot: Handle) {
    this.#library = library
    this.#slot = slot
  }

  /** A session of the application's choice; read-write ones are for making keys and are not kept. */
  open(p11: PKCS11, {readWrite = false} = {}): Handle {
    const {js} = this.#library
    return p11.C_OpenSession(this.#slot, js.CKF_SERIAL_SESSION | (readWrite ? js.CKF_RW_SESSION : 0))
  }

  /**
   * Logs the user in; being logged in already is as good. The session for it stays open until `closeAll`, because
   * closing the last session of a token logs out.
   */
  logIn(p11: PKCS11, pin: Buffer): void {
    this.#login ??= this.open(p11)
    try {
      p11.C_Login(this.#login, this.#library.js.CKU_USER, pin.toString('utf8'))
    } catch (error) {
      if (returnCodeOf(error) === CKR.userAlreadyLoggedIn) return
      this.closeAll(p11)
      throw error
    }
  }

  /** Runs `work` in a session of the pool. */
  async use<R>(p11: PKCS11, work: (session: CipherSession) => Promise<R> | R): Promise<R> {
    const handle = this.#idle.pop() ?? this.open(p11)
    try {
      const result = await work(this.#cipherSession(p11, handle))
      this.#idle.push(handle)
      return result
    } catch (error) {
      this.close(p11, handle)
      throw error
    }
  }

  close(p11: PKCS11, session: Handle): void {
    try {
      p11.C_CloseSession(session)
    } catch {
      // It is lost already.
    }
  }

  closeAll(p11: PKCS11): void {
    for (const session of this.#idle.splice(0)) this.close(p11, session)
    if (this.#login) this.close(p11, this.#login)
    this.#login = undefined
  }

  #cipherSession(p11: PKCS11, handle: Handle): CipherSession {
    const {js} = this.#library
    return {
      js,
      p11,
      handle,
      finish: (operation, input, output) => {
        if (this.#averageMs >= worthAThreadMs) return this.#finishElsewhere(p11, handle, operation, input, output)
        const started = performance.now()
        const result =
          operation === 'encrypt' ? p11.C_Encrypt(handle, input, output) : p11.C_Decrypt(handle, input, output)
        this.#tookMs(performance.now() - started)
        return result
      },
    }
  }

  async #finishElsewhere(
    p11: PKCS11,
    handle: Handle,
    operation: 'encrypt' | 'decrypt',
    input: Buffer,
    output: Buffer,
  ): Promise<Buffer> {
    const started = performance.now()
    const result =
      operation === 'encrypt'
        ? await p11.C_EncryptAsync(handle, input, output)
        : await p11.C_DecryptAsync(handle, input, output)
    // The hop itself is no time of the token.
    this.#tookMs(Math.max(0, performance.now() - started - hopMs))
    return result
  }

  #tookMs(ms: number): void {
    this.#averageMs += (ms - this.#averageMs) / 16
  }
}

/** Measured cost of handing an operation to another thread and back, idle machine. */
const hopMs = 0.1

/** Lets a bounded number of callers in, in the order of their coming. */
export class Turnstile {
  #places: number
  #inside = 0
  readonly #waiting: (() => void)[] = []
  readonly #emptied: (() => void)[] = []

  constructor(places: number) {
    this.#places = places
  }

  async through<R>(work: () => Promise<R>): Promise<R> {
    if (this.#inside < this.#places) this.#inside += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      if (this.#inside > this.#places || this.#waiting.length === 0) this.#inside -= 1
      else this.#waiting.shift()?.()
      if (this.#inside === 0) for (const wake of this.#emptied.splice(0)) wake()
    }
  }

  /** Never more than so many at a time from now on; at least one. */
  narrow(places: number): void {
    this.#places = Math.max(1, Math.min(this.#places, places))
  }

  /** Waits until nobody is inside. */
  async empty(): Promise<void> {
    while (this.#inside > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }
}
