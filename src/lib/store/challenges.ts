import type {Database, Row} from '../db/database.js'
import {sixDigits, utcText} from '../db/dates.js'
import type {Challenge, NewChallenge} from '../types/challenge.js'

/** The table `challenge`; times are naive UTC. */
export class ChallengeRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Open and expired challenges of a transaction, in the order in which they were made. */
  async ofTransaction(transactionId: string): Promise<Challenge[]> {
    const rows = await this.#db.k<Row>('challenge').where({transaction_id: transactionId}).orderBy('id')
    return rows.map((row) => read(row, this.#db)).filter((challenge) => challenge.transactionId === transactionId)
  }

  /** All challenges of a token. */
  async ofToken(serial: string): Promise<Challenge[]> {
    const rows = await this.#db.k<Row>('challenge').where({serial}).orderBy('id')
    return rows.map((row) => read(row, this.#db)).filter((challenge) => challenge.serial === serial)
  }

  async insert(challenges: readonly NewChallenge[]): Promise<number[]> {
    return this.#db.insert(
      'challenge',
      challenges.map(({transactionId, serial, challenge, data, session, timestamp, expiration}) => ({
        transaction_id: transactionId,
        serial,
        challenge,
        data,
        session,
        timestamp: utcText(new Date(timestamp)),
        expiration: utcText(new Date(expiration)),
        received_count: 0,
        otp_valid: false,
      })),
    )
  }

  /** Counts an answer. */
  async recordAnswer(id: number, valid: boolean): Promise<void> {
    const {k} = this.#db
    await k('challenge')
      .where({id})
      .update({received_count: k.raw('COALESCE(??, 0) + 1', ['received_count']), otp_valid: valid})
  }

  /** Marks a challenge as answered. Exactly one of several concurrent callers gets true. */
  async answer(id: number): Promise<boolean> {
    const {k} = this.#db
    return (
      (await k('challenge')
        .where({id, otp_valid: false})
        .update({received_count: k.raw('COALESCE(??, 0) + 1', ['received_count']), otp_valid: true})) === 1
    )
  }

  /** Exactly one of several concurrent callers gets true. */
  async delete(id: number): Promise<boolean> {
    return (await this.#db.k('challenge').where({id}).delete()) === 1
  }

  /** Deletes the challenges of a token that hold this data. */
  async deleteWithData(serial: string, data: string): Promise<void> {
    const rows = await this.ofToken(serial)
    const ids = rows.filter((row) => row.data === data).map(({id}) => id)
    if (ids.length > 0) await this.#db.k('challenge').whereIn('id', ids).delete()
  }

  async deleteTransaction(transactionId: string): Promise<number> {
    return this.#db.k('challenge').where({transaction_id: transactionId}).delete()
  }

  /** @param now milliseconds since 1970, UTC */
  async deleteExpired(now: number): Promise<number> {
    return this.#db
      .k('challenge')
      .where('expiration', '<', utcText(new Date(now)))
      .delete()
  }
}

function read(row: Row, db: Database): Challenge {
  const text = (column: string) => (row[column] === null || row[column] === undefined ? '' : String(row[column]))
  return {
    id: Number(row['id']),
    transactionId: text('transaction_id'),
    serial: text('serial'),
    challenge: text('challenge'),
    data: text('data'),
    session: text('session'),
    timestamp: readTime(text('timestamp')),
    expiration: readTime(text('expiration')),
    receivedCount: Number(row['received_count'] ?? 0),
    otpValid: db.bool(row['otp_valid']),
  }
}

function readTime(text: string): number {
  return text === '' ? Number.NaN : Date.parse(`${sixDigits(text).slice(0, 23).replace(' ', 'T')}Z`)
}
