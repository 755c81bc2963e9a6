import type {Database} from '../../db/database.js'
import {ClientApplicationRepository} from '../../store/client-applications.js'
import {columnTime} from '../authenticate/times.js'

/** Client programs remembered at most. */
const remembered = 10_000

/**
 * Notes which programs ask for logins. One that asks many times a second is written once a second: every login of a
 * client changes the same row, which otherwise would hold up all others.
 */
export class ClientTable {
  readonly #db: Database
  readonly #node: string
  readonly #seen = new Map<string, number>()

  constructor(db: Database, node: string) {
    this.#db = db
    this.#node = node
  }

  /** @param now milliseconds since 1970, UTC */
  async saw(ip: string, clientType: string, now: number): Promise<void> {
    const key = `${ip}\n${clientType}`
    const second = Math.trunc(now / 1000)
    if (this.#seen.get(key) === second) return
    if (this.#seen.size >= remembered) this.#seen.clear()
    this.#seen.set(key, second)
    const repository = new ClientApplicationRepository(this.#db)
    await repository.saw({ip, clientType, node: this.#node, lastSeen: columnTime(now, 'local')})
  }
}
