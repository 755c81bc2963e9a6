import type {Database} from '../../db/database.js'
import {DatabaseError} from '../../db/failures.js'
import {PiError, reasonOf} from '../../errors.js'
import {TokenRepository} from '../../store/tokens.js'
import type {Change} from '../tokens/changes.js'
import type {PlannedToken} from './plan.js'
import {fingerprint, readSnapshots, type Snapshot} from './snapshot.js'
import type {UndoRecord, UndoWriter} from './undo-file.js'

export interface ApplyOptions {
  /** Tokens a transaction. */
  chunkSize?: number
  /** Gets every token before its change is committed. */
  undo?: UndoWriter | undefined
  /** What an interrupted run of the same plan has made of tokens: fingerprints by id. */
  earlier?: ReadonlyMap<number, string> | undefined
  /** Ends the run after the tokens that are under way. */
  signal?: AbortSignal | undefined
  /** Before each transaction: may throw to stop, e.g. when a lock was lost. */
  beforeChunk?: () => Promise<void>
  onProgress?: (tokens: number) => void
}

export interface ApplyResult {
  changed: string[]
  /** Tokens that were so already. */
  unchanged: string[]
  /** Tokens that are not what they were when they were found. */
  skipped: {serial: string; reason: 'changed' | 'gone'}[]
  failed: {serial: string; reason: string}[]
  /** The run was ended before all tokens had their turn. */
  interrupted: boolean
}

const defaultChunk = 100

/**
 * Makes a change to tokens that are still what they were when they were found. Each token is changed as a whole or not at
 * all; what fails is reported, and the others go on.
 */
export async function applyChange(
  db: Database,
  planned: readonly PlannedToken[],
  change: Change,
  {chunkSize = defaultChunk, undo, earlier, signal, beforeChunk, onProgress}: ApplyOptions = {},
): Promise<ApplyResult> {
  const result: ApplyResult = {changed: [], unchanged: [], skipped: [], failed: [], interrupted: false}
  for (let at = 0; at < planned.length; at += chunkSize) {
    if (signal?.aborted) {
      result.interrupted = true
      break
    }
    await beforeChunk?.()
    const chunk = planned.slice(at, at + chunkSize)
    try {
      merge(result, await applyChunk(db, chunk, change, {undo, earlier}))
    } catch (error) {
      if (isHopeless(error)) throw error
      // One of them made the whole transaction fail: find out which.
      for (const token of chunk) {
        try {
          merge(result, await applyChunk(db, [token], change, {undo, earlier}))
        } catch (single) {
          if (isHopeless(single)) throw single
          result.failed.push({serial: token.serial, reason: reasonOf(single)})
        }
      }
    }
    onProgress?.(chunk.length)
  }
  return result
}

type ChunkResult = Omit<ApplyResult, 'interrupted'>

async function applyChunk(
  db: Database,
  planned: readonly PlannedToken[],
  change: Change,
  {undo, earlier}: Pick<ApplyOptions, 'earlier' | 'undo'>,
): Promise<ChunkResult> {
  return db.transaction(async (tx) => {
    const result: ChunkResult = {changed: [], unchanged: [], skipped: [], failed: []}
    const ids = planned.map(({id}) => id)
    const before = await readSnapshots(tx, ids, {lock: true})
    const tokens = new Map((await new TokenRepository(tx).findByIds(ids)).map((token) => [token.id, token]))
    const touched: Snapshot[] = []
    for (const {id, serial, fingerprint: found} of planned) {
      const snapshot = before.get(id)
      const now = fingerprint(snapshot)
      const token = tokens.get(id)
      if (earlier?.get(id) === now && now !== found) result.unchanged.push(serial)
      else if (!snapshot || !token) result.skipped.push({serial, reason: 'gone'})
      else if (now !== found) result.skipped.push({serial, reason: 'changed'})
      else {
        try {
          if (await change(tx, token)) {
            result.changed.push(serial)
            touched.push(snapshot)
          } else result.unchanged.push(serial)
        } catch (error) {
          // A refusal comes before anything is written; everything else concerns the transaction.
          if (!(error instanceof PiError) || error.code !== 'REFUSED' || error instanceof DatabaseError) throw error
          result.failed.push({serial, reason: error.message})
        }
      }
    }
    if (undo && touched.length > 0) {
      const after = await readSnapshots(
        tx,
        touched.map(({id}) => id),
      )
      undo.append(
        touched.map((snapshot): UndoRecord => ({before: snapshot, after: fingerprint(after.get(snapshot.id))})),
      )
    }
    return result
  })
}

function merge(into: ApplyResult, more: ChunkResult): void {
  into.changed.push(...more.changed)
  into.unchanged.push(...more.unchanged)
  into.skipped.push(...more.skipped)
  into.failed.push(...more.failed)
}

/** What will fail for every token: no database, no room for the undo file, a lost lock. */
function isHopeless(error: unknown): boolean {
  if (error instanceof PiError) return ['CONFIG', 'LOCKED', 'UNAVAILABLE'].includes(error.code)
  return typeof (error as {code?: unknown}).code === 'string' && (error as {syscall?: unknown}).syscall !== undefined
}
