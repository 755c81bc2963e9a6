import {erased} from '../../config-objects/contract.js'
import {resolver as resolverObject, type ResolverDocument} from '../../config-objects/kinds/resolver.js'
import type {Database} from '../../db/database.js'
import {alreadyExists, notFound, PiError} from '../../errors.js'
import type {Resolver, ResolverEnv, ResolverTest} from '../../resolvers/contract.js'
import {resolverKind, resolverTypes} from '../../resolvers/registry.js'
import {RealmRepository} from '../../store/realms.js'
import {ResolverRepository} from '../../store/resolvers.js'
import type {ConfigObjectService, PlannedChange} from '../config-objects.js'
import {createInternalTable, dropInternalTable, internalSettings, internalTable} from './internal.js'
import {isMasked, maskedSettings} from './masking.js'

export interface ResolverSummary extends ResolverDocument {
  name: string
  /** Realms that it is in. */
  realms: string[]
}

export interface ResolverWritten {
  /** The name as it is stored. */
  name: string
  created: boolean
  /** Settings that are new, other, or gone; empty when nothing changed. */
  keys: string[]
  /** Keys that the type does not know; they are stored, and nothing reads them. */
  unknown: string[]
}

export interface ResolverUse {
  realms: string[]
  /** Tokens that belong to its users. */
  tokens: number
}

/** `masked`: none; `declared`: those hidden that are stored encrypted, as in the originals; `clear`: all. */
export type ShownSecrets = 'clear' | 'declared' | 'masked'

interface ResolverServiceOptions {
  db: Database
  objects: ConfigObjectService
  /** Of the main database, for internal resolvers. */
  databaseUri: string
  env: ResolverEnv
}

const listCommand = 'pi-manage resolver list'

/** Definitions of the connections to user stores (spec/10 §2). Every change tells running servers to reload. */
export class ResolverService {
  readonly #options: ResolverServiceOptions

  constructor(options: ResolverServiceOptions) {
    this.#options = options
  }

  /** All resolvers in the order in which they were made. */
  async list({secrets = 'masked'}: {secrets?: ShownSecrets} = {}): Promise<ResolverSummary[]> {
    const {db, objects} = this.#options
    const realms = await new RealmRepository(db).all()
    const [found] = (
      await objects.read({kinds: ['resolver'], form: secrets === 'clear' ? 'clear' : 'censored'})
    ).values()
    return [...(found ?? [])].map(([name, document]) => {
      const {settings, type} = document as ResolverDocument
      return {
        name,
        type,
        realms: realms.filter(({resolvers}) => resolvers.some((link) => link.name === name)).map((realm) => realm.name),
        settings: secrets === 'masked' ? maskedSettings(settings) : settings,
      }
    })
  }

  /** @throws PiError NOT_FOUND */
  async get(name: string, options: {secrets?: ShownSecrets} = {}): Promise<ResolverSummary> {
    const found = (await this.list(options)).find((one) => one.name === name)
    if (!found) throw notFound('resolver', name, listCommand)
    return found
  }

  /**
   * Makes a resolver, or with `update` changes the settings given and keeps the others, as the originals do.
   * @param options.references whether secrets may be given as `file:PATH` or `env:NAME`
   * @throws PiError ALREADY_EXISTS, REFUSED (of another type), CONFIG (settings that make no sense), INVALID_INPUT
   */
  async save(
    given: string,
    {settings, type}: ResolverDocument,
    {dryRun = false, force = false, references = true, update = false} = {},
  ): Promise<ResolverWritten> {
    const stored = await this.#stored(given)
    if (stored && !update) {
      throw alreadyExists('resolver', stored.name, 'Change it with pi-manage resolver edit, or repeat with --update')
    }
    const merged = {...stored?.document.settings, ...settings}
    return this.#write(stored?.name ?? given, {type, settings: merged}, stored?.document, {dryRun, force, references})
  }

  /** Changes settings and takes some away. @throws PiError NOT_FOUND, CONFIG, INVALID_INPUT */
  async edit(
    given: string,
    {set, unset}: {set: Readonly<Record<string, string>>; unset: readonly string[]},
    {dryRun = false, force = false} = {},
  ): Promise<ResolverWritten> {
    const stored = await this.#stored(given)
    if (!stored) throw notFound('resolver', given, listCommand)
    const {type} = stored.document
    const settings: Record<string, string> = {...stored.document.settings, ...set}
    for (const key of unset) {
      if (!Object.hasOwn(settings, key)) {
        throw new PiError('NOT_FOUND', `The resolver '${stored.name}' has no setting '${key}'.`)
      }
      delete settings[key]
    }
    return this.#write(stored.name, {type, settings}, stored.document, {dryRun, force, references: true})
  }

  /** Whether a setting of a type is a secret, which is not given on a command line. */
  isSecret(type: string, key: string): boolean {
    return resolverObject.secrets({type, settings: {[key]: 'x'}}).length > 0 || isMasked(key, 'x')
  }

