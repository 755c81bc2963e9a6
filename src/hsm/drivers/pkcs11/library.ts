import {realpathSync} from 'node:fs'
import type * as pkcs11js from 'pkcs11js'
import type {PKCS11} from 'pkcs11js'
import {PiError, reasonOf} from '../../../lib/errors.js'
import {asPiError, CKR, returnCodeOf} from './errors.js'

/** The constants and classes of pkcs11js, loaded with the first module. */
export type Pkcs11Js = typeof pkcs11js

const open = new Map<string, Promise<Library>>()

/**
 * One PKCS#11 library in this process. PKCS#11 initialises a library once per process, so everybody who names the same
 * file shares it; a restart (C_Finalize, C_Initialize) hits all of them, which is what `generation` tells.
 */
export class Library {
  readonly path: string
  readonly js: Pkcs11Js
  readonly #p11: PKCS11
  readonly #key: string
  #users = 0
  #generation = 0
  #initialised = false
  #running = 0
  readonly #waiting: (() => void)[] = []
  #restarting: Promise<void> | undefined

  private constructor(path: string, key: string, js: Pkcs11Js, p11: PKCS11) {
    this.path = path
    this.#key = key
    this.js = js
    this.#p11 = p11
  }

  /**
   * Loads and initialises a library, or joins those who use it already. `release` it when done.
   * @throws PiError CONFIG (no such file, no PKCS#11 library), UNAVAILABLE (pkcs11js missing, cannot be initialised)
   */
  static async open(path: string): Promise<Library> {
    const key = realFile(path)
    let library = open.get(key)
    if (!library) {
      library = Library.#load(path, key)
      open.set(key, library)
      library.catch(() => open.delete(key))
    }
    const loaded = await library
    loaded.#users += 1
    return loaded
  }

  static async #load(path: string, key: string): Promise<Library> {
    const js = await loadPkcs11Js()
    const p11 = new js.PKCS11()
    try {
      p11.load(key)
    } catch (error) {
      throw new PiError('CONFIG', `The PKCS#11 library ${path} cannot be loaded: ${reasonOf(error)}`, {
        hints: ['It is named by PI_HSM_MODULE_MODULE of the configuration'],
        cause: error,
      })
    }
    const library = new Library(path, key, js, p11)
    library.#initialise()
    return library
  }

  /** Counts the restarts: handles of sessions and objects are worth nothing in another generation. */
  get generation(): number {
    return this.#generation
  }

  /**
   * Runs calls into the library. A restart waits until all of these have ended, because C_Finalize under a running call
   * is undefined.
   */
  async use<R>(work: (p11: PKCS11) => Promise<R> | R): Promise<R> {
    while (this.#restarting) await this.#restarting.catch(() => {})
    this.#running += 1
    try {
      if (!this.#initialised) this.#initialise()
      return await work(this.#p11)
    } finally {
      this.#running -= 1
      if (this.#running === 0) for (const wake of this.#waiting.splice(0)) wake()
    }
  }

  /**
   * Finalises and initialises, unless somebody did so since `seen`; it never fails, because the next call tells more
   * than the initialisation.
   */
  async restart(seen: number): Promise<void> {
    if (this.#restarting) return this.#restarting
    if (this.#generation !== seen) return
    this.#restarting = this.#restartNow().finally(() => {
      this.#restarting = undefined
    })
    return this.#restarting
  }

  /**
   * The last one to release it finalises the library. It stays loaded: unloading runs destructors of libraries that
   * count on running at the end of the process.
   */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    open.delete(this.#key)
    await this.#drained()
    this.#finalise()
  }

  async #restartNow(): Promise<void> {
    await this.#drained()
    this.#finalise()
    this.#generation += 1
    try {
      this.#initialise()
    } catch {
      // `use` tries again and reports it to the one who needs the library.
    }
  }

  async #drained(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #initialise(): void {
    try {
      this.#p11.C_Initialize({flags: this.js.CKF_OS_LOCKING_OK})
    } catch (error) {
      if (returnCodeOf(error) !== CKR.cryptokiAlreadyInitialized) {
        throw asPiError(error, `Initialising the PKCS#11 library ${this.path}`)
      }
    }
    this.#initialised = true
  }

  #finalise(): void {
    this.#initialised = false
    try {
      this.#p11.C_Finalize()
    } catch {
      // It is no longer initialised, or beyond help; initialising shows which.
    }
  }
}

async function loadPkcs11Js(): Promise<Pkcs11Js> {
  try {
    const loaded = (await import('pkcs11js')) as Pkcs11Js & {default?: Pkcs11Js}
    return loaded.default ?? loaded
  } catch (error) {
    throw new PiError('UNAVAILABLE', 'The package pkcs11js, which talks to PKCS#11 modules, is not installed.', {
      hints: ['npm install pkcs11js (it needs a C++ compiler)'],
      cause: error,
    })
  }
}

function realFile(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw new PiError('CONFIG', `The PKCS#11 library ${path} does not exist.`, {
      hints: ['It is named by PI_HSM_MODULE_MODULE of the configuration'],
      cause: error,
    })
  }
}
