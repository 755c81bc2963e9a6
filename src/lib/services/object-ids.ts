import {findConfigKind} from '../config-objects/registry.js'
import type {Database, Row} from '../db/database.js'

/** Ids of the rows of policies, resolvers and events by kind and name; the originals tell them in their messages. */
export type ObjectIds = ReadonlyMap<string, ReadonlyMap<string, number>>

/** The ids as they are now, of those kinds that have any. */
export async function objectIds(db: Database): Promise<ObjectIds> {
  const ids = new Map<string, Map<string, number>>()
  for (const kind of ['policy', 'resolver']) {
    const rows = await db.k<Row>(kind).select('id', 'name')
    ids.set(kind, new Map(rows.map((row) => [String(row['name']), Number(row['id'])])))
  }
  const events = await findConfigKind('event')!.facts!(db)
  ids.set('event', new Map([...events].map(([name, facts]) => [name, Number(facts['id'])])))
  return ids
}