  /** @throws PiError NOT_FOUND */
  async use(name: string): Promise<ResolverUse> {
    const {realms} = await this.get(name)
    return {realms, tokens: await new ResolverRepository(this.#options.db).tokensOf(name)}
  }

  /**
   * Deletes a resolver. With `force` it is taken out of its realms, and tokens keep owners whom nobody can find.
   * @throws PiError NOT_FOUND, REFUSED while it is in use
   */
  async delete(name: string, {dryRun = false, force = false} = {}): Promise<ResolverUse> {
    const {objects} = this.#options
    const use = await this.use(name)
    if (!force) requireUnused(name, use)
    if (dryRun) return use
    const changes: PlannedChange[] = []
    const [realms] = (await objects.read({kinds: ['realm'], form: 'sealed'})).values()
    for (const realm of use.realms) {
      const stored = realms!.get(realm)!
      const links = stored['resolvers'] as {name: string}[]
      const document = {...stored, resolvers: links.filter((link) => link.name !== name)}
      changes.push({change: 'update', document, fields: [], kind: 'realm', name: realm, stored})
    }
    const stored = (await this.#stored(name))!.document
    changes.push({change: 'delete', fields: [], kind: 'resolver', name, stored: {...stored}})
    await objects.apply(changes)
    return use
  }

  /**
   * Makes an editable SQL resolver with a table of its own in the main database (spec/10 §5.4).
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT, CONFIG
   */
  async createInternal(
    name: string,
    {dryRun = false} = {},
  ): Promise<{name: string; table: string; tableCreated: boolean}> {
    const {databaseUri, db} = this.#options
    const settings = internalSettings(name, databaseUri, db.schema.product)
    const document = {type: 'sqlresolver', settings}
    const table = internalTable(name)
    await this.save(name, document, {dryRun: true, references: false})
    if (dryRun) return {name, table, tableCreated: !(await db.k.schema.hasTable(table))}
    const tableCreated = await createInternalTable(db, name)
    try {
      await this.save(name, document, {references: false})
    } catch (error) {
      if (tableCreated) await dropInternalTable(db, name)
      throw error
    }
    return {name, table, tableCreated}
  }

  /** Tries a definition that need not be stored. @throws PiError CONFIG */
  async tryOut({settings, type}: ResolverDocument, use?: (resolver: Resolver) => Promise<void>): Promise<ResolverTest> {
    const resolver = await (await resolverKind(type)).open(new Map(Object.entries(settings)), this.#options.env)
    try {
      const result = await resolver.test()
      if (result.ok) await use?.(resolver)
      return result
    } finally {
      await resolver.close()
    }
  }

  /** The stored resolver of this name; names that differ only in case are the same. */
  async #stored(name: string): Promise<{name: string; document: ResolverDocument} | undefined> {
    const [found] = (await this.#options.objects.read({kinds: ['resolver'], form: 'sealed'})).values()
    const names = [...(found?.keys() ?? [])]
    const exact = names.find((one) => one === name) ?? names.find((one) => one.toLowerCase() === name.toLowerCase())
    return exact === undefined ? undefined : {name: exact, document: found!.get(exact) as ResolverDocument}
  }

  async #write(
    name: string,
    document: ResolverDocument,
    stored: ResolverDocument | undefined,
    {dryRun, force, references}: {dryRun: boolean; force: boolean; references: boolean},
  ): Promise<ResolverWritten> {
    const {objects} = this.#options
    const kind = erased(resolverObject)
    if (name.length > 120) {
      throw new PiError(
        'INVALID_INPUT',
        `The name '${name}' is longer than the 120 characters that owners of tokens hold.`,
      )
    }
    const valid = references ? await objects.validate(kind, name, document) : {...document}
    const unknown = await this.#checked(document, force)
    const changes = await objects.plan(new Map([[kind, new Map([[name, valid]])]]))
    if (!dryRun) await objects.apply(changes)
    const [before, after] = [stored?.settings ?? {}, (changes[0]?.document as ResolverDocument | undefined)?.settings]
    const keys = after
      ? [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key])
      : []
    return {name, created: !stored, keys, unknown}
  }

  /** @returns settings that the type does not know @throws PiError CONFIG (unless `force`) */
  async #checked({settings, type}: ResolverDocument, force: boolean): Promise<string[]> {
    if (!resolverTypes.includes(type) && force) return []
    const kind = await resolverKind(type)
    if (!force) {
      const opened = await kind.open(new Map(Object.entries(settings)), this.#options.env)
      await opened.close()
    }
    const known = new Set(kind.settings.map(({key}) => key.toLowerCase()))
    return Object.keys(settings).filter((key) => !known.has(key.toLowerCase()))
  }
}

function requireUnused(name: string, {realms, tokens}: ResolverUse): void {
  if (realms.length > 0) {
    throw new PiError('REFUSED', `The resolver '${name}' is still contained in realm ${quoted(realms)}.`, {
      hints: [`Take it out first: pi-manage realm edit ${realms[0]} --remove ${name}`, 'Or repeat with --force'],
    })
  }
  if (tokens > 0) {
    throw new PiError('REFUSED', `${tokens} tokens belong to users of the resolver '${name}'.`, {
      hints: [
        `Move them first: pi-manage user move --all --from-resolver ${name} --to-resolver …`,
        'With --force the tokens keep owners whom nobody can find',
      ],
    })
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}
