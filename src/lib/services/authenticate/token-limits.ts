import type {Database, Row} from '../../db/database.js'
import {policyError} from './errors.js'
import type {LoginUser} from './login-user.js'
import type {AuthPolicies} from './policies.js'

/** A limit of tokens: its action, which tokens count, and what is said when it is reached. */
interface Limit {
  action: string
  counts: (token: {type: string; active: boolean}) => boolean
  message: string
}

/**
 * Refuses one token more where policies of scope enrollment limit them (spec/07 §8.3.2). The highest of several numbers
 * counts, whatever the priorities.
 * @param note takes the names of the policies that were asked
 * @throws RequestError 403
 */
export async function requireRoomForToken(
  db: Database,
  policies: AuthPolicies,
  {
    user,
    realmId,
    type,
    note,
  }: {user: LoginUser; realmId: number; type: string; note: (names: readonly string[]) => void},
): Promise<void> {
  const limitOf = async (action: string): Promise<number | undefined> => {
    const values = (await policies.ask('enrollment', action, {user})).values()
    note([...values.values()].flat())
    const numbers = [...values.keys()].map(Number).filter((number) => Number.isFinite(number))
    return numbers.length === 0 ? undefined : Math.max(...numbers)
  }
  const perRealm = await limitOf('max_token_per_realm')
  if (perRealm !== undefined && (await countInRealm(db, realmId)) >= perRealm) {
    throw policyError('The number of tokens in this realm is limited!')
  }
  let owned: {type: string; active: boolean}[] | undefined
  for (const {action, counts, message} of limitsOf(type)) {
    const limit = await limitOf(action)
    if (limit === undefined) continue
    owned ??= await tokensOf(db, user)
    if (owned.filter((token) => counts(token)).length >= limit) throw policyError(message)
  }
}

function limitsOf(type: string): Limit[] {
  const ofType = (token: {type: string}) => token.type === type
  return [
    {
      action: `${type}_max_token_per_user`,
      counts: ofType,
      message: `The number of tokens of type ${type} for this user is limited!`,
    },
    {action: 'max_token_per_user', counts: () => true, message: 'The number of tokens for this user is limited!'},
    {
      action: `${type}_max_active_token_per_user`,
      counts: (token) => ofType(token) && token.active,
      message: `The number of active tokens of type ${type} for this user is limited!`,
    },
    {
      action: 'max_active_token_per_user',
      counts: ({active}) => active,
      message: 'The number of active tokens for this user is limited!',
    },
  ]
}

async function countInRealm(db: Database, realmId: number): Promise<number> {
  const [row] = (await db.k('tokenrealm').where({realm_id: realmId}).count({n: '*'})) as Row[]
  return Number(row?.['n'] ?? 0)
}

/** Type and state of all tokens of a user, in whatever realm. */
export async function tokensOf(
  db: Database,
  {userId, resolver}: Pick<LoginUser, 'resolver' | 'userId'>,
): Promise<{type: string; active: boolean}[]> {
  const rows = await db
    .k<Row>('tokenowner')
    .join('token', 'token.id', 'tokenowner.token_id')
    .where({'tokenowner.user_id': userId})
    .where({'tokenowner.resolver': resolver})
    .select('token.tokentype', 'token.active')
  return rows.map((row) => ({type: String(row['tokentype']).toLowerCase(), active: db.bool(row['active'])}))
}
