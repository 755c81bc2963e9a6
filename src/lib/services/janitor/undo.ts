import type {Database, Row} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import {TokenRepository} from '../../store/tokens.js'
import {fingerprint, readSnapshots, restoreSnapshot, restoreSnapshots, type Snapshot} from './snapshot.js'
import type {UndoRecord} from './undo-file.js'

export interface UndoResult {
  restored: string[]
  /** Tokens that are what they were before already. */
  unchanged: string[]
  /** Tokens that others have changed since; restored all the same with `force`. */
  skipped: {serial: string; reason: string}[]
  failed: {serial: string; reason: string}[]
  interrupted: boolean
}

export interface UndoOptions {
  /** Also take back what others have changed since. */
  force?: boolean
  dryRun?: boolean
  signal?: AbortSignal | undefined
  /** Before each transaction: may throw to stop, e.g. when a lock was lost. */
  beforeChunk?: () => Promise<void>
  onProgress?: (tokens: number) => void
}

/** Tokens a transaction. */
const chunkSize = 50

/**
 * Brings tokens back, the last change first, each with all its rows and their ids. Each token is restored as a whole or
 * not at all; what fails is reported, and the others go on.
 */
export async function undoRecords(
  db: Database,
  records: Iterable<UndoRecord>,
  {force = false, dryRun = false, signal, beforeChunk, onProgress}: UndoOptions = {},
): Promise<UndoResult> {
  const result: UndoResult = {restored: [], unchanged: [], skipped: [], failed: [], interrupted: false}
  for (const chunk of chunks(records)) {
    if (signal?.aborted) {
      result.interrupted = true
      break
    }
    await beforeChunk?.()
    try {
      merge(result, await restoreChunk(db, chunk, {force, dryRun}))
    } catch (error) {
      if (isHopeless(error)) throw error
      // One of them made the whole transaction fail: find out which.
      for (const record of chunk) {
        try {
          merge(result, await restoreChunk(db, [record], {force, dryRun}))
        } catch (single) {
          if (isHopeless(single)) throw single
          result.failed.push({serial: record.before.serial, reason: reasonOf(single)})
        }
      }
    }
    onProgress?.(chunk.length)
  }
  return result
}

/** Records in their order, no token twice in a piece: what was changed twice is taken back twice. */
function* chunks(records: Iterable<UndoRecord>): Iterable<UndoRecord[]> {
  let chunk: UndoRecord[] = []
  const ids = new Set<number>()
  for (const record of records) {
    if (chunk.length === chunkSize || ids.has(record.before.id)) {
      yield chunk
      chunk = []
      ids.clear()
    }
    chunk.push(record)
    ids.add(record.before.id)
  }
  if (chunk.length > 0) yield chunk
}

type ChunkResult = Omit<UndoResult, 'failed' | 'interrupted'>

async function restoreChunk(
  db: Database,
  records: readonly UndoRecord[],
  options: {force: boolean; dryRun: boolean},
): Promise<ChunkResult> {
  return db.transaction(async (tx) => {
    const result: ChunkResult = {restored: [], unchanged: [], skipped: []}
    const present = await readSnapshots(
      tx,
      records.map(({before}) => before.id),
      {lock: true},
    )
    const taken = new Set(
      (await new TokenRepository(tx).findSeveral(records.map(({before}) => before.serial))).map(({serial}) => serial),
    )
    const gone: Snapshot[] = []
    for (const record of records) {
      const {before} = record
      const now = present.get(before.id)
      const verdict = judge(record, now, taken.has(before.serial), options.force)
      if (verdict === 'unchanged') result.unchanged.push(before.serial)
      else if (verdict !== 'restore') result.skipped.push({serial: before.serial, reason: verdict.reason})
      else {
        result.restored.push(before.serial)
        if (options.dryRun) continue
        if (now) await restoreSnapshot(tx, now, {...before, rows: withLogins(before.rows, now.rows)})
        else gone.push(before)
      }
    }
    await restoreSnapshots(tx, gone)
    return result
  })
}

function judge(
  {before, after}: UndoRecord,
  now: Snapshot | undefined,
  serialTaken: boolean,
  force: boolean,
): 'restore' | 'unchanged' | {reason: string} {
  if (now && now.serial !== before.serial) return {reason: `its id now belongs to ${now.serial}`}
  const state = fingerprint(now)
  if (state === fingerprint(before)) return 'unchanged'
  if (!now && serialTaken) return {reason: 'there is a new token with this serial'}
  if (state !== after && !force) return {reason: now ? 'it was changed since' : 'it was deleted since'}
  return 'restore'
}

/** Logins that are under way belong to the token as it is now. */
function withLogins(before: Record<string, Row[]>, now: Record<string, Row[]>): Record<string, Row[]> {
  return {...before, challenge: now['challenge'] ?? []}
}

function merge(into: UndoResult, more: ChunkResult): void {
  into.restored.push(...more.restored)
  into.unchanged.push(...more.unchanged)
  into.skipped.push(...more.skipped)
}

/** What will fail for every token: no database, a damaged file, a lost lock. */
function isHopeless(error: unknown): boolean {
  return error instanceof PiError && ['CONFIG', 'INTEGRITY', 'LOCKED', 'UNAVAILABLE'].includes(error.code)
}
