import type {LoadedToken} from '../../store/check-tokens.js'
import type {CheckedChanges} from '../../store/token-changes.js'
import type {InfoValue, TokenChange, TokenKind, TokenView} from '../../tokens/contract.js'
import {normalizeType} from '../../tokens/registry.js'
import {lockedError} from './errors.js'
import {detailTime} from './times.js'

/** What a check wants to change on one token. */
interface Pending {
  accepted: boolean
  failures: number
  clearsFailures: boolean
  exceededAt: string | undefined
  /** Details to set; null deletes. */
  info: Map<string, InfoValue | null>
  usedUp: Set<string>
  increments: Map<string, {by: number; limit: number | undefined}>
  rewrites: boolean
  deletes: boolean
  pinHash: string | undefined
}

function nothing(): Pending {
  return {
    accepted: false,
    failures: 0,
    clearsFailures: false,
    exceededAt: undefined,
    info: new Map(),
    usedUp: new Set(),
    increments: new Map(),
    rewrites: false,
    deletes: false,
    pinHash: undefined,
  }
}

/** Key of the detail that tells when the fail counter reached its maximum. */
const exceededKey = 'failcounter_exceeded'

/**
 * A token during one check: as read from the database, plus what the check has changed so far. Nothing is written
 * before the ledger stores it; a check that meets changed data is repeated with a fresh copy.
 */
export class CheckToken implements TokenView {
  readonly row: LoadedToken
  readonly kind: TokenKind
  readonly type: string
  readonly owner: {userId: string; resolver: string; realm: string | undefined} | undefined
  readonly info: Map<string, InfoValue>
  count: number
  failcount: number
  pinHash: string
  /** Its use has deleted it. */
  deleted = false
  #pending = nothing()
  #droppedChallenges: string[] = []
  /** What the database holds as far as this check knows. */
  #storedCount: number
  readonly #storedKeys: Set<string>

  /** @param realmName gives the name of the owner's realm by its id */
  constructor(row: LoadedToken, kind: TokenKind, realmName: (id: number) => string | undefined) {
    this.row = row
    this.kind = kind
    this.type = normalizeType(row.tokentype)
    this.count = row.count
    this.#storedCount = row.count
    this.failcount = row.failcount
    this.pinHash = row.pinHash
    this.info = new Map(row.info)
    this.#storedKeys = new Set(row.info.keys())
    this.owner = row.owner && {
      userId: row.owner.userId,
      resolver: row.owner.resolver,
      realm: row.owner.realmId === undefined ? undefined : realmName(row.owner.realmId),
    }
  }

  get id(): number {
    return this.row.id
  }

  get serial(): string {
    return this.row.serial
  }

  get description(): string {
    return this.row.description
  }

  get active(): boolean {
    return this.row.active
  }

  get rolloutState(): string {
    return this.row.rolloutState
  }

  get maxfail(): number {
    return this.row.maxfail
  }

  get otplen(): number {
    return this.row.otplen
  }

  get countWindow(): number {
    return this.row.countWindow
  }

  get syncWindow(): number {
    return this.row.syncWindow
  }

  detail(key: string): string | undefined {
    return this.info.get(key)?.value
  }

  /** @throws RequestError 1007: a locked token must not be used or changed (spec/05 §1.4) */
  refuseIfLocked(): void {
    if (this.row.locked) throw lockedError()
  }

  apply(changes: readonly TokenChange[]): void {
    for (const change of changes) {
      switch (change.change) {
        case 'count':
          this.count = change.to
          break
        case 'info':
          this.setInfo(change.key, change.value, change.type)
          break
        case 'forget':
          this.forget(change.key)
          break
        case 'use-up':
          this.info.delete(change.key)
          this.#pending.info.delete(change.key)
          this.#pending.usedUp.add(change.key)
          break
        case 'drop-challenges':
          this.#droppedChallenges.push(change.data)
          break
        case 'rewrite-info':
          this.#pending.rewrites = true
          break
        case 'delete':
          this.deleted = true
          this.#pending.deletes = true
          break
      }
    }
  }

