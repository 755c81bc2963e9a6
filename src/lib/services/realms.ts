import {normalRealmName, realm as realmKind, type RealmDocument} from '../config-objects/kinds/realm.js'
import {erased} from '../config-objects/contract.js'
import type {Database} from '../db/database.js'
import {alreadyExists, notFound, PiError} from '../errors.js'
import {RealmRepository, type RealmUse} from '../store/realms.js'
import type {ConfigObjectService, PlannedChange} from './config-objects.js'

export type {RealmUse} from '../store/realms.js'

/** A resolver in a realm, as it is given. */
export interface RealmLink {
  name: string
  /** 1–999; absent: asked last. */
  priority?: number | undefined
  /** UUID of the only node that uses it, since 3.10. */
  node?: string | undefined
}

export interface RealmSummary extends RealmDocument {
  name: string
}

export interface RealmWritten {
  /** The name as it is stored. */
  name: string
  created: boolean
  changed: boolean
  /** Resolvers that were asked for and do not exist. */
  missing: string[]
}

interface RealmServiceOptions {
  db: Database
  objects: ConfigObjectService
  /** What is stored for the empty PIN of a token that is taken away. */
  emptyPinHash: () => Promise<string>
}

const listCommand = 'pi-manage realm list'

/** Realms: ordered sets of resolvers (spec/10 §8). Every change tells running servers to reload. */
export class RealmService {
  readonly #options: RealmServiceOptions

  constructor(options: RealmServiceOptions) {
    this.#options = options
  }

  /** @param order resolvers as they are asked, or as they are stored */
  async list({order = 'asked'}: {order?: 'asked' | 'stored'} = {}): Promise<RealmSummary[]> {
    const realms = await realmKind.list(this.#options.db)
    return [...realms].map(([name, {default: isDefault, resolvers}]) => ({
      name,
      default: isDefault,
      resolvers: order === 'stored' ? resolvers : [...resolvers].sort(asAsked),
    }))
  }

  /** A realm by its name in any case. @throws PiError NOT_FOUND */
  async get(name: string): Promise<RealmSummary> {
    const wanted = name.trim().toLowerCase()
    const found = (await this.list({order: 'stored'})).find((one) => one.name === wanted)
    if (!found) throw notFound('realm', name, listCommand)
    return found
  }

  /**
   * Makes a realm of these resolvers; with `update` an existing one gets exactly these.
   * @param options.force leave resolvers out that do not exist
   * @throws PiError ALREADY_EXISTS, NOT_FOUND (resolver), INVALID_INPUT (name, priority)
   */
  async create(
    given: string,
    links: readonly RealmLink[],
    {dryRun = false, force = false, update = false} = {},
  ): Promise<RealmWritten> {
    const name = normalRealmName(given)
    const stored = (await realmKind.list(this.#options.db)).get(name)
    if (stored && !update) {
      throw alreadyExists('realm', name, 'Change it with pi-manage realm edit, or repeat with --update')
    }
    const {known, missing} = await this.#known(links, force)
    const changed = await this.#write(name, {default: stored?.default ?? false, resolvers: known}, dryRun)
    return {name, created: !stored, changed, missing}
  }

  /**
   * Adds and removes resolvers and changes their priority; what is not named stays.
   * @throws PiError NOT_FOUND (realm, resolver, resolver that is not in the realm), INVALID_INPUT
   */
  async edit(
    given: string,
    {add = [], remove = []}: {add?: readonly RealmLink[]; remove?: readonly string[]},
    {dryRun = false, force = false} = {},
  ): Promise<RealmWritten> {
    const {name, ...stored} = await this.get(given)
    for (const resolver of remove) {
      if (!stored.resolvers.some((link) => link.name === resolver)) {
        throw new PiError('NOT_FOUND', `The realm '${name}' has no resolver '${resolver}'.`, {
          hints: [`See ${listCommand}`],
        })
      }
    }
    const {known, missing} = await this.#known(add, force)
    const kept = stored.resolvers.filter((link) => !remove.includes(link.name))
    const isSame = (a: RealmLink, b: RealmLink) => a.name === b.name && (a.node ?? '') === (b.node ?? '')
    const changedLinks = kept.map((link) => {
      const given = add.find((one) => isSame(one, link))
      if (given?.priority === undefined) return link
      return known.find((one) => isSame(one, link)) ?? link
    })
    const fresh = known.filter((one) => !kept.some((link) => isSame(one, link)))
    const changed = await this.#write(name, {...stored, resolvers: [...changedLinks, ...fresh]}, dryRun)
    return {name, created: false, changed, missing}
  }

  /** What would be left without this realm. @throws PiError NOT_FOUND */
  async use(given: string): Promise<RealmUse> {
    const {name} = await this.get(given)
    return new RealmRepository(this.#options.db).use(name)
  }

  /**
   * Deletes a realm with its links. Owners in it lose it, as in 3.8, when `owners` is `keep`; with `unassign` their
   * tokens are taken from them, and `refuse` deletes only a realm that nobody is in.
   * @returns what the realm was used for
   * @throws PiError NOT_FOUND, REFUSED
   */
  async delete(
    given: string,
    {dryRun = false, owners = 'refuse'}: {dryRun?: boolean; owners?: 'keep' | 'refuse' | 'unassign'} = {},
  ): Promise<RealmUse> {
    const {db} = this.#options
    const {name} = await this.get(given)
    const emptyPinHash = owners === 'unassign' ? await this.#options.emptyPinHash() : ''
    return db.transaction(async (tx) => {
      const realms = new RealmRepository(tx)
      const use = await realms.use(name)
      if (owners === 'refuse' && use.tokens + use.containers + use.attributes > 0) throw inUse(name, use)
      if (dryRun) return use
      if (owners === 'unassign') await realms.unassignTokens(name, emptyPinHash)
      await realmKind.delete(tx, name)
      await tx.bumpTimestamp()
      return use
    })
  }

  /** @returns false when it was the default already @throws PiError NOT_FOUND */
  async setDefault(given: string): Promise<boolean> {
    const {default: isDefault, name} = await this.get(given)
    if (isDefault) return false
    await this.#options.db.transaction(async (tx) => {
      await new RealmRepository(tx).setDefault(name)
      await tx.bumpTimestamp()
    })
    return true
  }

  /** Leaves no realm the default. @returns which one was */
  async clearDefault(): Promise<string | undefined> {
    return this.#options.db.transaction(async (tx) => {
      const was = (await new RealmRepository(tx).all()).find(({isDefault}) => isDefault)
      if (!was) return undefined
      await new RealmRepository(tx).setDefault(undefined)
      await tx.bumpTimestamp()
      return was.name
    })
  }

