import type {Database, Row} from '../db/database.js'

/** A token and the counter it stands at. */
export interface TokenCounter {
  serial: string
  count: number
}

/** The counters in the table `token`. */
export class TokenCounterRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Every token by age. @param type of one type only */
  async *pages(type?: string): AsyncIterable<TokenCounter[]> {
    const pages = this.#db.pages<Row>('token', {
      build: (query) => {
        query.select('id', 'serial', 'count')
        if (type !== undefined) query.whereRaw('LOWER(??) = ?', ['tokentype', type.toLowerCase()])
      },
    })
    for await (const page of pages)
      yield page.map((row) => ({serial: String(row['serial'] ?? ''), count: Number(row['count'] ?? 0)}))
  }

  /** @returns `missing` when there is no such token, `kept` when the counter stays */
  async set(
    {count, serial}: TokenCounter,
    {increaseOnly}: {increaseOnly: boolean},
  ): Promise<'kept' | 'missing' | 'set'> {
    const rows = await this.#db.k<Row>('token').where({serial}).select('id', 'serial', 'count')
    // MariaDB compares serials without regard to case
    const row = rows.find((candidate) => candidate['serial'] === serial)
    if (!row) return 'missing'
    const query = this.#db.k('token').where({id: row['id']})
    if (increaseOnly) query.where((either) => void either.where('count', '<', count).orWhereNull('count'))
    else if (Number(row['count'] ?? 0) === count) return 'kept'
    return (await query.update({count})) === 1 ? 'set' : 'kept'
  }
}
