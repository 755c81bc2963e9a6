import type {AnyConfigKind} from '../config-objects/contract.js'
import type {ExportData} from '../config-objects/exchange/read.js'
import {configKinds, findConfigKind} from '../config-objects/registry.js'
import {uniqueName} from '../config-objects/shared/names.js'
import {Secrets, type SecretForm, type SecretSources} from '../config-objects/secrets.js'
import type {Database} from '../db/database.js'
import {DatabaseError} from '../db/failures.js'
import {PiError, reasonOf} from '../errors.js'
import type {SecurityModule} from '../security-module.js'

type Document = Record<string, unknown>

/** Objects by kind and name. */
export type ObjectTree = Map<AnyConfigKind, Map<string, Document>>

/** One difference between what is stored and what is wanted. */
export interface ObjectChange {
  kind: string
  name: string
  change: 'create' | 'update' | 'delete'
  /** Changed fields with their values; secrets are never among them in clear. */
  fields: {field: string; from?: unknown; to?: unknown}[]
}

/** A difference with what is needed to carry it out. */
export interface PlannedChange extends ObjectChange {
  document?: Document
  stored?: Document
  /** The object of this name is deleted by a change before this one. */
  afresh?: boolean
}

export interface ChangeRules {
  /** What happens to objects that exist already; default `update`. */
  existing?: 'update' | 'skip' | 'fail'
  /** Delete objects of the given kinds that are not wanted; a function limits it to those it owns. */
  prune?: boolean | ((kind: string, name: string) => boolean)
  /** Write objects also when they are as wanted already, as the originals' importers do. */
  rewrite?: boolean
  /** Kinds of which all stored objects are deleted first. */
  wipe?: readonly string[]
}

/** Told of every change inside its transaction, so that an audit row can be written with it. */
export type ChangeListener = (db: Database, change: ObjectChange) => Promise<void>

interface ServiceOptions {
  sources?: SecretSources
  onChange?: ChangeListener
}

/** Reads, compares and writes configuration objects of every kind. */
export class ConfigObjectService {
  readonly #db: Database
  readonly #security: () => Promise<SecurityModule>
  readonly #options: ServiceOptions
  readonly #secrets: Secrets

  constructor(db: Database, security: () => Promise<SecurityModule>, options: ServiceOptions = {}) {
    this.#db = db
    this.#security = security
    this.#options = options
    this.#secrets = new Secrets(security, options.sources)
  }

