import type {SecretForm} from '../../config-objects/secrets.js'
import type {Database} from '../../db/database.js'
import type {ConfigObjectService, ObjectChange, PlannedChange} from '../config-objects.js'
import {fileOf, removeOthers, writeObject} from './files.js'
import {ownedBy, setOwned} from './ownership.js'
import {isOurs, wantedObjects, type TreeSource} from './source.js'

export interface ComparisonOptions {
  source: TreeSource
  /** Only these kinds; all of the source if empty. */
  kinds?: readonly string[]
  /** Name under which objects are marked as owned. */
  tree?: string
}

/** Writes audit rows about changes. */
export interface ChangeAudit {
  /** Rows go into the transaction of the changes; false where the audit log is another database. */
  readonly within: boolean
  write(db: Database, changes: readonly ObjectChange[]): Promise<void>
}

/** Configuration as code: a folder of YAML files, one an object, or another installation, and a database in step with it. */
export class ConfigTreeService {
  readonly #db: Database
  readonly #objects: ConfigObjectService
  readonly #audit: ChangeAudit | undefined

  constructor(db: Database, objects: ConfigObjectService, {audit}: {audit?: ChangeAudit} = {}) {
    this.#db = db
    this.#objects = objects
    this.#audit = audit
  }

  /**
   * Writes all objects to a folder; files that say the same already, and comments, stay as they are.
   * @returns files below the folder
   */
  async dump({
    folder,
    form,
    kinds = [],
  }: {
    folder: string
    kinds?: readonly string[]
    form: SecretForm
  }): Promise<{written: string[]; removed: string[]; objects: number}> {
    const tree = await this.#objects.read({form, kinds})
    const kept = new Set<string>()
    const written: string[] = []
    const keeping: Parameters<typeof writeObject>[4] = (...given) => this.#objects.withReferences(...given)
    for (const [kind, objects] of tree) {
      for (const [name, document] of objects) {
        if (isOurs(kind, name)) continue
        const file = fileOf(kind.kind, name)
        kept.add(file)
        if (await writeObject(folder, kind, name, document, keeping)) written.push(file)
      }
    }
    const removed = await removeOthers(folder, this.#objects.kinds(kinds), kept)
    return {objects: kept.size, removed, written}
  }

  /**
   * What would have to change in the database so that it is as the source says. Kinds that have no folder are left alone.
   * @param prune delete objects that an earlier apply of this tree made and the source no longer has; `all`: every object
   * of the kinds in the source
   */
  async plan({
    kinds = [],
    prune = false,
    source,
    tree = 'default',
  }: ComparisonOptions & {prune?: boolean | 'all'}): Promise<PlannedChange[]> {
    const wanted = await wantedObjects(source, this.#objects, kinds)
    const owned = await ownedBy(this.#db, tree)
    const mayDelete = (kind: string, name: string): boolean =>
      !name.startsWith('pi-manage.') && (prune === 'all' || owned.has(`${kind}/${name}`))
    return this.#objects.plan(wanted, {prune: prune === false ? false : mayDelete})
  }

  /**
   * Carries out a plan in one transaction with its audit rows, and remembers which objects the tree owns.
   * @throws PiError BREAKER when an object was changed since the plan
   */
  async apply(
    changes: readonly PlannedChange[],
    {kinds = [], source, tree = 'default'}: ComparisonOptions,
  ): Promise<void> {
    const wanted = await wantedObjects(source, this.#objects, kinds)
    const names = [...wanted].flatMap(([kind, objects]) => [...objects.keys()].map((name) => `${kind.kind}/${name}`))
    const deleted = new Set(changes.filter(({change}) => change === 'delete').map(({kind, name}) => `${kind}/${name}`))
    await this.#db.transaction(async (tx) => {
      await this.#objects.within(tx).apply(changes)
      const owned = await ownedBy(tx, tree)
      const now = new Set([...owned, ...names].filter((name) => !deleted.has(name)))
      if (now.size !== owned.size || [...now].some((name) => !owned.has(name))) await setOwned(tx, tree, now)
      if (this.#audit?.within) await this.#audit.write(tx, changes)
    })
    if (this.#audit && !this.#audit.within) await this.#audit.write(this.#db, changes)
  }
}