  /**
   * Gives a realm another name. Tokens, users and containers follow, since they hold its id; policies name it, and are
   * changed along in the same transaction.
   * @returns names of the policies that were changed
   * @throws PiError NOT_FOUND, ALREADY_EXISTS, INVALID_INPUT
   */
  async rename(from: string, to: string, {dryRun = false} = {}): Promise<{name: string; policies: string[]}> {
    const {name: old} = await this.get(from)
    const name = normalRealmName(to)
    if (name === old) return {name, policies: []}
    return this.#options.db.transaction(async (tx) => {
      const realms = new RealmRepository(tx)
      if ((await realms.all()).some((one) => one.name === name)) throw alreadyExists('realm', name)
      const objects = this.#options.objects.within(tx)
      const changes = await renamedInPolicies(objects, old, name)
      if (!dryRun) {
        await realms.rename(old, name)
        await objects.apply(changes)
        await tx.bumpTimestamp()
      }
      return {name, policies: changes.map((change) => change.name)}
    })
  }

  async #write(name: string, document: RealmDocument, dryRun: boolean): Promise<boolean> {
    const {objects} = this.#options
    const changes = await objects.plan(new Map([[erased(realmKind), new Map([[name, {...document}]])]]))
    if (!dryRun) await objects.apply(changes)
    return changes.length > 0
  }

  /** Links to resolvers that exist, by their exact names. @throws PiError NOT_FOUND unless `force`, INVALID_INPUT */
  async #known(
    links: readonly RealmLink[],
    force: boolean,
  ): Promise<{known: RealmDocument['resolvers']; missing: string[]}> {
    const names = new Set(await new RealmRepository(this.#options.db).resolverNames())
    const known = new Map<string, RealmDocument['resolvers'][number]>()
    const missing: string[] = []
    for (const {name, node, priority} of links) {
      if (!names.has(name)) {
        missing.push(name)
        continue
      }
      if (priority !== undefined && (!Number.isInteger(priority) || priority < 0 || priority > 999)) {
        throw new PiError('INVALID_INPUT', `The priority of '${name}' must be from 1 to 999, or 0 for none.`)
      }
      known.set(`${name}\n${node ?? ''}`, {name, ...(priority ? {priority} : {}), ...(node ? {node} : {})})
    }
    if (missing.length > 0 && !force) {
      throw new PiError('NOT_FOUND', `There is no resolver ${missing.map((name) => `'${name}'`).join(', ')}.`, {
        hints: ['See pi-manage resolver list', 'With --force they are left out'],
      })
    }
    return {known: [...known.values()], missing}
  }
}

/** As they are asked: by priority, none last, then by name (spec/10 §8). */
function asAsked(a: RealmLink, b: RealmLink): number {
  return (a.priority ?? 1000) - (b.priority ?? 1000) || (a.name < b.name ? -1 : 1)
}

function inUse(name: string, {attributes, containers, tokens}: RealmUse): PiError {
  const parts = [
    tokens > 0 && `${tokens} tokens belong to its users`,
    containers > 0 && `${containers} containers belong to its users`,
    attributes > 0 && `${attributes} custom attributes of its users are stored`,
  ].filter((part) => part !== false)
  return new PiError('REFUSED', `The realm '${name}' is in use: ${parts.join(', ')}.`, {
    hints: [
      `Move its users first: pi-manage user move --all --from-realm ${name} --to-realm …`,
      'With --force the tokens are taken from their owners',
    ],
  })
}

/** Changes of the policies that name a realm. */
async function renamedInPolicies(objects: ConfigObjectService, from: string, to: string): Promise<PlannedChange[]> {
  const wanted = await objects.read({form: 'sealed', kinds: ['policy']})
  for (const policies of wanted.values()) {
    for (const [name, document] of policies) {
      const replaced = {...document}
      for (const field of ['realms', 'adminRealms']) {
        const list = document[field]
        if (Array.isArray(list)) replaced[field] = list.map((one) => renamedItem(String(one), from, to))
      }
      policies.set(name, replaced)
    }
  }
  return objects.plan(wanted)
}

/** Policies compare realms without regard to case; `!` and `-` exclude one. */
function renamedItem(item: string, from: string, to: string): string {
  const sign = /^[!-]?/.exec(item)![0]
  return item.slice(sign.length).toLowerCase() === from ? `${sign}${to}` : item
}
