import {z} from 'zod'
import type {Row} from '../../db/database.js'
import type {ConfigKind} from '../contract.js'
import {list, requiredText, text, texts, truth} from '../shared/text.js'

const document = z.strictObject({
  active: z.boolean().default(true),
  interval: z.string().describe('five fields of a crontab'),
  nodes: z.array(z.string()).default([]),
  module: z.string().describe('for example SimpleStats, EventCounter'),
  retryIfFailed: z.boolean().default(true),
  ordering: z.int().default(0),
  options: z.record(z.string(), z.string()).default({}),
})

type PeriodicTaskDocument = z.infer<typeof document>

/** Periodic tasks; when they ran last is no configuration, and stays with the nodes that are kept. */
export const periodicTask: ConfigKind<PeriodicTaskDocument> = {
  kind: 'periodic-task',
  exportKey: 'periodictask',
  exportShape: 'list',
  order: 80,
  bumpsTimestamp: false,
  document,
  available: (schema) => schema.hasTable('periodictask'),
  secrets: () => [],
  async list(db) {
    const options = await db.k<Row>('periodictaskoption').orderBy('id')
    const rows = await db.k<Row>('periodictask').orderBy('ordering').orderBy('id')
    return new Map(
      rows.map((row) => [
        text(row['name']),
        {
          active: db.bool(row['active']),
          interval: text(row['interval']),
          nodes: list(row['nodes']),
          module: text(row['taskmodule']),
          retryIfFailed: db.bool(row['retry_if_failed']),
          ordering: Number(row['ordering']),
          options: Object.fromEntries(
            options
              .filter((option) => Number(option['periodictask_id']) === Number(row['id']))
              .map((option) => [text(option['key']), text(option['value'])]),
          ),
        },
      ]),
    )
  },
  async save({db}, name, given) {
    const row: Row = {
      name,
      active: given.active,
      retry_if_failed: given.retryIfFailed,
      interval: given.interval,
      nodes: given.nodes.join(', '),
      taskmodule: given.module,
      ordering: given.ordering,
      last_update: utcNow(),
    }
    const stored = await db.k<Row>('periodictask').where({name}).first('id')
    if (stored) await db.k('periodictask').where({id: stored['id']}).update(row)
    const id = stored ? Number(stored['id']) : (await db.insert('periodictask', [row]))[0]!
    await db.k('periodictaskoption').where({periodictask_id: id}).delete()
    await db.insert(
      'periodictaskoption',
      Object.entries(given.options).map(([key, value]) => ({key, periodictask_id: id, value})),
    )
    await db.k('periodictasklastrun').where({periodictask_id: id}).whereNotIn('node', given.nodes).delete()
  },
  async delete(db, name) {
    const stored = await db.k<Row>('periodictask').where({name}).first('id')
    if (!stored) return
    for (const table of ['periodictaskoption', 'periodictasklastrun']) {
      await db.k(table).where({periodictask_id: stored['id']}).delete()
    }
    await db.k('periodictask').where({id: stored['id']}).delete()
  },
  async facts(db) {
    const runs = await db.k<Row>('periodictasklastrun').orderBy('id')
    const rows = await db.k<Row>('periodictask').orderBy('id')
    return new Map(
      rows.map((row) => {
        const mine = runs.filter((run) => Number(run['periodictask_id']) === Number(row['id']))
        return [
          text(row['name']),
          {
            id: Number(row['id']),
            last_update: `${text(row['last_update']).slice(0, 16).replace(' ', 'T')}+0000`,
            last_runs: Object.fromEntries(
              mine.map((run) => [text(run['node']), `${text(run['timestamp']).slice(0, 19).replace(' ', 'T')}+00:00`]),
            ),
          },
        ]
      }),
    )
  },
  toOriginal: (name, given, _db, {id, last_runs: lastRuns, last_update: lastUpdate}) => ({
    ...(id !== undefined && {id}),
    name,
    active: given.active,
    interval: given.interval,
    nodes: given.nodes,
    taskmodule: given.module,
    retry_if_failed: given.retryIfFailed,
    ...(lastUpdate !== undefined && {last_update: lastUpdate}),
    ordering: given.ordering,
    options: given.options,
    ...(lastRuns !== undefined && {last_runs: lastRuns}),
  }),
  fromOriginal(element, key) {
    return {
      name: key ?? requiredText(element, 'name', 'periodic task'),
      document: {
        active: truth(element['active'], true),
        interval: requiredText(element, 'interval', 'periodic task'),
        module: requiredText(element, 'taskmodule', 'periodic task'),
        nodes: list(element['nodes']),
        options: texts(element['options']),
        ordering: Number(element['ordering'] ?? 0),
        retryIfFailed: truth(element['retry_if_failed'], true),
      },
    }
  },
}

/** Now in UTC, as DATETIME columns hold it. */
function utcNow(): string {
  return new Date().toISOString().replace('T', ' ').replace('Z', '000')
}
