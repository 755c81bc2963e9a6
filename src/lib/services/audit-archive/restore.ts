import {generationsPath, readGenerations} from '../../audit/generations.js'
import {auditPublicKey} from '../../audit/keys.js'
import type {Settings} from '../../config/settings.js'
import {readPublicKey} from '../../crypto/signature.js'
import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {lineOf} from './format.js'
import {archiveRows, checkArchive, readManifest} from './read.js'

export interface RestoreOptions {
  dryRun?: boolean
  /** Take an archive that nobody signed. */
  allowUnsigned?: boolean
  onProgress?: (rows: number) => void
  signal?: AbortSignal | undefined
}

export interface RestoreResult {
  restored: number
  /** Rows that were there already, as in the archive. */
  present: number
  /** Ids under which another row is there; it was left alone. */
  conflicts: number[]
  signed: boolean
}

const blockSize = 500

/** Brings rows of an archive back. */
export class AuditRestoreService {
  readonly #settings: Settings
  readonly #database: () => Promise<Database>

  constructor({settings, database}: {settings: Settings; database: () => Promise<Database>}) {
    this.#settings = settings
    this.#database = database
  }

  /**
   * Checks the whole archive, then inserts what is missing, with the ids it had. A second time does nothing.
   * @throws PiError INVALID_INPUT, INTEGRITY (damaged, or signed by nobody of the site), INTERRUPTED, UNAVAILABLE
   */
  async restore(
    path: string,
    {dryRun, allowUnsigned, onProgress, signal}: RestoreOptions = {},
  ): Promise<RestoreResult> {
    const {manifest} = await readManifest(path)
    const {signed} = await checkArchive(path, await this.#keys())
    if (!signed && !allowUnsigned) {
      throw new PiError('INTEGRITY', `The archive ${path} is not signed.`, {
        hints: ['Take it all the same: --unsigned'],
      })
    }
    const db = await this.#database()
    const table = db.schema.auditTable
    const result: RestoreResult = {restored: 0, present: 0, conflicts: [], signed}
    for await (const block of archiveRows(path, blockSize)) {
      if (signal?.aborted) throw new PiError('INTERRUPTED', `Interrupted after ${result.restored} rows.`)
      const rows = block.map((row) => ofProduct(row, db))
      const columns = manifest.columns.filter((column) => db.schema.hasColumn(table, column))
      await db
        .transaction(async (tx) => {
          const found = (await tx.k(table).whereIn(
            'id',
            rows.map((row) => Number(row['id'])),
          )) as Row[]
          const there = new Map(found.map((row) => [Number(row['id']), lineOf(row, columns)]))
          const missing = rows.filter((row) => !there.has(Number(row['id'])))
          if (!dryRun) await tx.insert(table, missing)
          return {missing, there}
        })
        .then(({missing, there}) => {
          result.restored += missing.length
          for (const row of rows) {
            const id = Number(row['id'])
            const line = there.get(id)
            if (line === undefined) continue
            if (line === lineOf(row, columns)) result.present += 1
            else result.conflicts.push(id)
          }
        })
      onProgress?.(block.length)
    }
    if (!dryRun && result.restored > 0) await db.raiseSequences([table])
    return result
  }

  async #keys() {
    const present = await auditPublicKey(this.#settings)
    const path = generationsPath(this.#settings)
    const earlier = path === undefined ? [] : await readGenerations(path)
    return [...(present ? [present] : []), ...earlier.map(({publicKey}) => readPublicKey(publicKey))]
  }
}

/** The products call the server's column differently. */
function ofProduct(row: Row, {schema}: Database): Row {
  const {privacyidea_server: one, edumfa_server: other, ...rest} = row
  return {...rest, [schema.auditServerColumn]: one ?? other ?? null}
}
