import type {Database} from '../db/database.js'
import {isDuplicate} from '../db/failures.js'

/** A program that asks for logins; `lastSeen` is a local time in the form of a DATETIME column. */
export interface ClientSighting {
  ip: string
  clientType: string
  node: string
  lastSeen: string
}

/** The table `clientapplication` (spec/08 §2.6). */
export class ClientApplicationRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Notes that a client was seen. A concurrent insert of the same client is as good. */
  async saw({ip, clientType, node, lastSeen}: ClientSighting): Promise<void> {
    const {k} = this.#db
    const clienttype = clientType.slice(0, 255)
    const updated = await k('clientapplication').where({ip, clienttype, node}).update({lastseen: lastSeen})
    if (updated > 0) return
    try {
      await this.#db.insert('clientapplication', [{ip, hostname: null, clienttype, lastseen: lastSeen, node}])
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  }
}
