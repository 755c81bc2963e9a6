import {timingSafeEqual} from 'node:crypto'
import {PiError, reasonOf} from '../errors.js'
import {decryptValue, encryptValue, looksEncrypted} from '../crypto/secret-values.js'
import type {SecurityModule} from '../security-module.js'
import {censored, sealedMark, type AnyConfigKind} from './contract.js'

type Document = Record<string, unknown>

/** How secrets are written: in clear, as `__CENSORED__`, or encrypted under the key of this site. */
export type SecretForm = 'clear' | 'censored' | 'sealed'

/** Where a reference to a secret is looked up; the front end gives environment and files. */
export interface SecretSources {
  env: (name: string) => string | undefined
  file: (path: string) => Promise<string>
}

/** Reads, hides, seals and compares the secrets in documents; the key is opened only when one must be read or written. */
export class Secrets {
  readonly #security: () => Promise<SecurityModule>
  readonly #sources: SecretSources | undefined

  constructor(security: () => Promise<SecurityModule>, sources?: SecretSources) {
    this.#security = security
    this.#sources = sources
  }

  /** A copy of a document with its secrets in another form. @throws PiError INTEGRITY when one does not decrypt */
  async shown(kind: AnyConfigKind, document: Document, form: SecretForm): Promise<Document> {
    return this.#mapped(kind, document, async (value) => {
      if (form === 'sealed' || value === '') return value
      if (form === 'censored') return censored
      return value.startsWith(sealedMark) ? this.reveal(value) : value
    })
  }

  /** A copy of a document with `env:NAME` and `file:PATH` replaced by what they name. @throws PiError NOT_FOUND */
  async resolved(kind: AnyConfigKind, document: Document): Promise<Document> {
    return this.#mapped(kind, document, (value) => this.#named(value))
  }

  /**
   * A copy of a document with the references of an earlier copy, where they still name the same secret or cannot be
   * looked up here.
   */
  async referenced(kind: AnyConfigKind, document: Document, earlier: unknown): Promise<Document> {
    return this.#mapped(kind, document, async (value, path) => {
      const written = path.reduce<unknown>((place, key) => (place as Document | null | undefined)?.[key], earlier)
      if (typeof written !== 'string' || !/^(?:env|file):/.test(written)) return value
      try {
        return (await this.#named(written)) === (await this.reveal(value)) ? written : value
      } catch (error) {
        if (error instanceof PiError && error.code === 'NOT_FOUND') return written
        throw error
      }
    })
  }

  /** What a reference names; anything else is itself. @throws PiError NOT_FOUND */
  async #named(value: string): Promise<string> {
    if (value.startsWith('env:')) {
      const found = this.#sources?.env(value.slice('env:'.length))
      if (found === undefined)
        throw new PiError('NOT_FOUND', `The environment has no variable ${value.slice('env:'.length)}.`)
      return found
    }
    if (!value.startsWith('file:') || !this.#sources) return value
    const path = value.slice('file:'.length)
    try {
      return (await this.#sources.file(path)).trim()
    } catch (error) {
      throw new PiError('NOT_FOUND', `The file ${path} with a secret cannot be read: ${reasonOf(error)}.`, {
        cause: error,
      })
    }
  }

  /** The clear text of a sealed secret; anything else is clear already. @throws PiError INTEGRITY */
  async reveal(value: string): Promise<string> {
    if (!value.startsWith(sealedMark)) return value
    const stored = value.slice(sealedMark.length)
    return stored === '' ? '' : decryptValue(await this.#security(), stored)
  }

  /**
   * `iv:ct` of a secret: a sealed one as it is, if it decrypts under this site's key, so that nothing is encrypted twice.
   * @throws PiError INTEGRITY when a sealed one belongs to another key
   */
  async seal(value: string): Promise<string> {
    if (!value.startsWith(sealedMark)) return encryptValue(await this.#security(), value)
    const stored = value.slice(sealedMark.length)
    if (stored === '') return ''
    if (!looksEncrypted(stored))
      throw new PiError('INTEGRITY', 'A secret marked as encrypted is not in the form of one.')
    await decryptValue(await this.#security(), stored)
    return stored
  }

  /**
   * Secrets of a file that may be ciphertext already: one that decrypts under this site's key is kept as it is, so that
   * nothing is encrypted twice (spec/04 §7.1).
   */
  async adopted(kind: AnyConfigKind, document: Document): Promise<Document> {
    return this.#mapped(kind, document, async (value) => {
      if (!looksEncrypted(value)) return value
      try {
        await decryptValue(await this.#security(), value)
        return `${sealedMark}${value}`
      } catch (error) {
        if (error instanceof PiError && error.code === 'INTEGRITY') return value
        throw error
      }
    })
  }

  /**
   * A document that is to be written, with every secret that says the same as the stored one replaced by the stored
   * text, so that comparison and writing see no difference.
   */
  async settled(kind: AnyConfigKind, document: Document, stored: Document | undefined): Promise<Document> {
    return this.#mapped(kind, document, async (value, path) => {
      const old =
        stored &&
        (path.reduce<unknown>((place, key) => (place as Document | undefined)?.[key], stored) as string | undefined)
      if (value === censored) {
        if (old === undefined) {
          throw new PiError(
            'INVALID_INPUT',
            `The secret ${path.join('.')} is censored, and nothing is stored to keep.`,
            {
              hints: ['Write the secret, or a reference such as env:NAME or file:PATH'],
            },
          )
        }
        return old
      }
      if (old === undefined || value === old) return value
      const [clear, oldClear] = [Buffer.from(await this.reveal(value)), Buffer.from(await this.reveal(old))]
      return clear.length === oldClear.length && timingSafeEqual(clear, oldClear) ? old : value
    })
  }

  async #mapped(
    kind: AnyConfigKind,
    document: Document,
    change: (value: string, path: string[]) => Promise<string>,
  ): Promise<Document> {
    const copy = structuredClone(document)
    for (const path of kind.secrets(document)) {
      const last = path.at(-1)!
      const place = path.slice(0, -1).reduce<Document>((at, key) => at[key] as Document, copy)
      const value = place[last]
      if (typeof value === 'string') place[last] = await change(value, path)
    }
    return copy
  }
}
