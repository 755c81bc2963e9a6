import type {Database} from '../db/database.js'
import {findConfigKind} from '../config-objects/registry.js'
import type {ConfigKind} from '../config-objects/contract.js'
import {notFound} from '../errors.js'

export type EventDocument = Awaited<ReturnType<EventKind['list']>> extends Map<string, infer D> ? D : never
type EventKind = ConfigKind<{
  active: boolean
  ordering: number
  position: 'pre' | 'post'
  events: string[]
  handler: string
  action: string
  options: Record<string, string>
  conditions: Record<string, string>
  abortOnError?: boolean | undefined
}>

/** An event handler with its row id, which the originals call it by. */
export type EventHandler = {id: number; name: string} & EventDocument

/** Reads and changes event handlers; each is named by its id or its name. */
export class EventService {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All handlers in the order in which they run. */
  async list(): Promise<EventHandler[]> {
    const [facts, documents] = await Promise.all([this.#kind.facts!(this.#db), this.#kind.list(this.#db)])
    return [...documents].map(([name, document]) => ({...document, id: Number(facts.get(name)!['id']), name}))
  }

  /** @throws PiError NOT_FOUND */
  async get(which: string): Promise<EventHandler> {
    const all = await this.list()
    const found = all.find(({id, name}) => name === which || String(id) === which)
    if (!found) throw notFound('event handler', which, 'pi-manage event list')
    return found
  }

  /** @returns whether anything changed. @throws PiError NOT_FOUND */
  async setActive(which: string, active: boolean): Promise<{handler: EventHandler; changed: boolean}> {
    const handler = await this.get(which)
    if (handler.active === active) return {changed: false, handler}
    await this.#change(async (tx) => {
      await tx.k('eventhandler').where({id: handler.id}).update({active})
    })
    return {changed: true, handler: {...handler, active}}
  }

  /** Sets the place in the order in which handlers run; lower runs first. @throws PiError NOT_FOUND */
  async setOrdering(which: string, ordering: number): Promise<EventHandler> {
    const handler = await this.get(which)
    await this.#change(async (tx) => {
      await tx.k('eventhandler').where({id: handler.id}).update({ordering})
    })
    return {...handler, ordering}
  }

  /** Deletes a handler with its options and conditions. @throws PiError NOT_FOUND */
  async delete(which: string): Promise<EventHandler> {
    const handler = await this.get(which)
    await this.#change(async (tx) => {
      for (const table of ['eventhandleroption', 'eventhandlercondition']) {
        await tx.k(table).where({eventhandler_id: handler.id}).delete()
      }
      await tx.k('eventhandler').where({id: handler.id}).delete()
    })
    return handler
  }

  #change(work: (tx: Database) => Promise<void>): Promise<void> {
    return this.#db.transaction(async (tx) => {
      await work(tx)
      await tx.bumpTimestamp()
    })
  }

  get #kind(): EventKind {
    return findConfigKind('event') as unknown as EventKind
  }
}
