import type {Database, Row} from '../../db/database.js'
import {isDuplicate} from '../../db/failures.js'

/** What the database itself says of a run, for programs that do not see its state. */
export interface RunMarker {
  runId: string
  host: string
  startedAt: string
}

const key = 'pi-manage.key-rotation'

/**
 * A row of `config` that is there while values of two keys may be in the database: a run from another machine, or a
 * backup made in between, can be told by it. The originals read configuration by key and ignore it; their change mark is
 * left alone.
 */
export async function readMarker(db: Database): Promise<RunMarker | undefined> {
  const row = await db.k<Row>('config').where({Key: key}).first('Value')
  if (!row) return undefined
  try {
    return JSON.parse(String(row['Value'])) as RunMarker
  } catch {
    return {runId: 'unknown', host: 'unknown', startedAt: 'unknown'}
  }
}

/** @returns whose row is there already, if it is another run's */
export async function putMarker(db: Database, marker: RunMarker): Promise<RunMarker | undefined> {
  const present = await readMarker(db)
  if (present) return present.runId === marker.runId ? undefined : present
  try {
    await db
      .k('config')
      .insert({Key: key, Value: JSON.stringify(marker), Type: '', Description: 'keys are being rotated'})
    return undefined
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return readMarker(db)
  }
}

export async function removeMarker(db: Database, runId: string): Promise<void> {
  const present = await readMarker(db)
  if (present?.runId === runId) await db.k('config').where({Key: key}).delete()
}
