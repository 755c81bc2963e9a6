import type {Knex} from 'knex'
import type {Dialect} from '../../dialect.js'
import type {OpenOptions} from '../../connect.js'
import type {Reader} from '../contract.js'

/** A place in or beside a database where new tables are made and filled while the old ones stay as they are. */
export interface Stage {
  readonly dialect: Dialect
  /** Sees the new tables under {@link nameOf}. */
  readonly k: Knex
  readonly read: Reader
  nameOf(name: string): string
  /** There are tables that will be replaced: servers may be running on them. */
  readonly replaces: boolean
  /** Foreign keys are declared when the rows are there. */
  readonly referencesLast: boolean
}

export interface StagedRestore {
  uri: string
  options: OpenOptions
  /** Tables of the dump, and the sequences that their release has. */
  tables: readonly string[]
  sequences: readonly string[]
  /** Makes, fills and checks the new tables. When it fails, nothing has happened. */
  fill: (stage: Stage) => Promise<void>
  /** Told when only the swap is left to do. */
  onSwap: () => Promise<void>
}

/**
 * Replaces the content of a database: whenever the process dies, the old content is there or the new, never a mixture.
 * Tables of known releases that the dump does not have are taken away; tables of others stay.
 */
export type Staging = (restore: StagedRestore) => Promise<void>
