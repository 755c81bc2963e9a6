import {setTimeout as sleep} from 'node:timers/promises'
import type {Settings} from '../config/settings.js'
import {checkSchema, type Finding} from '../db/check.js'
import {connect, type Connection} from '../db/connect.js'
import {createSchema} from '../db/create.js'
import type {DialectName} from '../db/database.js'
import {dropSchema} from '../db/drop.js'
import {DatabaseError} from '../db/failures.js'
import {readRevisions, recognise} from '../db/recognise.js'
import {headOf, revisions, type Product} from '../db/revision.js'
import {allReleases, newestRelease, releaseSchema} from '../db/schema/releases.js'
import {describeUrl, parseSqlalchemyUrl} from '../db/sqlalchemy-url.js'
import {stampSchema} from '../db/stamp.js'
import {PiError} from '../errors.js'

export type {Finding} from '../db/check.js'

export interface DatabaseStatus {
  dialect: DialectName
  /** Where it is, without password. */
  database: string
  /** The stamped revision; several, separated by commas, when branches were never merged. */
  revision: string | null
  product: Product | null
  version: string | null
  /** How many tables of the product there are. */
  tables: number
  /** One known release's revision, and nothing that `check` would find. */
  clean: boolean
  /** What is not in order, a sentence each. */
  remarks: string[]
}

export interface DatabaseCheck {
  product: Product
  version: string
  findings: Finding[]
}

export interface CreatedTables {
  product: Product
  version: string
  revision: string | null
  tables: number
}

/** Releases and the revisions they are stamped with. */
export interface Head {
  product: Product
  version: string
  revision: string
}

/** A step of the migrations. */
export interface HistoryStep extends Head {
  /** The last one of its release. */
  head: boolean
  effect: string
  /** The database is stamped with it. */
  current: boolean
}

interface WaitOptions {
  timeoutMs: number
  /** Pause between two attempts. */
  pauseMs: number
  /** Told about each attempt that failed. */
  onAttempt?: (reason: string) => void
}

interface DatabaseServiceOptions {
  uri: string
  settings: Settings
  warn: (message: string) => void
}

/** The schema of the main database: looking at it, making it, taking it away. Never an upgrade. */
export class DatabaseService {
  readonly #options: DatabaseServiceOptions

  constructor(options: DatabaseServiceOptions) {
    this.#options = options
  }

