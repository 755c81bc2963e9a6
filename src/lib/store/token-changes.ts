import {increasedText, numberInText} from '../db/arithmetic.js'
import type {Database, Row} from '../db/database.js'
import {isDuplicate} from '../db/failures.js'
import {TokenRepository} from './tokens.js'

/** What a login changes on one token. */
export interface CheckedChanges {
  id: number
  serial: string
  /** Compare-and-set of the counter. */
  counter: {from: number; to: number} | undefined
  /**
   * The token must still be active and below its maximum of failures or, when its time at the maximum is over, have as
   * many as were read.
   */
  fitness: {failcount: number | 'below maximum'} | undefined
  failures: number
  clearsFailures: boolean
  /** Value of `failcounter_exceeded` in case that these failures reach the maximum. */
  exceededAt: string | undefined
  /** Details to set or, with null, to delete; `stored` tells whether the row is there. */
  info: readonly {key: string; value: string | null; type: string; stored: boolean}[]
  /** Details that only one caller can delete. */
  usedUp: readonly string[]
  increments: readonly {key: string; by: number; limit: number | undefined; stored: boolean}[]
  /** Details of which servers see that they were written anew. */
  rewrites: boolean
  deletes: boolean
  pinHash: string | undefined
}

/**
 * Stores what a login changes; whatever may happen once is one conditional statement, so that of concurrent logins one
 * wins on every database (spec/05 §16.4). Call it in a transaction.
 */
export class TokenChangeRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** @returns false when the token has changed meanwhile; the transaction must then be rolled back */
  async store(changes: CheckedChanges): Promise<boolean> {
    return (
      (await this.#counters(changes)) &&
      (await this.#useUp(changes)) &&
      (await this.#details(changes)) &&
      (await this.#limits(changes)) &&
      (await this.#delete(changes))
    )
  }

  async #counters({
    id,
    counter,
    fitness,
    failures,
    clearsFailures,
    exceededAt,
    pinHash,
  }: CheckedChanges): Promise<boolean> {
    const {k} = this.#db
    if (counter || fitness || clearsFailures || pinHash !== undefined) {
      const row: Row = {}
      if (counter) row['count'] = counter.to
      if (clearsFailures) row['failcount'] = failures
      if (pinHash !== undefined) row['pin_hash'] = pinHash
      const query = k('token').where({id})
      // NULL is a counter of zero in old rows.
      if (counter) void query.whereRaw('COALESCE(??, 0) = ?', ['count', counter.from])
      // A fit token that changes nothing is still locked against the failures of others.
      if (fitness) void query.where({active: true})
      if (fitness?.failcount === 'below maximum') void query.whereRaw('?? < ??', ['failcount', 'maxfail'])
      else if (fitness) void query.where({failcount: fitness.failcount})
      if (Object.keys(row).length === 0) row['id'] = id
      if ((await query.update(row)) !== 1) return false
    }
    if (failures === 0 || clearsFailures) return true
    const counted = await k('token')
      .where({id})
      .whereRaw('?? < ??', ['failcount', 'maxfail'])
      .update({failcount: k.raw('?? + ?', ['failcount', failures])})
    if (counted === 0 || exceededAt === undefined) return true
    const now = await k<Row>('token').where({id}).first('failcount', 'maxfail')
    if (!now || Number(now['failcount']) < Number(now['maxfail'])) return true
    return this.#set(id, 'failcounter_exceeded', exceededAt)
  }

  async #useUp({id, usedUp}: CheckedChanges): Promise<boolean> {
    for (const key of usedUp) {
      if ((await this.#db.k('tokeninfo').where({token_id: id, Key: key}).delete()) !== 1) return false
    }
    return true
  }

  /** Everything that is there already in one statement, everything new in another. */
  async #details({id, info, increments, rewrites}: CheckedChanges): Promise<boolean> {
    const {k} = this.#db
    if (rewrites) await k('tokeninfo').where({token_id: id}).whereNull('Type').update({Type: ''})
    const gone = info.filter(({value, stored}) => value === null && stored).map(({key}) => key)
    if (gone.length > 0) await k('tokeninfo').where({token_id: id}).whereIn('Key', gone).delete()

    const kept = info.filter(({value, type, stored}) => value !== null && stored && type === '')
    const counted = increments.filter(({stored, limit}) => stored && limit === undefined)
    if (kept.length + counted.length > 0) {
      const cases = [
        ...kept.map(({key, value}) => k.raw('WHEN ? THEN ?', [key, value])),
        ...counted.map(({key, by}) => k.raw('WHEN ? THEN ?', [key, increasedText(this.#db, 'Value', by)])),
      ]
      const keys = [...kept, ...counted].map(({key}) => key)
      const value = k.raw(`CASE ?? ${cases.map(() => '?').join(' ')} ELSE ?? END`, ['Key', ...cases, 'Value'])
      const query = k('tokeninfo').where({token_id: id}).whereIn('Key', keys)
      // As the original leaves them: NULL after an update, empty after an insert.
      if ((await query.update({Value: value, Type: null, Description: null})) !== keys.length) return false
    }

    for (const {key, value, type, stored} of info) {
      if (value === null || !stored || type === '') continue
      const row = {Value: value, Type: type, Description: null}
      if ((await k('tokeninfo').where({token_id: id, Key: key}).update(row)) !== 1) return false
    }

    return this.#insert(id, [
      ...info.flatMap(({key, value, type, stored}) => (value === null || stored ? [] : [{key, value, type}])),
      ...increments.filter(({stored}) => !stored).map(({key, by}) => ({key, value: String(by), type: ''})),
    ])
  }

  /** Somebody else may have added the same detail since the token was read. */
  async #insert(id: number, rows: readonly {key: string; value: string; type: string}[]): Promise<boolean> {
    try {
      await this.#db.insert(
        'tokeninfo',
        rows.map(({key, value, type}) => ({token_id: id, Key: key, Value: value, Type: type, Description: ''})),
      )
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw error
    }
  }

  async #limits({id, increments}: CheckedChanges): Promise<boolean> {
    for (const {key, by, limit, stored} of increments) {
      if (limit === undefined || !stored) continue
      const changed = await this.#db
        .k('tokeninfo')
        .where({token_id: id, Key: key})
        .where(numberInText(this.#db, 'Value'), '<', limit)
        .update({Value: increasedText(this.#db, 'Value', by)})
      if (changed !== 1) return false
    }
    return true
  }

  async #set(id: number, key: string, value: string): Promise<boolean> {
    const {k} = this.#db
    const updated = await k('tokeninfo').where({token_id: id, Key: key}).update({Value: value, Type: null})
    return updated > 0 || this.#insert(id, [{key, value, type: ''}])
  }

  async #delete({id, serial, deletes}: CheckedChanges): Promise<boolean> {
    return !deletes || (await new TokenRepository(this.#db).delete([{id, serial}])) === 1
  }
}
