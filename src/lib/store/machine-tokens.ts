import type {Database, Row} from '../db/database.js'

/** Tokens attached to machines (tables `machinetoken` and `machinetokenoptions`). */
export class MachineTokenRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Options of the first attachment of a token to a machine for an application.
   * @returns undefined when it is attached to none
   */
  async optionsOf(tokenId: number, application: string): Promise<Map<string, string> | undefined> {
    const first = await this.#db
      .k<Row>('machinetoken')
      .where({token_id: tokenId, application})
      .orderBy('id')
      .first('id')
    if (!first) return undefined
    const rows = await this.#db
      .k<Row>('machinetokenoptions')
      .where({machinetoken_id: first['id']})
      .orderBy('id')
      .select('mt_key', 'mt_value')
    return new Map(rows.map((row) => [String(row['mt_key']), String(row['mt_value'] ?? '')]))
  }
}
