import type {Database} from '../../db/database.js'
import {reasonOf} from '../../errors.js'
import {TokenRepository} from '../../store/tokens.js'
import {fingerprint, readSnapshots, restoreSnapshot} from './snapshot.js'
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
  beforeToken?: () => Promise<void>
  onProgress?: (tokens: number) => void
}

/** Brings tokens back, the last change first, each with all its rows and their ids in one transaction. */
export async function undoRecords(
  db: Database,
  records: Iterable<UndoRecord>,
  {force = false, dryRun = false, signal, beforeToken, onProgress}: UndoOptions = {},
): Promise<UndoResult> {
  const result: UndoResult = {restored: [], unchanged: [], skipped: [], failed: [], interrupted: false}
  for (const record of records) {
    if (signal?.aborted) {
      result.interrupted = true
      break
    }
    await beforeToken?.()
    const {serial} = record.before
    try {
      const outcome = await db.transaction((tx) => restore(tx, record, {force, dryRun}))
      if (outcome === 'restored') result.restored.push(serial)
      else if (outcome === 'unchanged') result.unchanged.push(serial)
      else result.skipped.push({serial, reason: outcome.reason})
    } catch (error) {
      result.failed.push({serial, reason: reasonOf(error)})
    }
    onProgress?.(1)
  }
  return result
}

async function restore(
  tx: Database,
  {before, after}: UndoRecord,
  {force, dryRun}: {force: boolean; dryRun: boolean},
): Promise<'restored' | 'unchanged' | {reason: string}> {
  const now = (await readSnapshots(tx, [before.id], {lock: true})).get(before.id)
  if (now && now.serial !== before.serial) return {reason: `its id now belongs to ${now.serial}`}
  const state = fingerprint(now)
  if (state === fingerprint(before)) return 'unchanged'
  if (!now && (await new TokenRepository(tx).find(before.serial)))
    return {reason: 'there is a new token with this serial'}
  if (state !== after && !force) return {reason: now ? 'it was changed since' : 'it was deleted since'}
  if (dryRun) return 'restored'
  // Logins that are under way belong to the token as it is now.
  const target = now ? {...before, rows: {...before.rows, challenge: now.rows['challenge'] ?? []}} : before
  await restoreSnapshot(tx, now, target)
  return 'restored'
}
