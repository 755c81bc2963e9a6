import {PiError} from '../../errors.js'
import type {Database} from '../../db/database.js'
import {ahead} from '../../jobs/ahead.js'
import type {SecurityModule} from '../../security-module.js'
import {EncryptedValueRepository, type EncryptedValue} from '../../store/encrypted-values.js'
import {replaceValues, type Replacement} from '../../store/replace-values.js'
import {markRandomBytes, type RunMark} from './mark.js'
import {brokenValue, type BrokenValue, type Quarantine} from './quarantine.js'
import {decryptStored, partsOf, storedOf, type Parts} from './values.js'

const pageSize = 1000
const ivBytes = 16

export interface SweepEnv {
  db: Database
  from: SecurityModule
  to: SecurityModule
  mark: RunMark
  quarantine: Quarantine
  /** Told after each page. */
  onPage?: (values: number, rewritten: number) => void
  signal?: AbortSignal | undefined
}

export interface SweepOptions {
  /** Towards the new keys, or back to the old ones. */
  direction: 'forward' | 'back'
  /** Decrypt also what is where it should be. */
  verify: boolean
  /** After the switch a value without mark may have been written by a server that knows the new key only. */
  switched?: boolean
}

export interface SweepResult {
  seen: number
  rewritten: number
  /** Changed by somebody else between reading and writing; the next sweep meets them again. */
  overtaken: number
  /** Decrypt under neither key as they should, and are not in quarantine. */
  broken: BrokenValue[]
}

/**
 * Goes once through every encrypted value and brings what is under the other key over, in pages of one transaction each.
 * Values are compared and swapped, so a change by somebody else is never lost; what comes in behind is for the next sweep.
 * @throws PiError INTERRUPTED, UNAVAILABLE
 */
export async function sweep(env: SweepEnv, options: SweepOptions): Promise<SweepResult> {
  const result: SweepResult = {seen: 0, rewritten: 0, overtaken: 0, broken: []}
  for await (const page of ahead(new EncryptedValueRepository(env.db).pages({size: pageSize}))) {
    if (env.signal?.aborted) throw new PiError('INTERRUPTED', 'Interrupted.')
    const found = await Promise.all(page.map((value) => examine(value, env, options)))
    const moves = found.filter((one): one is Move => typeof one === 'object')
    page.forEach((value, at) => found[at] === 'broken' && result.broken.push(brokenValue(value)))
    const replacements = await encryptAll(moves, env, options)
    if (replacements.length > 0) {
      const replaced = await env.db.transaction((tx) => replaceValues(tx, replacements))
      result.rewritten += replaced
      result.overtaken += replacements.length - replaced
    }
    result.seen += page.length
    env.onPage?.(page.length, replacements.length)
  }
  return result
}

/** A value to be brought over. */
interface Move {
  value: EncryptedValue
  plaintext: Buffer
}

async function examine(
  value: EncryptedValue,
  {from, to, mark, quarantine}: SweepEnv,
  {direction, verify, switched}: SweepOptions,
): Promise<Move | 'broken' | 'fine'> {
  const parts = partsOf(value)
  if (!parts) return quarantine.has(value) ? 'fine' : 'broken'
  const isNew = mark.isMarked(parts.iv)
  const isThere = isNew === (direction === 'forward')
  if (isThere && !verify) return 'fine'
  const plaintext =
    (await decryptStored(isNew ? to : from, value, parts)) ??
    (switched && !isNew ? await decryptStored(to, value, parts) : undefined)
  if (!plaintext) return quarantine.has(value) ? 'fine' : 'broken'
  return isThere ? 'fine' : {value, plaintext}
}

async function encryptAll(
  moves: readonly Move[],
  {from, to, mark}: SweepEnv,
  {direction}: SweepOptions,
): Promise<Replacement[]> {
  if (moves.length === 0) return []
  const target = direction === 'forward' ? to : from
  const ivs =
    direction === 'forward'
      ? mark.make(await target.random(markRandomBytes(moves.length)))
      : await target.random(moves.length * ivBytes)
  return Promise.all(
    moves.map(async ({value, plaintext}, at) => {
      const {slot, form} = value.place
      const iv = ivs.subarray(at * ivBytes, (at + 1) * ivBytes)
      const parts: Parts = {iv, ciphertext: await target.encrypt(slot, plaintext, iv)}
      // Nothing replaces a secret before it was read back.
      const back = await target.decrypt(slot, parts.ciphertext, iv)
      if (!back.equals(plaintext)) {
        throw new PiError('INTEGRITY', `The ${target.description} gives back something else than it was given.`)
      }
      plaintext.fill(0)
      back.fill(0)
      return {value, next: storedOf(form, parts)}
    }),
  )
}
