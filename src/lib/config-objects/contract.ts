import type {z} from 'zod'
import type {Database, Schema} from '../db/database.js'

/** What stands for a secret that is not shown; on import it means "keep what is stored". */
export const censored = '__CENSORED__'

/**
 * Marks a secret that is still encrypted under the config key of its site: `enc:` before `iv:ct` (spec/02 §5.1). Kinds
 * read and write secrets in this form, so that a copy needs no key and nothing is encrypted twice.
 */
export const sealedMark = 'enc:'

/** Facts of one object: `id`, `last_update`, … */
export type OriginalFacts = Readonly<Record<string, unknown>>

/** What a kind needs to write. */
export interface KindEnv {
  db: Database
  /** `iv:ct` of a secret given in clear or sealed. @throws PiError UNAVAILABLE, CONFIG */
  seal(secret: string): Promise<string>
}

/**
 * One type of configuration object, e.g. policies: how it lies in the tables, what its document looks like, and how the
 * originals write it. To add a type, write a file in `kinds/` and a line in `registry.ts`.
 */
export interface ConfigKind<D extends object = Record<string, unknown>> {
  /** Word in commands and folder in trees, e.g. `smtp-server`. */
  readonly kind: string
  /** Key in the exports of privacyIDEA; eduMFA names one differently. */
  readonly exportKey: string
  readonly eduMfaExportKey?: string
  /** The originals' exporters do not know this type; it is in our exports only. */
  readonly oursOnly?: boolean
  /** Whether the originals export a mapping by name or a list. */
  readonly exportShape: 'mapping' | 'list'
  /** Objects of a lower order are written first and deleted last. */
  readonly order: number
  /** The tables may hold one name several times; the later ones are told apart by a number behind it (` #2`). */
  readonly namesRepeat?: boolean
  /** Whether running servers must be told (spec/01 §6.4). */
  readonly bumpsTimestamp: boolean
  /** Our document without its name; the same schema validates, fills defaults and makes the JSON Schema. */
  readonly document: z.ZodType<D>
  /** False when this release has no such table. */
  available(schema: Schema): boolean
  /** Paths of the secrets in a document, e.g. `['settings', 'BINDPW']`. */
  secrets(document: D): string[][]
  /** All objects by name, secrets sealed. */
  list(db: Database): Promise<Map<string, D>>
  /**
   * Writes one object, all rows of it; `stored` is what is there now. A secret that is {@link censored} keeps its value.
   * @throws PiError INVALID_INPUT (what the schema cannot hold), NOT_FOUND (what it refers to)
   */
  save(env: KindEnv, name: string, document: D, stored: D | undefined): Promise<void>
  /** Deletes one object with all its rows. @throws PiError REFUSED while something refers to it */
  delete(db: Database, name: string): Promise<void>
  /** What an original export tells beside the configuration, such as row ids, by name; ignored on import. */
  facts?(db: Database): Promise<Map<string, OriginalFacts>>
  /** Elements that an original export holds beside the objects; ignored on import. */
  extras?(db: Database): Promise<[string, unknown][]>
  /** The element of an original export, with its keys and order. */
  toOriginal(name: string, document: D, db: Database, facts: OriginalFacts): unknown
  /** The inverse; `key` is the key in a mapping. @throws PiError INVALID_INPUT */
  fromOriginal(element: Readonly<Record<string, unknown>>, key: string | undefined): {name: string; document: unknown}
}

/** A kind whose document type is not known at the place of use. */
export type AnyConfigKind = ConfigKind<Record<string, unknown>>

/** Lets kinds of different document types live in one registry. */
export function erased<D extends object>(kind: ConfigKind<D>): AnyConfigKind {
  return kind as unknown as AnyConfigKind
}
