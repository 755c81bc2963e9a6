import type {Database, Row} from '../../db/database.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'
import {TokenImportRepository, type NewTokenRows} from '../../store/token-import.js'
import {TokenInfoRepository} from '../../store/token-info.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import type {ImportedState} from '../../types/imported-token.js'
import type {Decision, StoredToken} from './decide.js'
import type {PreparedToken, TokenDefaults} from './prepare.js'

export interface PlannedToken {
  prepared: PreparedToken
  stored: StoredToken | undefined
  decision: Decision
}

export interface WriteOptions {
  defaults: TokenDefaults
  /** Of tokens for which the file has none. */
  description: string
  overwrite: boolean
  allowCounterRollback: boolean
  now: Date
}

/**
 * Writes what was decided, inside the transaction of `tx`, so that a token is there with all that belongs to it or not at all.
 * @returns the planned tokens that somebody else changed in the meantime
 */
export async function writeTokens(
  tx: Database,
  planned: readonly PlannedToken[],
  options: WriteOptions,
): Promise<Set<PlannedToken>> {
  const fresh = planned.filter(({decision}) => decision.verdict === 'new')
  await new TokenImportRepository(tx).insert(fresh.map(({prepared}) => newRows(tx, prepared, options)))
  const changedMeanwhile = new Set<PlannedToken>()
  for (const plan of planned) {
    if (plan.decision.verdict !== 'update' || !plan.stored) continue
    if (!(await update(tx, plan.prepared, plan.stored, plan.decision, options))) changedMeanwhile.add(plan)
  }
  return changedMeanwhile
}

function newRows(tx: Database, prepared: PreparedToken, options: WriteOptions): NewTokenRows {
  const {token, owner} = prepared
  let {info} = prepared
  // Releases from 3.11 keep these dates (spec/05 §7); their schema is told by a table that came with them.
  if (tx.schema.hasTable('tokencredentialidhash') && !token.state?.exact) {
    const now = isoSeconds(options.now)
    info = new Map([...info, ['creation_date', now], ...(owner ? ([['assignment_date', now]] as const) : [])])
  }
  const row: Row = {
    serial: token.serial,
    tokentype: token.type,
    description: cut(token.description ?? options.description),
    key_enc: prepared.encrypted.ciphertext,
    key_iv: prepared.encrypted.iv,
    pin_hash: prepared.pinHash ?? '',
    otplen: prepared.otplen,
    count: token.counter ?? 0,
    count_window: options.defaults.countWindow,
    sync_window: options.defaults.syncWindow,
    maxfail: options.defaults.maxfail,
    active: true,
    rollout_state: tx.schema.finishedRolloutState,
  }
  if (prepared.motpPin ?? prepared.soPin ?? token.state) {
    Object.assign(row, secretColumns(prepared), stateColumns(token.state, tx))
  }
  return {
    token: row,
    info,
    typedInfo: prepared.typedInfo,
    owners: owner ? [owner] : prepared.exactOwners,
    realmIds: [...prepared.realms.values()],
    groupIds: prepared.groupIds,
  }
}

async function update(
  tx: Database,
  prepared: PreparedToken,
  stored: StoredToken,
  decision: Decision & {verdict: 'update'},
  options: WriteOptions,
): Promise<boolean> {
  const {id, count, keyEnc} = stored.token
  const repository = new TokenImportRepository(tx)
  const {newSecret, counter} = decision
  const goesBack = !newSecret && counter < count
  const written = await repository.refresh({
    id,
    changes: {
      ...updatedColumns(prepared, options, tx),
      ...(newSecret && {...secretColumns(prepared), count: counter, failcount: 0}),
      ...(goesBack && {count: counter}),
    },
    // A login may move the counter at the same moment: it is lowered only from where it was seen.
    ifStill: newSecret || goesBack ? {key_enc: keyEnc, count} : {},
    counterAtLeast: !newSecret && counter > count ? counter : undefined,
  })
  if (!written) return false
  if (options.overwrite) await repository.clearInfo(id)
  const info = new TokenInfoRepository(tx)
  for (const [key, value] of updatedInfo(prepared, options.overwrite)) await info.set(id, {key, value})
  for (const detail of prepared.typedInfo) await info.set(id, detail)
  const {owner} = prepared
  if (owner && decision.assign) await new TokenOwnerRepository(tx).add(id, owner)
  const groupings = new TokenGroupingRepository(tx)
  if (prepared.token.realms?.length) await groupings.setRealms([id], [...prepared.realms.values()])
  else await groupings.addRealms(id, [...prepared.realms.values()])
  return true
}

/** What the file says about an existing token; an update leaves alone what it does not mention. */
function updatedColumns(prepared: PreparedToken, {overwrite, defaults, description}: WriteOptions, tx: Database): Row {
  const {token} = prepared
  const row: Row = {}
  if (token.description !== undefined || overwrite) row['description'] = cut(token.description ?? description)
  if (token.otplen !== undefined || overwrite) row['otplen'] = prepared.otplen
  if (prepared.pinHash !== undefined) row['pin_hash'] = prepared.pinHash
  if (prepared.motpPin) Object.assign(row, {user_pin: prepared.motpPin.ciphertext, user_pin_iv: prepared.motpPin.iv})
  if (overwrite) {
    Object.assign(row, {
      active: true,
      failcount: 0,
      count_window: defaults.countWindow,
      sync_window: defaults.syncWindow,
      maxfail: defaults.maxfail,
      ...stateColumns(token.state, tx),
    })
  }
  return row
}

/** What an export of a whole token says beyond its seed; a finished roll-out is written as this release does. */
function stateColumns(state: ImportedState | undefined, tx: Database): Row {
  if (!state) return {}
  const rollout = state.rolloutState
  const row: Row = {
    active: state.active,
    revoked: state.revoked,
    locked: state.locked,
    failcount: state.failcount,
    maxfail: state.maxfail,
    count_window: state.countWindow,
    sync_window: state.syncWindow,
    pin_seed: state.pinSeed,
    rollout_state: rollout === '' || rollout === 'enrolled' ? tx.schema.finishedRolloutState : rollout,
  }
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

function updatedInfo({token, info}: PreparedToken, overwrite: boolean): ReadonlyMap<string, string> {
  if (overwrite) return info
  const said: Record<string, boolean> = {
    tokenkind: token.tokenkind !== undefined,
    hashlib: token.hashlib !== undefined,
    timeStep: token.timeStep !== undefined,
    timeWindow: false,
    timeShift: token.timeShift !== undefined && token.timeShift !== 0,
  }
  // TANs that were used are gone, and must not come back.
  return new Map([...info].filter(([key]) => !key.startsWith('tan.tan') && (said[key] ?? true)))
}

function secretColumns({encrypted, motpPin, soPin}: PreparedToken): Row {
  return {
    key_enc: encrypted.ciphertext,
    key_iv: encrypted.iv,
    ...(motpPin && {user_pin: motpPin.ciphertext, user_pin_iv: motpPin.iv}),
    ...(soPin && {so_pin: soPin.ciphertext, so_pin_iv: soPin.iv}),
  }
}

/** The column has 80 characters. */
function cut(description: string): string {
  if (description.length <= 80) return description
  return [...description].slice(0, 80).join('')
}

/** As the originals write dates into tokeninfo: `2025-04-25T10:00:00+00:00`. */
function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}+00:00`
}
