import {decryptTokenSecret} from '../../crypto/secret-values.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {TokenImportRepository} from '../../store/token-import.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import type {ImportedRow, ImportedToken} from '../../types/imported-token.js'
import type {Token} from '../../types/token.js'
import {decide, type StoredToken} from './decide.js'
import type {PreparedToken, TokenDefaults} from './prepare.js'
import {Refusal, refusalOnly, type CheckedToken, type Preparer} from './preparer.js'
import {SerialIndex} from './serial-index.js'
import type {ImportOptions, Verdict} from './types.js'
import type {PlannedToken} from './write.js'

/** One record with what becomes of it. */
export interface PlannedRow {
  line: number
  serial: string
  type: string
  verdict: Verdict
  reason: string | undefined
  /** Absent for a record that holds no token. */
  token: ImportedToken | undefined
  otplen: number | undefined
  realms: string[] | undefined
  /** What is written, if anything is. */
  plan: PlannedToken | undefined
}

/** A record before the database was asked about it: ready to be written, or refused or left out already. */
export type PreparedRow = {row: PlannedRow; prepared: PreparedToken | undefined}

/** Decides about the records of a file, batch by batch. */
export class Planner {
  readonly #preparer: Preparer
  readonly #options: ImportOptions

  constructor(preparer: Preparer, options: ImportOptions) {
    this.#preparer = preparer
    this.#options = options
  }

  get defaults(): TokenDefaults {
    return this.#preparer.defaults
  }

  newIndex(): SerialIndex {
    return new SerialIndex()
  }

  /** Looks up what a batch needs from outside, so that a resolver that is down is noticed before anything is written. */
  async check(batch: readonly ImportedRow[]): Promise<void> {
    for (const row of batch) {
      if ('token' in row && row.token.user) await this.#checkToken(row.token)
    }
  }

  /** Everything that needs no look at stored tokens; secrets are encrypted here, outside any transaction. */
  async prepare(batch: readonly ImportedRow[], seen: SerialIndex): Promise<PreparedRow[]> {
    const rows: PreparedRow[] = []
    const open: PreparedRow[] = []
    const tokens: CheckedToken[] = []
    for (const record of batch) {
      const row: PreparedRow = {row: recordRow(record), prepared: undefined}
      rows.push(row)
      if (!('token' in record)) continue
      const before = seen.add(record.token.serial, record.line)
      const checked =
        before === undefined
          ? this.#checkToken(record.token)
          : new Refusal(`the serial came already in line ${String(before)}`)
      const settled = checked instanceof Promise ? await checked : checked
      if (settled instanceof Refusal) {
        row.row.verdict = 'refused'
        row.row.reason = settled.message
        continue
      }
      row.row.token = settled.token
      row.row.otplen = settled.otplen
      row.row.realms = settled.realms.size > 0 ? [...settled.realms.keys()] : undefined
      open.push(row)
      tokens.push(settled)
    }
    for (const [at, sealed] of (await this.#preparer.seal(tokens)).entries()) {
      const row = open[at]!
      if (sealed instanceof Refusal) Object.assign(row.row, {verdict: 'refused', reason: sealed.message})
      else row.prepared = sealed
    }
    return rows
  }

  /** What would become of a batch. */
  async plan(db: Database, batch: readonly ImportedRow[], seen: SerialIndex): Promise<PlannedRow[]> {
    return this.decide(db, await this.prepare(batch, seen))
  }

  /**
   * Looks at the stored tokens and decides.
   * @param options.mayBeWritten an interrupted run may have written the batch: its own tokens are no obstacle
   */
  async decide(
    db: Database,
    batch: readonly PreparedRow[],
    {mayBeWritten = false}: {mayBeWritten?: boolean} = {},
  ): Promise<PlannedRow[]> {
    const wanted = batch.flatMap(({prepared}) => (prepared ? [prepared.token.serial] : []))
    const stored = await this.#stored(db, wanted, mayBeWritten)
    const {existing = 'fail', allowCounterRollback = false} = this.#options
    const options = {existing, allowCounterRollback}
    return batch.map(({row, prepared}) => {
      if (!prepared) return row
      const found = stored.get(prepared.token.serial.toLowerCase())
      const own = mayBeWritten && found?.secret && Buffer.from(found.secret).equals(prepared.secret)
      const decision = own ? interrupted : decide(prepared, found, options)
      // Everything is set anew, because a transaction may be repeated.
      row.verdict = decision.verdict
      row.reason = 'reason' in decision ? decision.reason : undefined
      row.plan =
        decision.verdict === 'new' || decision.verdict === 'update' ? {prepared, stored: found, decision} : undefined
      return row
    })
  }

  /** Records that the journal knows to be written. */
  markDone(batch: readonly PreparedRow[]): PlannedRow[] {
    return batch.map(({row, prepared}) => (prepared ? {...row, ...interrupted} : row))
  }

  /** A promise only when a user has to be looked up. */
  #checkToken(token: ImportedToken): CheckedToken | Promise<CheckedToken | Refusal> | Refusal {
    try {
      const checked = this.#preparer.check(token)
      return checked instanceof Promise ? checked.catch(refusalOnly) : checked
    } catch (error) {
      return refusalOnly(error)
    }
  }

  async #stored(db: Database, serials: readonly string[], mayBeWritten: boolean): Promise<Map<string, StoredToken>> {
    const tokens = await new TokenImportRepository(db).stored(serials)
    const {existing} = this.#options
    const changing = existing === 'update' || existing === 'overwrite'
    const owners = changing
      ? await new TokenOwnerRepository(db).of([...tokens.values()].map(({id}) => id))
      : new Map<number, never[]>()
    const stored = await Promise.all(
      [...tokens].map(async ([key, token]): Promise<[string, StoredToken]> => {
        const secret = changing || mayBeWritten ? await readSecret(token, this.#preparer.security) : undefined
        return [key, {token, secret, owners: owners.get(token.id) ?? []}]
      }),
    )
    return new Map(stored)
  }
}

/** `undefined` for a secret that the key does not open. */
async function readSecret(token: Token, security: SecurityModule): Promise<Buffer | undefined> {
  try {
    return await decryptTokenSecret(security, {ciphertext: token.keyEnc, iv: token.keyIv})
  } catch (error) {
    if (error instanceof PiError && error.code === 'INTEGRITY') return undefined
    throw error
  }
}

const interrupted = {verdict: 'skip', reason: 'written by the interrupted run'} as const

/** The record as far as the file alone tells. */
function recordRow(record: ImportedRow): PlannedRow {
  const {line} = record
  const rest = {otplen: undefined, realms: undefined, plan: undefined}
  if ('token' in record) {
    const {token} = record
    return {line, serial: token.serial, type: token.type, verdict: 'new', reason: undefined, token, ...rest}
  }
  const [verdict, reason]: [Verdict, string] = 'error' in record ? ['refused', record.error] : ['skip', record.skipped]
  return {line, serial: record.serial ?? '', type: record.type ?? '', verdict, reason, token: undefined, ...rest}
}
