import type {Database, Row} from '../db/database.js'

/** A row of the system configuration as stored: values of type `password` are still encrypted. */
export interface ConfigRow {
  key: string
  value: string
  type: string
  description: string
}

/** Key of the row that changes whenever configuration does (spec/01 §7). */
export const timestampKey = '__timestamp__'

/** The table `config`. */
export class ConfigRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All rows but the timestamp, by key. */
  async all(): Promise<ConfigRow[]> {
    const rows = await this.#db.k<Row>('config').whereNot('Key', timestampKey).orderBy('Key')
    return rows.map(read)
  }

  async find(key: string): Promise<ConfigRow | undefined> {
    const rows = await this.#db.k<Row>('config').where('Key', key)
    // MariaDB compares keys without regard to case
    const row = rows.find((candidate) => candidate['Key'] === key)
    return row && read(row)
  }

  /** Text of the timestamp row; undefined when there is none. */
  async timestamp(): Promise<string | undefined> {
    const row = await this.#db.k<Row>('config').where('Key', timestampKey).first('Value')
    return row && String(row['Value'] ?? '')
  }
}

function read(row: Row): ConfigRow {
  return {
    key: String(row['Key']),
    value: String(row['Value'] ?? ''),
    type: String(row['Type'] ?? ''),
    description: String(row['Description'] ?? ''),
  }
}