  setInfo(key: string, value: string, type = ''): void {
    this.info.set(key, {value, type})
    this.#pending.info.set(key, {value, type})
    this.#pending.increments.delete(key)
  }

  forget(key: string): void {
    if (!this.info.delete(key) && !this.#pending.info.has(key)) return
    this.#pending.info.set(key, null)
    this.#pending.increments.delete(key)
  }

  /** One failure more, up to the maximum; reaching it is noted with its time (spec/05 §8.1). */
  addFailure(now: number): void {
    this.refuseIfLocked()
    if (this.failcount >= this.maxfail) return
    this.failcount += 1
    this.#pending.failures += 1
    if (this.failcount < this.maxfail) return
    this.#pending.exceededAt = detailTime(now)
    this.info.set(exceededKey, {value: this.#pending.exceededAt, type: ''})
  }

  /** The fail counter to zero. */
  clearFailures(): void {
    this.refuseIfLocked()
    if (this.failcount === 0) return
    this.failcount = 0
    this.#pending.failures = 0
    this.#pending.clearsFailures = true
    this.#pending.exceededAt = undefined
    this.forget(exceededKey)
  }

  /** Counts a use in a detail. @param limit refuse to store it when another use has reached this meanwhile */
  increment(key: string, by: number, limit?: number): void {
    this.refuseIfLocked()
    const before = Number.parseInt(this.detail(key) ?? '0', 10) || 0
    this.info.set(key, {value: String(before + by), type: ''})
    const earlier = this.#pending.increments.get(key)
    this.#pending.increments.set(key, {by: by + (earlier?.by ?? 0), limit: limit ?? earlier?.limit})
  }

  /** The login with this token is right: it must still be fit when the changes are stored. */
  accept(): void {
    this.#pending.accepted = true
  }

  setPin(pinHash: string): void {
    this.refuseIfLocked()
    this.pinHash = pinHash
    this.#pending.pinHash = pinHash
  }

  /** Data of the challenges that are to go; handed out once. */
  takeDroppedChallenges(): string[] {
    const dropped = this.#droppedChallenges
    this.#droppedChallenges = []
    return dropped
  }

  /** Hands out what is to be stored and begins anew; undefined when there is nothing. */
  takeChanges(): CheckedChanges | undefined {
    const {id, serial} = this
    const {info, increments, usedUp, accepted, ...rest} = this.#pending
    const counter = this.count === this.#storedCount ? undefined : {from: this.#storedCount, to: this.count}
    const changes: CheckedChanges = {
      id,
      serial,
      counter,
      fitness: accepted
        ? {failcount: this.row.failcount < this.maxfail ? 'below maximum' : this.row.failcount}
        : undefined,
      ...rest,
      usedUp: [...usedUp],
      info: [...info].map(([key, detail]) => ({
        key,
        value: detail?.value ?? null,
        type: detail?.type ?? '',
        stored: this.#storedKeys.has(key),
      })),
      increments: [...increments].map(([key, step]) => ({key, ...step, stored: this.#storedKeys.has(key)})),
    }
    this.#pending = nothing()
    this.#storedCount = this.count
    for (const {key, value} of changes.info) {
      if (value === null) this.#storedKeys.delete(key)
      else this.#storedKeys.add(key)
    }
    for (const {key} of changes.increments) this.#storedKeys.add(key)
    for (const key of usedUp) this.#storedKeys.delete(key)
    return isEmpty(changes) ? undefined : changes
  }
}

function isEmpty(changes: CheckedChanges): boolean {
  const {counter, fitness, failures, clearsFailures, info, usedUp, increments, rewrites, deletes, pinHash} = changes
  return (
    !counter &&
    !fitness &&
    failures === 0 &&
    !clearsFailures &&
    !rewrites &&
    !deletes &&
    pinHash === undefined &&
    info.length + usedUp.length + increments.length === 0
  )
}