  /** @throws PiError CONFIG (unknown or too old schema), UNAVAILABLE */
  status(): Promise<DatabaseStatus> {
    return this.#connected({}, async ({knex: k, dialect, description}) => {
      const catalogue = await dialect.readCatalogue(k)
      const stamped = await readRevisions(k, catalogue)
      const remarks: string[] = []
      const found = recognise(catalogue, stamped, {purpose: 'main', warn: (message) => remarks.push(message)})
      const common = {dialect: dialect.name, database: description, revision: stamped.join(', ') || null}
      if (!found) return {...common, product: null, version: null, tables: 0, clean: false, remarks: ['It is empty.']}
      const {product, version} = found.schema
      const release = releaseSchema(product, version)
      const findings = await checkSchema({k, dialect, catalogue, stamped}, release)
      remarks.push(...findings.map((finding) => finding.message))
      const tables = [...release.tables.keys()].filter((name) => catalogue.tables.has(name)).length
      return {...common, product, version, tables, clean: remarks.length === 0, remarks}
    })
  }

  /** Compares the database with the description of its release. @throws PiError CONFIG, UNAVAILABLE */
  check(): Promise<DatabaseCheck> {
    return this.#connected({}, async ({knex: k, dialect, description}) => {
      const catalogue = await dialect.readCatalogue(k)
      const stamped = await readRevisions(k, catalogue)
      const found = recognise(catalogue, stamped, {purpose: 'main', warn: this.#options.warn})
      if (!found) throw emptyDatabase(description)
      const {product, version} = found.schema
      return {
        product,
        version,
        findings: await checkSchema({k, dialect, catalogue, stamped}, releaseSchema(product, version)),
      }
    })
  }

  /**
   * Makes all tables of a release: by default privacyIDEA 3.8, or the newest eduMFA for an eduMFA configuration.
   * @throws PiError REFUSED (there are tables already), CONFIG (unknown release), UNAVAILABLE
   */
  createTables({stamp = true, release}: {stamp?: boolean; release?: string | undefined} = {}): Promise<CreatedTables> {
    const {product} = this.#options.settings
    const version = release ?? (product === 'edumfa' ? newestRelease('edumfa').version : '3.8')
    return this.#connected({create: true}, async (connection) => {
      const made = await createSchema(connection, product, version, {stamp})
      return {
        product,
        version: made.version,
        revision: (stamp && headOf(product, made.version)) || null,
        tables: made.tables.size,
      }
    })
  }

  /** Whether every table of some release is there, for scripts that make tables at each start. */
  hasTables(): Promise<boolean> {
    return this.#connected({create: true}, async ({knex, dialect}) => {
      const {tables} = await dialect.readCatalogue(knex)
      return allReleases.some((release) => [...release.tables.keys()].every((name) => tables.has(name)))
    })
  }

  /** Drops the tables and sequences of every known release, and the stamp. Other tables stay. @returns their names */
  dropTables(): Promise<string[]> {
    return this.#connected({}, (connection) => dropSchema(connection))
  }

  /** The URI without its password, as the originals print it. */
  get maskedUri(): string {
    const {uri} = this.#options
    const question = uri.lastIndexOf('?')
    return describeUrl(parseSqlalchemyUrl(uri)) + (question > uri.lastIndexOf('@') ? uri.slice(question) : '')
  }

  /** What an operator types to confirm: the name of the database, or of its file. */
  async name(): Promise<string> {
    return this.#connected({}, async ({name}) => name)
  }

  /**
   * Writes the revision that the server's migration tool believes.
   * @param wanted a revision, a release as `3.12`, or `head`: the release that the tables speak of
   * @throws PiError CONFIG (unknown), REFUSED (the tables are of another release, unless `force`)
   */
  stamp(wanted: string, {force = false} = {}): Promise<Head> {
    return this.#connected({}, (connection) => stampSchema(connection, this.#options.settings.product, wanted, {force}))
  }

  /**
   * Waits until the database answers.
   * @throws PiError UNAVAILABLE when the time is over, CONFIG at once for what waiting does not mend
   */
  async wait({timeoutMs, pauseMs, onAttempt}: WaitOptions): Promise<{attempts: number}> {
    const deadline = Date.now() + timeoutMs
    for (let attempts = 1; ; attempts++) {
      try {
        await this.#connected({create: true}, ({knex}) => knex.raw('SELECT 1'))
        return {attempts}
      } catch (error) {
        if (!mayPass(error)) throw error
        onAttempt?.(error.message)
        if (Date.now() + pauseMs > deadline) {
          throw new PiError('UNAVAILABLE', `The database did not answer in time: ${error.message}`, {cause: error})
        }
        await sleep(pauseMs)
      }
    }
  }

  /** Every known step of the migrations, newest first, with the one this database has reached. */
  async history(): Promise<HistoryStep[]> {
    const stamped = await this.#connected({}, async ({knex, dialect}) =>
      readRevisions(knex, await dialect.readCatalogue(knex)),
    )
    return revisions
      .map(({id, product, version, head, effect}) => ({
        revision: id,
        product,
        version,
        head,
        effect,
        current: stamped.includes(id),
      }))
      .reverse()
  }

  async #connected<R>({create = false}: {create?: boolean}, use: (connection: Connection) => Promise<R>): Promise<R> {
    const {uri, settings, warn} = this.#options
    const connection = await connect(uri, {settings, warn, create})
    try {
      return await use(connection)
    } finally {
      await connection.knex.destroy()
    }
  }
}

/** The releases whose schema is known, oldest first. */
export function knownHeads(): Head[] {
  return allReleases.flatMap(({product, version}) => {
    const revision = headOf(product, version)
    return revision ? [{product, version, revision}] : []
  })
}

/** While a server starts it refuses connections, and a container's first start makes database and user last. */
function mayPass(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && ['lost', 'denied', 'conflict'].includes(error.kind)
}

function emptyDatabase(description: string): PiError {
  return new PiError('CONFIG', `The database is empty (${description}).`, {hints: ['pi-manage db create-tables']})
}
