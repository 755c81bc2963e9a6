import type {ExportData} from '../config-objects/exchange/read.js'
import {PiError} from '../errors.js'
import type {ConfigObjectService, ObjectChange, ObjectTree, PlannedChange} from './config-objects.js'

export interface ImportRules {
  /** Overwrite objects that exist; without, they are left alone. */
  update: boolean
  /** Delete stored objects of the imported types that the file does not name. */
  purge: boolean
  dryRun: boolean
  /** As the originals' importers do: write what is there already as well, and delete all policies and events on a purge. */
  legacy?: boolean
  /** Told of the changes before they are written; may end the import. */
  before?: (changes: readonly PlannedChange[]) => Promise<void>
}

export interface ImportOutcome {
  changes: ObjectChange[]
  /** Objects that exist and were not to be updated. */
  skipped: {kind: string; name: string}[]
}

/** What was done to the objects of a file, in its order. */
export interface ImportedFile extends ImportOutcome {
  objects: {kind: string; name: string}[]
}

/**
 * Imports configuration objects: everything is read and checked first, then written in one transaction (spec/04 §7.5).
 * Ids of the file are never used, objects are told apart by name.
 */
export class ConfigImport {
  readonly #objects: ConfigObjectService

  constructor(objects: ConfigObjectService) {
    this.#objects = objects
  }

  /** @throws PiError INVALID_INPUT when the file holds none of the types asked for, or an object is not valid */
  async run(
    data: ExportData,
    {
      before,
      dryRun,
      kinds,
      legacy = false,
      names,
      purge,
      update,
    }: ImportRules & {kinds: readonly string[]; names: readonly string[]},
  ): Promise<ImportedFile> {
    const wanted = await this.#objects.parseOriginal(data, {kinds, names})
    if (kinds.length === 1 && wanted.size === 0) {
      throw new PiError('INVALID_INPUT', `The file holds no ${kinds[0]}.`, {
        hints: [`It holds: ${Object.keys(data).join(', ')}`],
      })
    }
    const wipe = legacy && purge ? ['policy', 'event'] : []
    const skipped = update ? [] : (await this.#existing(wanted)).filter(({kind}) => !wipe.includes(kind))
    const changes = await this.#objects.plan(wanted, {
      existing: update ? 'update' : 'skip',
      // the originals clean up policies and events only
      prune: purge && !legacy,
      rewrite: legacy,
      wipe,
    })
    await before?.(changes)
    if (!dryRun) await this.#objects.apply(changes)
    const objects = [...wanted].flatMap(([kind, documents]) =>
      [...documents.keys()].map((name) => ({kind: kind.kind, name})),
    )
    return {changes, objects, skipped}
  }

  async #existing(wanted: ObjectTree): Promise<ImportOutcome['skipped']> {
    const stored = await this.#objects.read({form: 'sealed', kinds: [...wanted.keys()].map(({kind}) => kind)})
    return [...wanted].flatMap(([kind, objects]) =>
      [...objects.keys()].filter((name) => stored.get(kind)?.has(name)).map((name) => ({kind: kind.kind, name})),
    )
  }
}
