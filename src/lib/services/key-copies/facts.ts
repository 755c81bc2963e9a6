import {stat} from 'node:fs/promises'
import type {Settings} from '../../config/settings.js'
import type {Database} from '../../db/database.js'
import type {KeySlot} from '../../security-module.js'
import {EncryptedValueRepository} from '../../store/encrypted-values.js'
import {readRunState, runStatePath} from '../key-rotation/run-state.js'

export interface KeyFacts {
  since: string | null
  ageDays: number | null
  values: Record<KeySlot, number>
  rotation: {runId: string; phase: string; updatedAt: string} | null
}

/** What file, rotation and database tell of the keys. @throws PiError UNAVAILABLE */
export async function keyFacts(settings: Settings, db: Database, now = Date.now()): Promise<KeyFacts> {
  const statePath = runStatePath(settings)
  const state = statePath === undefined ? undefined : readRunState(statePath)
  const since = state?.phase === 'done' ? new Date(state.updatedAt) : await fileTime(settings.path('PI_ENCFILE'))
  const values: Record<KeySlot, number> = {token: 0, config: 0, value: 0}
  for await (const page of new EncryptedValueRepository(db).pages()) {
    for (const {place} of page) values[place.slot] += 1
  }
  return {
    since: since?.toISOString() ?? null,
    ageDays: since ? Math.max(0, Math.floor((now - since.getTime()) / 86_400_000)) : null,
    values,
    rotation: state ? {runId: state.runId, phase: state.phase, updatedAt: state.updatedAt} : null,
  }
}

async function fileTime(path: string | undefined): Promise<Date | undefined> {
  if (path === undefined) return undefined
  return (await stat(path).catch(() => undefined))?.mtime
}
