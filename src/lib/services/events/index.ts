import {readExport} from '../../config-objects/exchange/read.js'
import {findConfigKind} from '../../config-objects/registry.js'
import {erased, type ConfigKind} from '../../config-objects/contract.js'
import type {Database} from '../../db/database.js'
import {alreadyExists, notFound, PiError} from '../../errors.js'
import {eventVocabulary, type EventVocabulary} from '../../events/describe.js'
import type {EventFinding, LintedEvent} from '../../events/lint/contract.js'
import {lintEvents} from '../../events/lint/lint.js'
import type {ConfigObjectService} from '../config-objects.js'
import type {PlannedNames} from '../policies/surroundings.js'
import {eventServer, eventSurroundings} from './surroundings.js'

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
  readonly #objects: ConfigObjectService
  readonly #scriptFolder: string | undefined

  /** @param options.scriptFolder where the module Script looks for its programs */
  constructor(db: Database, objects: ConfigObjectService, {scriptFolder}: {scriptFolder?: string | undefined} = {}) {
    this.#db = db
    this.#objects = objects
    this.#scriptFolder = scriptFolder
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

  /** Fills in what a document leaves out. @throws PiError INVALID_INPUT naming the field */
  async validated(name: string, document: unknown): Promise<EventDocument> {
    return (await this.#objects.validate(erased(this.#kind), name, document)) as EventDocument
  }

  /**
   * Creates a handler, or replaces one with `update`; checked by the rules of severity error first.
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT (a rule is broken; `force` writes it all the same)
   */
  async save(
    name: string,
    document: EventDocument,
    {dryRun = false, force = false, update = false} = {},
  ): Promise<{findings: EventFinding[]; changed: boolean}> {
    const stored = (await this.list()).find((handler) => handler.name === name)
    if (stored && !update) throw alreadyExists('event handler', name, 'Change it with pi-manage event edit')
    const given = {...document, id: stored?.id ?? 0, name, storedName: name}
    const findings = (await this.lint([given])).filter(({event, other}) => event === name || other === name)
    const [worst] = findings.filter(({event, severity}) => severity === 'error' && event === name)
    if (worst && !force) {
      throw new PiError('INVALID_INPUT', `The event handler '${name}' breaks ${worst.rule}: ${worst.message}`, {
        hints: ['Write it all the same with --force', 'See pi-manage event handlers'],
      })
    }
    const changes = await this.#objects.plan(new Map([[erased(this.#kind), new Map([[name, document]])]]))
    if (!dryRun) await this.#objects.apply(changes)
    return {changed: changes.length > 0, findings}
  }

  /** What handlers may use on the release of the database. */
  vocabulary(): EventVocabulary {
    return eventVocabulary(eventServer(this.#db))
  }

  /** Applies the lint rules to the stored handlers, or to those given instead of stored ones of the same name. */
  async lint(
    given: readonly LintedEvent[] = [],
    {only = false, planned}: {only?: boolean; planned?: PlannedNames | undefined} = {},
  ): Promise<EventFinding[]> {
    const names = new Set(given.map(({name}) => name))
    const facts = await this.#kind.facts!(this.#db)
    const stored = only ? [] : (await this.list()).filter(({name}) => !names.has(name))
    const asStored = stored.map((handler) => ({...handler, storedName: String(facts.get(handler.name)!['name'])}))
    return lintEvents([...asStored, ...given], await eventSurroundings(this.#db, this.#scriptFolder, planned))
  }

  /**
   * What the rules say of documents that are to be written, in the surroundings of those stored.
   * @param planned what else will be there
   */
  async lintDocuments(
    documents: readonly {name: string; document: EventDocument}[],
    planned?: PlannedNames,
  ): Promise<EventFinding[]> {
    const given = documents.map(({document, name}) => ({...document, id: 0, name, storedName: name}))
    const names = new Set(documents.map(({name}) => name))
    return (await this.lint(given, {planned})).filter(({event}) => names.has(event))
  }

  /** The handlers of an export or a bare list, as they would be after its import; ids follow their order. */
  async fromExport(text: string): Promise<LintedEvent[]> {
    const tree = await this.#objects.parseOriginal(await readExport(text, {assume: 'event'}), {kinds: ['event']})
    const documents = tree.values().next().value ?? new Map<string, object>()
    return [...documents].map(([name, document], index) => ({
      ...(document as EventDocument),
      id: index + 1,
      name,
      storedName: name,
    }))
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
