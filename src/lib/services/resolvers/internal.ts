import type {Database} from '../../db/database.js'
import {parseSqlalchemyUrl} from '../../db/sqlalchemy-url.js'
import {PiError} from '../../errors.js'

/** Columns of the users of an internal resolver, with their lengths (spec/10 §5.4). */
const columns = {
  username: 40,
  email: 80,
  password: 255,
  phone: 40,
  mobile: 40,
  surname: 40,
  givenname: 40,
  description: 255,
} as const

const map = JSON.stringify({userid: 'id', ...Object.fromEntries(Object.keys(columns).map((name) => [name, name]))})

/** The table that holds the users of an internal resolver. */
export function internalTable(name: string): string {
  return `users_${name}`
}

/**
 * The settings of a resolver whose users are in a table of the main database (spec/03-cli.md §A.3.4).
 * @param uri of the main database; login and password go into the resolver
 * @throws PiError CONFIG
 */
export function internalSettings(
  name: string,
  uri: string,
  product: Database['schema']['product'],
): Record<string, string> {
  const url = parseSqlalchemyUrl(uri)
  // privacyIDEA puts a URI together from the settings and decodes it again, eduMFA takes them as they are (spec/10 §5.1).
  const written = (text: string) => (product === 'edumfa' ? text : encodeURIComponent(text))
  const isFile = url.backend === 'sqlite'
  const isAbsolute = isFile && url.database?.startsWith('/')
  const host = url.host?.includes(':') ? `[${url.host}]` : (url.host ?? '')
  const query = [...url.query].flatMap(([key, values]) =>
    values.map((value) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`),
  )
  const settings: Record<string, string | undefined> = {
    Server: isAbsolute ? '/' : host,
    Driver: url.driver ? `${url.backend}+${url.driver}` : url.backend,
    User: url.username && written(url.username),
    Password: url.password && written(url.password),
    Port: url.port === undefined ? undefined : String(url.port),
    Database: isAbsolute ? url.database!.slice(1) : url.database,
    Table: internalTable(name),
    Limit: '500',
    Editable: '1',
    Map: map,
    conParams: query.length > 0 ? query.join('&') : undefined,
  }
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
}

/** Makes the table for the users. @returns false when it is there already @throws PiError INVALID_INPUT (name) */
export async function createInternalTable(db: Database, name: string): Promise<boolean> {
  const table = internalTable(name)
  // PostgreSQL cuts longer names without a word.
  if (table.length > 63) throw new PiError('INVALID_INPUT', `The name '${name}' is too long for a table of users.`)
  if (await db.k.schema.hasTable(table)) return false
  await db.k.schema.createTable(table, (made) => {
    made.increments('id')
    for (const [column, length] of Object.entries(columns)) {
      const added = made.string(column, length)
      if (column === 'username') added.unique()
    }
  })
  return true
}

/** Takes back what `createInternalTable` made. */
export async function dropInternalTable(db: Database, name: string): Promise<void> {
  await db.k.schema.dropTableIfExists(internalTable(name))
}
