import type {Token, TokenOwner} from '../../types/token.js'
import type {PreparedToken} from './prepare.js'
import type {ExistingPolicy} from './types.js'

/** A token of the database that has the serial of one in the file. */
export interface StoredToken {
  token: Token
  /** Decrypted; only when the token may be changed. */
  secret: Uint8Array | undefined
  owners: readonly TokenOwner[]
}

export type Decision =
  | {verdict: 'new'}
  | {verdict: 'refused' | 'skip'; reason: string}
  | {
      verdict: 'update'
      reason?: string
      newSecret: boolean
      /** What the counter becomes. */
      counter: number
      /** Whether an owner row is added. */
      assign: boolean
    }

/** What becomes of a token of the file, given what is stored under its serial. Nothing is written here. */
export function decide(
  prepared: PreparedToken,
  stored: StoredToken | undefined,
  {existing, allowCounterRollback}: {existing: ExistingPolicy; allowCounterRollback: boolean},
): Decision {
  if (!stored) return {verdict: 'new'}
  const {token} = stored
  if (token.serial !== prepared.token.serial)
    return refused(`the serial ${token.serial} exists and differs only in case`)
  if (existing === 'skip') return {verdict: 'skip', reason: 'the serial exists already'}
  if (existing === 'fail') return refused('the serial exists already')
  if (token.tokentype !== prepared.token.type) return refused(`the serial exists as a token of type ${token.tokentype}`)
  if (token.locked) return refused('the token is locked')
  const [owner] = stored.owners
  if (owner && prepared.owner && !isOwner(owner, prepared.owner))
    return refused('the token is assigned to another user')
  if (existing === 'overwrite' && holdsTans(prepared) && !allowCounterRollback) {
    return refused('its TANs would be valid again, also those that were used')
  }
  if (!stored.secret) return refused('the stored secret cannot be decrypted, so it cannot be compared')
  const assign = prepared.owner !== undefined && owner === undefined
  return sameSecret(stored.secret, prepared.secret)
    ? keepSecret(token, prepared, assign, allowCounterRollback)
    : replaceSecret(token, prepared, assign, allowCounterRollback)
}

/** The same device: its counter only ever rises. */
function keepSecret(token: Token, prepared: PreparedToken, assign: boolean, rollback: boolean): Decision {
  const counter = prepared.token.counter
  const same = {verdict: 'update', newSecret: false, assign} as const
  if (counter === undefined || counter === token.count) return {...same, counter: token.count}
  if (counter > token.count || rollback) return {...same, counter}
  return {...same, counter: token.count, reason: `the counter stays at ${String(token.count)}`}
}

/** Another secret begins at its own counter, which must not look like going back (spec/README: never silently). */
function replaceSecret(token: Token, prepared: PreparedToken, assign: boolean, rollback: boolean): Decision {
  const counter = prepared.token.counter ?? 0
  if (counter < token.count && !rollback) {
    return refused(
      `the seed differs from the stored one, and its counter ${String(counter)} is behind the stored ${String(token.count)}`,
    )
  }
  return {verdict: 'update', newSecret: true, assign, counter}
}

function holdsTans({token}: PreparedToken): boolean {
  return token.tans !== undefined || (token.details ?? []).some(({key}) => key.startsWith('tan.tan'))
}

function refused(reason: string): Decision {
  return {verdict: 'refused', reason}
}

function isOwner(owner: TokenOwner, wanted: {userId: string; resolver: string}): boolean {
  return owner.userId === wanted.userId && owner.resolver === wanted.resolver
}

/** Hex digits mean the same in either case. */
function sameSecret(stored: Uint8Array, given: Uint8Array): boolean {
  const [left, right] = [Buffer.from(stored), Buffer.from(given)]
  if (left.equals(right)) return true
  const [leftText, rightText] = [left.toString('latin1'), right.toString('latin1')]
  return /^[0-9a-fA-F]+$/.test(leftText) && leftText.toLowerCase() === rightText.toLowerCase()
}
