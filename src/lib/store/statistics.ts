import type {Database, Row} from '../db/database.js'
import {utcText} from '../db/dates.js'
import {isDuplicate} from '../db/failures.js'
import type {EventCounters, Statistics, TokenCounts} from '../tasks/contract.js'

/** The table `monitoringstats` (spec/11 §C). */
export class StatisticsRepository implements Statistics {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** A second value of one key at one moment is lost, as in the originals; old MySQL tables keep whole seconds. */
  async write(key: string, value: number, at: Date): Promise<void> {
    try {
      await this.#db.insert('monitoringstats', [{timestamp: utcText(at), stats_key: key, stats_value: value}])
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  }
}

/** The table `eventcounter` (spec/11 §C). */
export class EventCounterRepository implements EventCounters {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async values(name: string): Promise<{node: string; value: number}[]> {
    const rows: Row[] = await this.#db.k<Row>('eventcounter').where('counter_name', name).orderBy('id')
    return rows.map((row) => ({node: String(row['node']), value: Number(row['counter_value'] ?? 0)}))
  }

  async subtract(name: string, values: readonly {node: string; value: number}[]): Promise<void> {
    await this.#db.transaction(async (tx) => {
      for (const {node, value} of values) {
        await tx
          .k('eventcounter')
          .where({counter_name: name, node})
          .update({counter_value: tx.k.raw('?? - ?', ['counter_value', value])})
      }
    })
  }
}

/** Counts tokens as the statistics of the originals do (spec/11 §B4). */
export class TokenCountRepository implements TokenCounts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async total(): Promise<number> {
    const [row] = (await this.#db.k('token').count({n: '*'})) as Row[]
    return Number(row?.['n'] ?? 0)
  }

  async ofKind(kind: string, {unassigned = false} = {}): Promise<number> {
    const query = this.#db
      .k('token')
      .join('tokeninfo', 'tokeninfo.token_id', 'token.id')
      .where({'tokeninfo.Key': 'tokenkind', 'tokeninfo.Value': kind})
    if (unassigned) query.leftJoin('tokenowner', 'tokenowner.token_id', 'token.id').whereNull('tokenowner.id')
    const [row] = (await query.countDistinct({n: 'token.id'})) as Row[]
    return Number(row?.['n'] ?? 0)
  }

  async assigned(): Promise<number> {
    const [row] = (await this.#db
      .k('token')
      .join('tokenowner', 'tokenowner.token_id', 'token.id')
      .count({n: '*'})) as Row[]
    return Number(row?.['n'] ?? 0)
  }

  async usersWithToken(): Promise<number> {
    const users = this.#db
      .k('tokenowner')
      .join('token', 'token.id', 'tokenowner.token_id')
      .where('token.active', true)
      .distinct('tokenowner.resolver', 'tokenowner.user_id')
    const [row] = (await this.#db.k.from(users.as('users')).count({n: '*'})) as Row[]
    return Number(row?.['n'] ?? 0)
  }
}
