import {Batches} from '../../batching/batches.js'
import type {Database} from '../../db/database.js'
import {ChallengeRepository} from '../../store/challenges.js'
import {TokenChangeRepository, type CheckedChanges} from '../../store/token-changes.js'
import type {NewChallenge} from '../../types/challenge.js'
import type {Token} from '../../types/token.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import {assign, type NewOwner} from '../tokens/changes.js'

/** A token without owner that a login has assigned to its user. */
export interface Assignment {
  token: Token
  owner: NewOwner
  pinHash: string
  assigned: Date
}

/** What one request changes; all of it or nothing is stored. */
export interface RequestChanges {
  /** In the order of the ids, so that two requests do not wait for each other. */
  tokens: readonly CheckedChanges[]
  made: readonly NewChallenge[]
  /** Wrong answers, and right ones that do not end the challenge. */
  answers: readonly {id: number; valid: boolean}[]
  /** Challenges that only one request may delete. */
  consumed: readonly number[]
  /** Challenges that only one request may mark as answered. */
  answered: readonly number[]
  /** Challenges that go because their value was used in another way. */
  dropped: readonly {serial: string; data: string}[]
  /** Transactions whose challenges all go. */
  finished: readonly string[]
  /** Tokens that get an owner; somebody else may have been faster. */
  assigned: readonly Assignment[]
}

/** Something that may happen once has happened already. */
class Taken extends Error {}

/**
 * Stores what requests change. Requests that come while others are being stored share the next transaction; when one of
 * them finds its token changed, the transaction is rolled back and each is stored on its own.
 */
export class ChangeWriter {
  readonly #db: Database
  readonly #batches: Batches<RequestChanges, boolean | Error>

  constructor(db: Database) {
    this.#db = db
    this.#batches = new Batches({
      size: 50,
      lanes: db.dialect === 'sqlite' ? 1 : 3,
      run: (requests) => this.#storeSeveral(requests),
    })
  }

  /** @returns false when somebody else was faster, and nothing was stored. @throws PiError UNAVAILABLE */
  async store(changes: RequestChanges): Promise<boolean> {
    const result = await this.#batches.submit(changes)
    if (result instanceof Error) throw result
    return result
  }

  /** Deletes expired challenges of all tokens. @param now milliseconds since 1970, UTC */
  async purgeChallenges(now: number): Promise<void> {
    await new ChallengeRepository(this.#db).deleteExpired(now)
  }

  async #storeSeveral(requests: readonly RequestChanges[]): Promise<(boolean | Error)[]> {
    const results = new Map<RequestChanges, boolean | Error>()
    const together = withoutSharedTokens(requests)
    if (together.length > 1 && (await this.#storeTogether(together))) for (const one of together) results.set(one, true)
    for (const one of requests) if (!results.has(one)) results.set(one, await this.#storeOne(one))
    return requests.map((one) => results.get(one) ?? false)
  }

  async #storeTogether(requests: readonly RequestChanges[]): Promise<boolean> {
    const tokens = requests.flatMap((request) => request.tokens).sort((a, b) => a.id - b.id)
    try {
      await this.#db.transaction(async (tx) => {
        if (!(await new TokenChangeRepository(tx).storeSeveral(tokens))) throw new Taken()
        for (const request of requests) await storeRest(tx, request)
      })
      return true
    } catch {
      // Whose fault it was comes out when each is stored alone.
      return false
    }
  }

  async #storeOne(request: RequestChanges): Promise<boolean | Error> {
    try {
      await this.#db.transaction(async (tx) => {
        const tokens = new TokenChangeRepository(tx)
        for (const change of request.tokens) if (!(await tokens.store(change))) throw new Taken()
        await storeRest(tx, request)
      })
      return true
    } catch (error) {
      if (error instanceof Taken) return false
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** Of several requests for one token the first. */
function withoutSharedTokens(requests: readonly RequestChanges[]): RequestChanges[] {
  const seen = new Set<number>()
  return requests.filter(({tokens}) => {
    const shared = tokens.some(({id}) => seen.has(id))
    if (!shared) for (const {id} of tokens) seen.add(id)
    return !shared
  })
}

async function storeRest(tx: Database, request: RequestChanges): Promise<void> {
  await storeChallenges(tx, request)
  for (const {token, owner, pinHash, assigned} of request.assigned) {
    if ((await new TokenOwnerRepository(tx).of([token.id])).size > 0) throw new Taken()
    await assign(owner, {pinHash, assigned})(tx, token)
  }
}

async function storeChallenges(tx: Database, request: RequestChanges): Promise<void> {
  const {made, answers, consumed, answered, dropped, finished} = request
  const challenges = new ChallengeRepository(tx)
  for (const id of consumed) if (!(await challenges.delete(id))) throw new Taken()
  for (const id of answered) if (!(await challenges.answer(id))) throw new Taken()
  for (const {id, valid} of answers) if (!consumed.includes(id)) await challenges.recordAnswer(id, valid)
  for (const {serial, data} of dropped) await challenges.deleteWithData(serial, data)
  for (const transactionId of finished) await challenges.deleteTransaction(transactionId)
  if (made.length > 0) await challenges.insert(made)
}
