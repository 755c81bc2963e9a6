import type {App} from '../../app.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {ownerAttributes} from '../../lib/services/janitor/owners.js'
import {selectTokens} from '../../lib/services/janitor/select.js'
import type {TokenOwner} from '../../lib/types/token.js'
import {RowStream, type RowFormat} from '../render/row-stream.js'
import type {Column} from '../render/table.js'

/** A user and his tokens. */
export interface OwnerRow {
  /** Absent for tokens without owner. */
  userId?: string
  resolver?: string
  realm?: string | null
  username?: string
  givenname?: string
  surname?: string
  /** Attributes that were asked for. */
  attributes: Record<string, string>
  /** Serials, or only their number. */
  tokens: string[] | number
}

export interface OwnersOptions {
  format: RowFormat
  attributes: readonly string[]
  /** A line for each user with the number of tokens, instead of a line for each token. */
  sum: boolean
  fancy: boolean
  write: (text: string) => void
}

/** Lists the owners of the tokens that meet a condition; sums are over all of them. @returns how many lines */
export async function listOwners(app: App, condition: Condition, options: OwnersOptions): Promise<number> {
  const {attributes, fancy, format, sum, write} = options
  const users = await app.users()
  const known = new Map<string, Promise<Omit<OwnerRow, 'tokens'>>>()
  const rowOf = (owner: TokenOwner | undefined) => {
    const key = JSON.stringify(owner ? [owner.resolver, owner.userId, owner.realm] : [])
    const row = known.get(key) ?? describe(owner)
    known.set(key, row)
    return {key, row}
  }
  const describe = async (owner: TokenOwner | undefined): Promise<Omit<OwnerRow, 'tokens'>> => {
    if (!owner) return {attributes: {}}
    const found = await ownerAttributes(users, owner)
    const text = (name: string) => found?.get(name)?.join(',')
    const [username, givenname, surname] = [text('username'), text('givenname'), text('surname')]
    return {
      userId: owner.userId,
      resolver: owner.resolver,
      realm: owner.realm ?? null,
      ...(username !== undefined && {username}),
      ...(givenname !== undefined && {givenname}),
      ...(surname !== undefined && {surname}),
      attributes: Object.fromEntries(attributes.map((name) => [name, text(name) ?? ''])),
    }
  }
  const columns: Column<OwnerRow>[] = [
    {header: 'username', get: (row) => row.username},
    {header: 'givenname', get: (row) => row.givenname},
    {header: 'surname', get: (row) => row.surname},
    {header: 'userId', get: (row) => row.userId},
    {header: 'resolver', get: (row) => row.resolver},
    {header: 'realm', get: (row) => row.realm},
    ...attributes.map((name): Column<OwnerRow> => ({header: name, get: (row) => row.attributes[name]})),
    {header: sum ? 'tokens' : 'serial', get: (row) => row.tokens},
  ]
  const stream = new RowStream<OwnerRow>({format, columns, key: 'users', toJson: (row) => row, fancy, write})
  const sums = new Map<string, {row: Omit<OwnerRow, 'tokens'>; tokens: number}>()
  for await (const page of selectTokens(await app.selection(), condition, {parts: ['owners']})) {
    const rows: OwnerRow[] = []
    for (const {token, owners} of page) {
      const {key, row} = rowOf(owners[0])
      if (!sum) rows.push({...(await row), tokens: [token.serial]})
      else {
        const entry = sums.get(key) ?? {row: await row, tokens: 0}
        entry.tokens += 1
        sums.set(key, entry)
      }
    }
    stream.push(rows)
  }
  if (sum) stream.push([...sums.values()].map(({row, tokens}) => ({...row, tokens})))
  stream.end()
  return stream.count
}
