import {relative} from 'node:path'
import type {AnyConfigKind} from '../../config-objects/contract.js'
import {PiError} from '../../errors.js'
import type {ConfigObjectService, ObjectTree} from '../config-objects.js'
import {readTree} from './files.js'

/** Where the wanted state comes from: a folder with one sub-folder for each kind, or another installation. */
export type TreeSource = {folder: string} | {installation: ConfigObjectService}

/** Rows that this tool keeps for itself. */
export function isOurs(kind: AnyConfigKind, name: string): boolean {
  return kind.kind === 'setting' && name.startsWith('pi-manage.')
}

/**
 * The objects that are wanted, valid for the database behind `objects`.
 * @throws PiError INVALID_INPUT naming the file, NOT_FOUND for a reference to a secret that leads nowhere
 */
export async function wantedObjects(
  source: TreeSource,
  objects: ConfigObjectService,
  kinds: readonly string[],
): Promise<ObjectTree> {
  return 'folder' in source
    ? folderObjects(source.folder, objects, kinds)
    : installationObjects(source.installation, objects, kinds)
}

async function folderObjects(
  folder: string,
  objects: ConfigObjectService,
  kinds: readonly string[],
): Promise<ObjectTree> {
  const known = objects.kinds(kinds)
  const files = await readTree(folder, known)
  if (files.length === 0) {
    throw new PiError('INVALID_INPUT', `There are no objects below ${folder}.`, {
      hints: ['Make them with pi-manage config dump'],
    })
  }
  const wanted: ObjectTree = new Map()
  for (const {document, kind: word, name, path} of files) {
    const kind = known.find((candidate) => candidate.kind === word)!
    const found = wanted.get(kind) ?? new Map<string, Record<string, unknown>>()
    if (found.has(name)) throw new PiError('INVALID_INPUT', `${path}: the ${word} '${name}' is in two files.`)
    try {
      found.set(name, await objects.validate(kind, name, document))
    } catch (error) {
      if (!(error instanceof PiError)) throw error
      throw new PiError(error.code, `${relative(process.cwd(), path)}: ${error.message}`, {
        cause: error,
        hints: error.hints,
      })
    }
    wanted.set(kind, found)
  }
  return wanted
}

/** Secrets travel in clear in memory: the two installations have keys of their own. */
async function installationObjects(
  installation: ConfigObjectService,
  objects: ConfigObjectService,
  kinds: readonly string[],
): Promise<ObjectTree> {
  const wanted: ObjectTree = new Map()
  const found = await installation.read({
    form: 'clear',
    kinds: kinds.length > 0 ? kinds : objects.kinds().map(({kind}) => kind),
  })
  for (const [kind, documents] of found) {
    const kept = new Map([...documents].filter(([name]) => !isOurs(kind, name)))
    const [here] = objects.kinds([kind.kind])
    if (here) wanted.set(here, kept)
    else if (kept.size > 0) {
      throw new PiError(
        'INVALID_INPUT',
        `This release has no ${kind.kind}, and the other installation has ${kept.size}.`,
        {
          hints: ['Name the types to compare with --types'],
        },
      )
    }
  }
  return wanted
}
