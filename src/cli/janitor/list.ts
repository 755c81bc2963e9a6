import type {App} from '../../app.js'
import type {UserService} from '../../lib/services/users.js'
import {ownerAttributes} from '../../lib/services/janitor/owners.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {selectTokens} from '../../lib/services/janitor/select.js'
import {tokenDocument, type TokenDocument} from '../../lib/services/tokens/document.js'
import {everyPart, type TokenRecord} from '../../lib/services/tokens/record.js'
import {pairs, RowStream, type RowFormat} from '../render/row-stream.js'
import type {Column} from '../render/table.js'
import {infoColumn, tokenColumns} from '../render/token-columns.js'

export interface ListOptions {
  format: RowFormat
  pageSize: number | undefined
  /** Attributes of the owners to add. */
  attributes: readonly string[]
  usernames: boolean
  fancy: boolean
  write: (text: string) => void
}

/** A token with what the user store says of its owner. */
type ListedToken = TokenDocument & {user?: Record<string, string>}

/** Lists the tokens that meet a condition, page by page. @returns how many */
export async function listTokens(app: App, condition: Condition, options: ListOptions): Promise<number> {
  const {attributes, format, fancy, write, pageSize} = options
  const users = options.usernames || attributes.length > 0 ? await app.users() : undefined
  const userColumn: Column<ListedToken> = {header: 'user', get: ({user}) => (user ? pairs(user) : '')}
  const stream = new RowStream<ListedToken>({
    format,
    columns: [...tokenColumns, infoColumn, ...(attributes.length > 0 ? [userColumn] : [])],
    key: 'tokens',
    toJson: (token) => token,
    fancy,
    write,
  })
  for await (const page of selectTokens(await app.selection(), condition, {parts: everyPart, pageSize})) {
    const rows: ListedToken[] = []
    for (const record of page) rows.push(await listed(record, users, options))
    stream.push(rows)
  }
  stream.end()
  return stream.count
}

async function listed(
  record: TokenRecord,
  users: UserService | undefined,
  {attributes, usernames}: ListOptions,
): Promise<ListedToken> {
  const document = await tokenDocument(record, {users: usernames ? users : undefined})
  if (attributes.length === 0 || !users) return document
  const known = await ownerAttributes(users, record.owners[0])
  const user = Object.fromEntries(attributes.map((name) => [name, known?.get(name)?.join(',') ?? '']))
  return {...document, ...(record.owners.length > 0 && {user})}
}