  /** The same service inside a transaction that the caller holds. */
  within(tx: Database): ConfigObjectService {
    return new ConfigObjectService(tx, this.#security, this.#options)
  }

  /** The kinds that this database can hold, of those named. @throws PiError USAGE for an unknown name */
  kinds(names: readonly string[] = []): AnyConfigKind[] {
    const wanted = names
      .filter((name) => name !== 'all' && name !== 'full')
      .map((name) => {
        const kind = findConfigKind(name)
        if (!kind) {
          throw new PiError('USAGE', `There is no type of object '${name}'.`, {
            hints: [`Types: ${configKinds.map((known) => known.kind).join(', ')}`],
          })
        }
        return kind
      })
    return (wanted.length > 0 ? wanted : configKinds).filter((kind) => kind.available(this.#db.schema))
  }

  /** Objects as documents. @param names only these; by exact name */
  async read({
    form,
    kinds,
    names,
  }: {
    kinds?: readonly string[]
    names?: readonly string[]
    form: SecretForm
  }): Promise<ObjectTree> {
    const tree: ObjectTree = new Map()
    for (const kind of this.kinds(kinds)) {
      const objects = new Map<string, Document>()
      for (const [name, document] of await kind.list(this.#db)) {
        if (names && names.length > 0 && !names.includes(name)) continue
        objects.set(name, await this.#secrets.shown(kind, document, form))
      }
      tree.set(kind, objects)
    }
    return tree
  }

  /** One object. @throws PiError NOT_FOUND */
  async get(kindName: string, name: string, form: SecretForm = 'censored'): Promise<Document> {
    const [kind] = this.kinds([kindName])
    const document = kind && (await kind.list(this.#db)).get(name)
    if (!kind || !document)
      throw new PiError('NOT_FOUND', `There is no ${kindName} '${name}'.`, {
        hints: [`See pi-manage config list --kind ${kindName}`],
      })
    return this.#secrets.shown(kind, document, form)
  }

  /** Changes a setting, or creates it; what is not given stays as it is. @returns whether anything changed */
  async setSetting(
    key: string,
    given: {value: string; type?: string | undefined; description?: string | undefined},
    {dryRun = false} = {},
  ): Promise<boolean> {
    const [kind] = this.kinds(['setting'])
    const stored = (await kind!.list(this.#db)).get(key)
    const document = {
      description: given.description ?? stored?.['description'] ?? '',
      type: given.type ?? stored?.['type'] ?? '',
      value: given.value,
    }
    const changes = await this.plan(new Map([[kind!, new Map([[key, document]])]]))
    if (!dryRun) await this.apply(changes)
    return changes.length > 0
  }

  /** Deletes one object. @throws PiError NOT_FOUND, REFUSED while something refers to it */
  async remove(kindName: string, name: string): Promise<void> {
    const stored = await this.get(kindName, name, 'sealed')
    await this.apply([{change: 'delete', fields: [], kind: kindName, name, stored}])
  }

  /**
   * An export with the keys and order of the original (spec/04 §7.1). Encrypted settings stay as they are stored, as in
   * the original, unless `clearSettings`.
   */
  async exportOriginal(options: {
    kinds?: readonly string[]
    names?: readonly string[]
    form: SecretForm
    clearSettings?: boolean
    /** Leave out the types that the originals do not export. */
    originalTypes?: boolean
  }): Promise<ExportData> {
    const data: Record<string, unknown> = {}
    for (const kind of this.kinds(options.kinds)) {
      if (options.originalTypes && kind.oursOnly) continue
      const form =
        kind.kind === 'setting' && options.form === 'clear' && !options.clearSettings ? 'sealed' : options.form
      const objects = (await this.read({...options, form, kinds: [kind.kind]})).get(kind)!
      const facts = (await kind.facts?.(this.#db)) ?? new Map<string, Document>()
      const extras = options.names?.length ? [] : ((await kind.extras?.(this.#db)) ?? [])
      const elements = [
        ...extras,
        ...[...objects].map(
          ([name, document]) =>
            [name, kind.toOriginal(name, document, this.#db, facts.get(name) ?? {})] as [string, unknown],
        ),
      ]
      data[this.#exportKey(kind)] =
        kind.exportShape === 'list' ? elements.map(([, element]) => element) : Object.fromEntries(elements)
    }
    return data
  }

  /** The form of `config export full` and its kin, which wrote every type as a list (spec/04 §7.4). */
  async exportLegacy(options: {
    kinds: readonly string[]
    names: readonly string[]
    form: SecretForm
  }): Promise<ExportData> {
    const data = await this.exportOriginal(options)
    return Object.fromEntries(
      Object.entries(data).map(([type, given]) => [
        type,
        Array.isArray(given) ? given : Object.values(given as object),
      ]),
    )
  }

  /**
   * Objects of an original export or of our own, validated; types it does not know are left out, as the original does.
   * @throws PiError INVALID_INPUT naming type and object
   */
  async parseOriginal(
    data: ExportData,
    {kinds, names}: {kinds?: readonly string[]; names?: readonly string[]} = {},
  ): Promise<ObjectTree> {
    const tree: ObjectTree = new Map()
    for (const kind of this.kinds(kinds)) {
      const given = data[this.#exportKey(kind)] ?? data[kind.exportKey]
      if (given === undefined || given === null) continue
      const objects = new Map<string, Document>()
      for (const [key, element] of elementsOf(given)) {
        if (key === '__timestamp__' && kind.kind === 'setting') continue
        const {document, name} = await this.#parsed(kind, element, key)
        if (names && names.length > 0 && !names.includes(name)) continue
        objects.set(kind.namesRepeat ? uniqueName(name, objects) : name, document)
      }
      tree.set(kind, objects)
    }
    return tree
  }

  /** Validates documents of our own form, fills in defaults and resolves references to secrets. @throws PiError INVALID_INPUT */
  async validate(kind: AnyConfigKind, name: string, document: unknown): Promise<Document> {
    const result = kind.document.safeParse(document)
    if (!result.success) {
      const [issue] = result.error.issues
      const place = issue && issue.path.length > 0 ? ` (${issue.path.join('.')})` : ''
      throw new PiError(
        'INVALID_INPUT',
        `The ${kind.kind} '${name}' is not valid${place}: ${issue?.message ?? 'unknown reason'}.`,
      )
    }
    return this.#secrets.resolved(kind, result.data)
  }

  /** A document for a file, with the references to secrets that an earlier version of the file has. */
  withReferences(kind: AnyConfigKind, document: Document, earlier: unknown): Promise<Document> {
    return this.#secrets.referenced(kind, document, earlier)
  }

  /** What would have to change so that the objects wanted are there. Changes nothing. */
  async plan(
    wanted: ObjectTree,
    {existing = 'update', prune = false, rewrite = false, wipe = []}: ChangeRules = {},
  ): Promise<PlannedChange[]> {
    const changes: PlannedChange[] = []
    for (const [kind, objects] of inOrder(wanted)) {
      const present = await kind.list(this.#db)
      const wiped = wipe.includes(kind.kind)
      if (wiped) {
        for (const [name, old] of present)
          changes.push({change: 'delete', fields: [], kind: kind.kind, name, stored: old})
      }
      const stored = wiped ? new Map<string, Document>() : present
      for (const [name, given] of objects) {
        const old = stored.get(name)
        if (old && existing === 'skip') continue
        if (old && existing === 'fail')
          throw new PiError('ALREADY_EXISTS', `The ${kind.kind} '${name}' exists already.`)
        const document = await this.#secrets.settled(kind, given, present.get(name))
        const fields = await this.#differences(kind, document, old)
        if (old && fields.length === 0 && !rewrite) continue
        changes.push({
          change: old ? 'update' : 'create',
          document,
          fields,
          kind: kind.kind,
          name,
          ...(old && {stored: old}),
          ...(wiped && present.has(name) && {afresh: true}),
        })
      }
    }
    if (prune === false) return changes
    for (const [kind, objects] of inOrder(wanted).reverse()) {
      for (const [name, old] of await kind.list(this.#db)) {
        if (objects.has(name) || (typeof prune === 'function' && !prune(kind.kind, name))) continue
        changes.push({change: 'delete', fields: [], kind: kind.kind, name, stored: old})
      }
    }
    return changes
  }

  /**
   * Carries out changes in one transaction, with the timestamp that makes servers reload. What was planned against and
   * is different now ends it.
   * @throws PiError BREAKER when an object changed since the plan, INVALID_INPUT, REFUSED
   */
  async apply(changes: readonly PlannedChange[]): Promise<void> {
    if (changes.length === 0) return
    await this.#db.transaction(async (tx) => {
      // all of them before the first is written: writing one realm may move the default of another
      for (const change of changes) {
        if (change.afresh) continue
        const current = (await findConfigKind(change.kind)!.list(tx)).get(change.name)
        if (canonical(current) === canonical(change.stored)) continue
        throw new PiError('BREAKER', `The ${change.kind} '${change.name}' was changed meanwhile.`, {
          hints: ['Make the plan again'],
        })
      }
      for (const change of changes) {
        await this.#carryOut(tx, change)
        await this.#options.onChange?.(tx, change)
      }
      // a change of any kind may be announced; where the original does not, it is harmless (spec/01 §6.4)
      await tx.bumpTimestamp()
    })
  }

  async #carryOut(tx: Database, {change, document, kind: word, name, stored}: PlannedChange): Promise<void> {
    const kind = findConfigKind(word)!
    try {
      if (change === 'delete') await kind.delete(tx, name)
      else await kind.save({db: tx, seal: (secret) => this.#secrets.seal(secret)}, name, document!, stored)
    } catch (error) {
      // the database does not say which object it refuses
      if (!(error instanceof DatabaseError) || !['value', 'reference', 'duplicate'].includes(error.kind)) throw error
      throw new PiError(error.code, `The ${word} '${name}' cannot be stored: ${error.message}`, {
        cause: error,
        hints: error.hints,
      })
    }
  }

  async #parsed(
    kind: AnyConfigKind,
    element: unknown,
    key: string | undefined,
  ): Promise<{name: string; document: Document}> {
    if (element === null || typeof element !== 'object' || Array.isArray(element)) {
      throw new PiError('INVALID_INPUT', `A ${kind.kind} is no mapping${key ? ` ('${key}')` : ''}.`)
    }
    try {
      const {document, name} = kind.fromOriginal(element as Document, key)
      const parsed = kind.document.parse(document)
      const sealed = await this.#secrets.adopted(kind, parsed)
      return {document: sealed, name}
    } catch (error) {
      if (error instanceof PiError) throw error
      throw new PiError(
        'INVALID_INPUT',
        `The ${kind.kind} ${key ? `'${key}' ` : ''}is not valid: ${reasonOf(error)}.`,
        {cause: error},
      )
    }
  }

  async #differences(
    kind: AnyConfigKind,
    document: Document,
    stored: Document | undefined,
  ): Promise<ObjectChange['fields']> {
    const [shown, old] = [
      await this.#secrets.shown(kind, document, 'censored'),
      stored && (await this.#secrets.shown(kind, stored, 'censored')),
    ]
    const fields = [...new Set([...Object.keys(shown), ...Object.keys(old ?? {})])]
    const changed = fields.filter((field) => canonical(document[field]) !== canonical(stored?.[field]))
    return changed.map((field) => ({
      field,
      ...(old?.[field] !== undefined && {from: old[field]}),
      ...(shown[field] !== undefined && {to: shown[field]}),
    }))
  }

  #exportKey(kind: AnyConfigKind): string {
    return this.#db.schema.product === 'edumfa' ? (kind.eduMfaExportKey ?? kind.exportKey) : kind.exportKey
  }
}

/** Elements of an export: a mapping by name, or a list. */
function elementsOf(given: unknown): [string | undefined, unknown][] {
  if (Array.isArray(given)) return given.map((element) => [undefined, element])
  return typeof given === 'object' && given !== null ? Object.entries(given) : []
}

function inOrder(tree: ObjectTree): [AnyConfigKind, Map<string, Document>][] {
  return [...tree].sort(([a], [b]) => a.order - b.order)
}

/** A text that is equal for equal values: keys sorted, absent and undefined the same. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) =>
      item !== null && typeof item === 'object' && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? ''
  )
}
