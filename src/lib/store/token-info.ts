import type {Database, Row} from '../db/database.js'
import type {TokenInfo} from '../types/token.js'

/** The table `tokeninfo`. */
export class TokenInfoRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** The details of each of several tokens, at most a page, in the order in which they were added; without descriptions. */
  async of(tokenIds: readonly number[], {key}: {key?: string} = {}): Promise<Map<number, TokenInfo[]>> {
    const query = this.#db
      .k<Row>('tokeninfo')
      .whereIn('token_id', [...tokenIds])
      .orderBy('id')
      .select('token_id', 'Key', 'Value', 'Type')
    if (key !== undefined) query.where('Key', key)
    const found = new Map<number, TokenInfo[]>()
    for (const row of await query) {
      const id = Number(row['token_id'])
      const info = read(row)
      const list = found.get(id)
      if (list) list.push(info)
      else found.set(id, [info])
    }
    return found
  }

  async find(tokenId: number, key: string): Promise<TokenInfo | undefined> {
    const rows = await this.#db.k<Row>('tokeninfo').where({token_id: tokenId, Key: key})
    // MariaDB compares keys without regard to case
    const row = rows.find((candidate) => candidate['Key'] === key)
    return row && read(row)
  }

  /** Sets a detail; type and description of an existing one are overwritten (spec/05 §7). */
  async set(tokenId: number, info: {key: string; value: string; type?: string; description?: string}): Promise<void> {
    await this.setSeveral([tokenId], info)
  }

  /** Sets the same detail of several tokens, at most a page. */
  async setSeveral(
    tokenIds: readonly number[],
    {key, value, type, description}: {key: string; value: string; type?: string; description?: string},
  ): Promise<void> {
    const {k} = this.#db
    const present = await k<Row>('tokeninfo')
      .whereIn('token_id', [...tokenIds])
      .where({Key: key})
      .select('id', 'token_id')
    if (present.length > 0) {
      await k('tokeninfo')
        .whereIn(
          'id',
          present.map((row) => Number(row['id'])),
        )
        // as the original leaves them: NULL after an update, empty after an insert
        .update({Value: value, Type: type ?? null, Description: description ?? null})
    }
    const have = new Set(present.map((row) => Number(row['token_id'])))
    const missing = tokenIds.filter((id) => !have.has(id))
    await this.#db.insert(
      'tokeninfo',
      missing.map((id) => ({token_id: id, Key: key, Value: value, Type: type ?? '', Description: description ?? ''})),
    )
  }

  /** Removes details by key. @returns how many there were */
  async remove(tokenIds: readonly number[], keys: readonly string[]): Promise<number> {
    return this.#db
      .k('tokeninfo')
      .whereIn('token_id', [...tokenIds])
      .whereIn('Key', [...keys])
      .delete()
  }
}

function read(row: Row): TokenInfo {
  const text = (column: string) => (row[column] === null || row[column] === undefined ? '' : String(row[column]))
  return {key: text('Key'), value: text('Value'), type: text('Type'), description: text('Description')}
}
