import type {Database, Row} from '../db/database.js'
import {utcText} from '../db/dates.js'
import type {PeriodicTask} from '../types/periodic-task.js'

/** The tables `periodictask`, `periodictaskoption` and `periodictasklastrun`; times in them are UTC (spec/11 §B1). */
export class PeriodicTaskRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order in which they run. */
  async all(): Promise<PeriodicTask[]> {
    const rows: Row[] = await this.#db.k<Row>('periodictask').orderBy(['ordering', 'id'])
    const options: Row[] = await this.#db.k<Row>('periodictaskoption').orderBy('key')
    const runs: Row[] = await this.#db.k<Row>('periodictasklastrun').orderBy('id')
    const of = (list: readonly Row[], row: Row) =>
      list.filter((one) => Number(one['periodictask_id']) === Number(row['id']))
    return rows.map((row) => ({
      id: Number(row['id']),
      name: String(row['name']),
      active: this.#db.bool(row['active']),
      interval: String(row['interval']),
      nodes: String(row['nodes'] ?? '')
        .split(',')
        .map((node) => node.trim())
        .filter((node) => node !== ''),
      module: String(row['taskmodule']),
      retryIfFailed: this.#db.bool(row['retry_if_failed']),
      ordering: Number(row['ordering']),
      options: Object.fromEntries(of(options, row).map((one) => [String(one['key']), String(one['value'] ?? '')])),
      lastUpdate: readTime(row['last_update']),
      lastRuns: new Map(of(runs, row).map((run) => [String(run['node']), readTime(run['timestamp'])])),
    }))
  }

  /** By its exact name. */
  async find(name: string): Promise<PeriodicTask | undefined> {
    return (await this.all()).find((task) => task.name === name)
  }

  /** Notes that a task has run on a node. */
  async recordRun(id: number, node: string, at: Date): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const place = {periodictask_id: id, node}
      const timestamp = utcText(at)
      if ((await tx.k('periodictasklastrun').where(place).update({timestamp})) > 0) return
      await tx.insert('periodictasklastrun', [{...place, timestamp}])
    })
  }

  /** @returns how many tasks have this id: 0 or 1 */
  async setActive(id: number, active: boolean, at: Date): Promise<number> {
    return this.#db
      .k('periodictask')
      .where({id})
      .update({active, last_update: utcText(at)})
  }

  async rename(id: number, name: string): Promise<void> {
    await this.#db.k('periodictask').where({id}).update({name})
  }
}

function readTime(value: unknown): Date {
  return new Date(`${String(value).slice(0, 23).replace(' ', 'T')}Z`)
}
