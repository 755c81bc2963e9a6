import type {Challenge, NewChallenge} from '../../types/challenge.js'
import type {Assignment, ChangeWriter} from './change-writer.js'
import type {CheckToken} from './check-token.js'

/** Another login was faster with the same token: the check must be repeated on fresh data. */
export class ChangedMeanwhile extends Error {
  constructor() {
    super('the token has changed meanwhile')
    this.name = 'ChangedMeanwhile'
  }
}

/**
 * Everything that one request is about to change, stored together in one transaction. What may happen once (an OTP, an
 * answered challenge) is conditional; when a condition does not hold, nothing is stored.
 */
export class Ledger {
  readonly #tokens = new Map<number, CheckToken>()
  #made: NewChallenge[] = []
  #answers: {id: number; valid: boolean}[] = []
  #consumed = new Set<number>()
  #answered = new Set<number>()
  #finished = new Set<string>()
  #assigned: Assignment[] = []
  #purges = false
  /** Something left this process because of this check, so it must not be repeated. */
  hasSent = false

  /** Puts a token under the care of this ledger; the same token is always the same object. */
  keep(token: CheckToken): CheckToken {
    const kept = this.#tokens.get(token.id)
    if (kept) return kept
    this.#tokens.set(token.id, token)
    return token
  }

  find(serial: string): CheckToken | undefined {
    return [...this.#tokens.values()].find((token) => token.serial === serial)
  }

  makeChallenge(challenge: NewChallenge): void {
    this.#made.push(challenge)
  }

  recordAnswer(challenge: Challenge, valid: boolean): void {
    this.#answers.push({id: challenge.id, valid})
  }

  /** The challenge is answered and goes; two answers at once cannot both have it. */
  consume(challenge: Challenge): void {
    this.#consumed.add(challenge.id)
  }

  /** The challenge is answered but stays, as the originals leave it when another question follows; once, too. */
  answer(challenge: Challenge): void {
    this.#answered.add(challenge.id)
  }

  /** The token gets an owner and a PIN, if it still has none. */
  assign({row}: CheckToken, {owner, pinHash, assigned}: Omit<Assignment, 'token'>): void {
    this.#assigned.push({token: row, owner, pinHash, assigned})
  }

  /** All challenges of the transaction go. */
  finishTransaction(transactionId: string): void {
    this.#finished.add(transactionId)
  }

  /** Expired challenges of all tokens go too. */
  purgeExpired(): void {
    this.#purges = true
  }

  /**
   * Stores what has gathered.
   * @throws ChangedMeanwhile when somebody else was faster; PiError UNAVAILABLE
   */
  async store(writer: ChangeWriter, now: number): Promise<void> {
    // In one order everywhere, so that two logins do not wait for each other.
    const tokens = [...this.#tokens.values()].sort((a, b) => a.id - b.id)
    const changes = tokens.map((token) => token.takeChanges()).filter((change) => change !== undefined)
    const work = {
      tokens: changes,
      made: this.#made,
      dropped: tokens.flatMap((token) => token.takeDroppedChallenges().map((data) => ({serial: token.serial, data}))),
      answers: this.#answers,
      consumed: [...this.#consumed],
      answered: [...this.#answered],
      finished: [...this.#finished],
      assigned: this.#assigned,
    }
    this.#made = []
    this.#answers = []
    this.#consumed = new Set()
    this.#answered = new Set()
    this.#finished = new Set()
    this.#assigned = []
    const purges = this.#purges
    this.#purges = false
    if (Object.values(work).some((list) => list.length > 0) && !(await writer.store(work))) throw new ChangedMeanwhile()
    if (purges) await writer.purgeChallenges(now)
  }
}
