import {decodeBase64} from '../../lib/crypto/encodings.js'
import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {RowError, rowOf} from '../shared/rows.js'
import {base32Secret, softwareToken, type Account} from '../shared/software-token.js'
import {sqliteMark, sqliteRows} from '../shared/sqlite-rows.js'

type SqlRow = Record<string, unknown>

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

/**
 * The SQLite databases of Google Authenticator (`databases`) and Microsoft Authenticator (`PhoneFactor`), told apart by
 * the columns of their table `accounts`.
 */
export const authenticatorDatabase: Importer = {
  format: 'authenticator-database',
  aliases: ['google-authenticator-database', 'microsoft-authenticator', 'phonefactor'],
  title: 'SQLite databases of Google and Microsoft Authenticator',
  detect: ({bytes}) =>
    bytes.subarray(0, 16).toString('latin1') === sqliteMark && bytes.includes('CREATE TABLE accounts'),
  read: (input, options) => readDatabase(input, options),
}

async function* readDatabase(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const rows = await sqliteRows(input, 'SELECT * FROM accounts ORDER BY rowid')
  for (const [at, row] of rows.entries()) {
    const [format, read] =
      'oath_secret_key' in row
        ? (['microsoft-authenticator', microsoft] as const)
        : (['google-authenticator', google] as const)
    yield rowOf(at + 1, {}, () => softwareToken(read(row), format, options))
  }
}

/** Type 0 is an account of somebody else, 1 one of Microsoft itself; those of companies keep no usable secret. */
function microsoft(row: SqlRow): Account {
  const secret = text(row['oath_secret_key'])
  const type = Number(row['account_type'])
  const account = {type: 'totp', issuer: text(row['name']), account: text(row['username'])}
  if (secret === undefined) throw new RowError('the secret is missing or encrypted by the phone')
  if (type === 0) return {...account, secret: base32Secret(secret), digits: 6}
  if (type === 1) return {...account, secret: decodeBase64(secret) ?? Buffer.alloc(0), digits: 8}
  throw new RowError('accounts of companies have no secret that could be used')
}

function google(row: SqlRow): Account {
  const name = text(row['email']) ?? text(row['original_name']) ?? ''
  const colon = name.indexOf(':')
  return {
    type: Number(row['type']) === 1 ? 'hotp' : 'totp',
    secret: base32Secret(text(row['secret'])),
    issuer: text(row['issuer']) ?? (colon > 0 ? name.slice(0, colon).trim() : undefined),
    account: colon > 0 ? name.slice(colon + 1).trim() : name,
    ...(Number(row['type']) === 1 && {counter: Number(row['counter'] ?? 0)}),
  }
}
