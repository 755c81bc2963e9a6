import {relative} from 'node:path'
import type {AnyConfigKind} from '../../config-objects/contract.js'
import type {SecretForm} from '../../config-objects/secrets.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {ConfigObjectService, ObjectTree, PlannedChange} from '../config-objects.js'
import {fileOf, readTree, removeOthers, writeObject} from './files.js'
import {ownedBy, setOwned} from './ownership.js'

export interface TreeOptions {
  /** Folder with one sub-folder for each kind. */
  folder: string
  kinds?: readonly string[]
}

/** Configuration as code: a folder of YAML files, one an object, kept in step with a database. */
export class ConfigTreeService {
  readonly #db: Database
  readonly #objects: ConfigObjectService

  constructor(db: Database, objects: ConfigObjectService) {
    this.#db = db
    this.#objects = objects
  }

  /**
   * Writes all objects to a folder; files that say the same already, and comments, stay as they are.
   * @returns files below the folder
   */
  async dump({
    folder,
    form,
    kinds = [],
  }: TreeOptions & {form: SecretForm}): Promise<{written: string[]; removed: string[]; objects: number}> {
    const tree = await this.#objects.read({form, kinds})
    const kept = new Set<string>()
    const written: string[] = []
    for (const [kind, objects] of tree) {
      for (const [name, document] of objects) {
        if (isOurs(kind, name)) continue
        const file = fileOf(kind.kind, name)
        kept.add(file)
        if (await writeObject(folder, kind, name, document)) written.push(file)
      }
    }
    const removed = await removeOthers(folder, this.#objects.kinds(kinds), kept)
    return {objects: kept.size, removed, written}
  }

  /**
   * What would have to change in the database so that it is as the folder says. Kinds that have no folder are left alone.
   * @param prune delete objects that an earlier apply of this tree made and the folder no longer has; `all`: every object
   * of the kinds in the folder
   */
  async plan({
    folder,
    kinds = [],
    prune = false,
    tree = 'default',
  }: TreeOptions & {prune?: boolean | 'all'; tree?: string}): Promise<PlannedChange[]> {
    const wanted = await this.#wanted(folder, kinds)
    const owned = await ownedBy(this.#db, tree)
    const mayDelete = (kind: string, name: string): boolean =>
      !name.startsWith('pi-manage.') && (prune === 'all' || owned.has(`${kind}/${name}`))
    return this.#objects.plan(wanted, {prune: prune === false ? false : mayDelete})
  }

  /** Carries out a plan in one transaction and remembers which objects the tree owns. @throws PiError BREAKER */
  async apply(
    changes: readonly PlannedChange[],
    {folder, kinds = [], tree = 'default'}: TreeOptions & {tree?: string},
  ): Promise<void> {
    const wanted = await this.#wanted(folder, kinds)
    const names = [...wanted].flatMap(([kind, objects]) => [...objects.keys()].map((name) => `${kind.kind}/${name}`))
    const deleted = new Set(changes.filter(({change}) => change === 'delete').map(({kind, name}) => `${kind}/${name}`))
    await this.#db.transaction(async (tx) => {
      await this.#objects.within(tx).apply(changes)
      const owned = await ownedBy(tx, tree)
      const now = new Set([...owned, ...names].filter((name) => !deleted.has(name)))
      if (now.size !== owned.size || [...now].some((name) => !owned.has(name))) await setOwned(tx, tree, now)
    })
  }

  async #wanted(folder: string, kinds: readonly string[]): Promise<ObjectTree> {
    const known = this.#objects.kinds(kinds)
    const files = await readTree(folder, known)
    if (files.length === 0) {
      throw new PiError('INVALID_INPUT', `There are no objects below ${folder}.`, {
        hints: ['Make them with pi-manage config dump'],
      })
    }
    const wanted: ObjectTree = new Map()
    for (const {document, kind: word, name, path} of files) {
      const kind = known.find((candidate) => candidate.kind === word)!
      const objects = wanted.get(kind) ?? new Map<string, Record<string, unknown>>()
      if (objects.has(name)) throw new PiError('INVALID_INPUT', `${path}: the ${word} '${name}' is in two files.`)
      try {
        objects.set(name, await this.#objects.validate(kind, name, document))
      } catch (error) {
        if (!(error instanceof PiError)) throw error
        throw new PiError(error.code, `${relative(process.cwd(), path)}: ${error.message}`, {
          cause: error,
          hints: error.hints,
        })
      }
      wanted.set(kind, objects)
    }
    return wanted
  }
}

/** Rows that this tool keeps for itself. */
function isOurs(kind: AnyConfigKind, name: string): boolean {
  return kind.kind === 'setting' && name.startsWith('pi-manage.')
}
