import type {Knex} from 'knex'
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

  /**
   * The same for several tokens, in few statements as far as they change alike.
   * @param changes of different tokens, in the order of their ids
   * @returns false when any of them has changed meanwhile; the transaction must then be rolled back
   */
  async storeSeveral(changes: readonly CheckedChanges[]): Promise<boolean> {
    const alike = changes.filter((change) => isPlain(change))
    if (alike.length > 1) {
      if (!(await this.#countersOf(alike)) || !(await this.#detailsOf(alike))) return false
      if (!(await this.#insert(alike.flatMap((change) => newDetails(change))))) return false
    }
    for (const change of changes) {
      if ((alike.length < 2 || !alike.includes(change)) && !(await this.store(change))) return false
    }
    return true
  }

  async #countersOf(changes: readonly CheckedChanges[]): Promise<boolean> {
    const {k} = this.#db
    const touched = changes.filter(({counter, fitness, clearsFailures}) => counter || fitness || clearsFailures)
    if (touched.length === 0) return true
    const counted = touched.flatMap(({id, counter}) => (counter ? [[id, counter.to]] : []))
    const cleared = touched.filter(({clearsFailures}) => clearsFailures).map(({id}) => id)
    const row: Row = {}
    if (counted.length > 0) {
      const cases = counted.map(() => 'WHEN ? THEN ?').join(' ')
      row['count'] = k.raw(`CASE ?? ${cases} ELSE ?? END`, ['id', ...counted.flat(), 'count'])
    }
    if (cleared.length > 0) {
      const marks = cleared.map(() => '?').join(', ')
      row['failcount'] = k.raw(`CASE WHEN ?? IN (${marks}) THEN 0 ELSE ?? END`, ['id', ...cleared, 'failcount'])
    }
    if (Object.keys(row).length === 0) row['id'] = k.ref('id')
    const updated = await k('token')
      .whereIn(
        'id',
        touched.map(({id}) => id),
      )
      .where((any) => {
        for (const change of touched)
          void any.orWhere((one) => void this.#unchanged(one.where({id: change.id}), change))
      })
      .update(row)
    return updated === touched.length
  }

  /** Tokens that change the same details share a statement. */
  async #detailsOf(changes: readonly CheckedChanges[]): Promise<boolean> {
    const groups = new Map<string, CheckedChanges[]>()
    for (const change of changes) {
      const there = {
        ...change,
        info: change.info.filter(({stored}) => stored),
        increments: change.increments.filter(({stored}) => stored),
      }
      const key = JSON.stringify([
        there.info.map((detail) => detail.key),
        there.increments.map((detail) => [detail.key, detail.by]),
      ])
      const group = groups.get(key)
      if (group) group.push(there)
      else groups.set(key, [there])
    }
    for (const group of groups.values()) if (!(await this.#sameDetails(group))) return false
    return true
  }

  async #sameDetails(group: readonly CheckedChanges[]): Promise<boolean> {
    const {k} = this.#db
    const {info, increments} = group[0]!
    const keys = [...info, ...increments].map(({key}) => key)
    if (keys.length === 0) return true
    const cases = [
      ...info.map(({key}, at) => {
        const values = group.flatMap(({id, info: own}) => [id, own[at]!.value])
        return k.raw(`WHEN ? THEN CASE ?? ${group.map(() => 'WHEN ? THEN ?').join(' ')} END`, [
          key,
          'token_id',
          ...values,
        ])
      }),
      ...increments.map(({key, by}) => k.raw('WHEN ? THEN ?', [key, increasedText(this.#db, 'Value', by)])),
    ]
    const value = k.raw(`CASE ?? ${cases.map(() => '?').join(' ')} ELSE ?? END`, ['Key', ...cases, 'Value'])
    const updated = await k('tokeninfo')
      .whereIn(
        'token_id',
        group.map(({id}) => id),
      )
      .whereIn('Key', keys)
      .update({Value: value, Type: null, Description: null})
    return updated === keys.length * group.length
  }

  /** Restricts a query on a token to the state in which it was read. */
  #unchanged(
    query: Knex.QueryBuilder,
    {counter, fitness}: Pick<CheckedChanges, 'counter' | 'fitness'>,
  ): Knex.QueryBuilder {
    // NULL is a counter of zero in old rows.
    if (counter) void query.whereRaw('COALESCE(??, 0) = ?', ['count', counter.from])
    if (fitness) void query.where({active: true})
    if (fitness?.failcount === 'below maximum') void query.whereRaw('?? < ??', ['failcount', 'maxfail'])
    else if (fitness) void query.where({failcount: fitness.failcount})
    return query
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
      // A fit token that changes nothing is still locked against the failures of others.
      if (Object.keys(row).length === 0) row['id'] = id
      if ((await this.#unchanged(k('token').where({id}), {counter, fitness}).update(row)) !== 1) return false
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

    return this.#insert(newDetails({id, info, increments}))
  }

  /** Somebody else may have added the same detail since the token was read. */
  async #insert(rows: readonly Row[]): Promise<boolean> {
    try {
      await this.#db.insert('tokeninfo', rows)
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
    return updated > 0 || this.#insert([newDetail(id, {key, value, type: ''})])
  }

  async #delete({id, serial, deletes}: CheckedChanges): Promise<boolean> {
    return !deletes || (await new TokenRepository(this.#db).delete([{id, serial}])) === 1
  }
}

/** Rows of the details that a token did not have when it was read. */
function newDetails({id, info, increments}: Pick<CheckedChanges, 'id' | 'info' | 'increments'>): Row[] {
  return [
    ...info.flatMap(({key, value, type, stored}) =>
      value === null || stored ? [] : [newDetail(id, {key, value, type})],
    ),
    ...increments.filter(({stored}) => !stored).map(({key, by}) => newDetail(id, {key, value: String(by), type: ''})),
  ]
}

function newDetail(id: number, {key, value, type}: {key: string; value: string; type: string}): Row {
  return {token_id: id, Key: key, Value: value, Type: type, Description: ''}
}

/** Counters that move and details that are set: what a usual success changes. */
function isPlain({failures, usedUp, rewrites, deletes, pinHash, info, increments}: CheckedChanges): boolean {
  return (
    failures === 0 &&
    usedUp.length === 0 &&
    !rewrites &&
    !deletes &&
    pinHash === undefined &&
    info.every(({value, type}) => value !== null && type === '') &&
    increments.every(({limit, stored}) => limit === undefined || !stored)
  )
}
