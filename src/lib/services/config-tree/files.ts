import {readdir, readFile, mkdir} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {parseDocument, stringify, type Document as YamlDocument} from 'yaml'
import type {AnyConfigKind} from '../../config-objects/contract.js'
import {attributesOf, removeFile, replaceFile, writeNewFile} from '../../files/durable.js'
import {PiError, reasonOf} from '../../errors.js'

type Document = Record<string, unknown>

/** One object of a tree with the file that it came from. */
export interface TreeFile {
  kind: string
  name: string
  path: string
  document: unknown
}

/** The file of an object: `policy/helpdesk.yaml`; characters that no file system likes are percent-encoded. */
export function fileOf(kind: string, name: string): string {
  const safe = [...name]
    .map((char) => (/[\w.@+ -]/u.test(char) ? char : encodeURIComponent(char).replaceAll('*', '%2A')))
    .join('')
  return join(kind, `${safe.replace(/^\./, '%2E')}.yaml`)
}

/** Reads every YAML file below a folder. @throws PiError INVALID_INPUT with file and line */
export async function readTree(folder: string, kinds: readonly AnyConfigKind[]): Promise<TreeFile[]> {
  const files: TreeFile[] = []
  for (const kind of kinds) {
    let entries: string[]
    try {
      entries = (await readdir(join(folder, kind.kind))).filter((entry) => /\.ya?ml$/.test(entry)).sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      throw new PiError('INVALID_INPUT', `The folder ${join(folder, kind.kind)} cannot be read: ${reasonOf(error)}.`, {
        cause: error,
      })
    }
    for (const entry of entries) files.push(await readObject(join(folder, kind.kind, entry), kind.kind))
  }
  return files
}

async function readObject(path: string, kind: string): Promise<TreeFile> {
  const parsed = parseDocument(await readFile(path, 'utf8'))
  const [fault] = parsed.errors
  if (fault) {
    throw new PiError('INVALID_INPUT', `${path}:${fault.linePos?.[0].line ?? 1}: ${fault.message.split('\n')[0]}`, {
      cause: fault,
    })
  }
  const found = parsed.toJS({maxAliasCount: 10}) as unknown
  if (
    found === null ||
    typeof found !== 'object' ||
    Array.isArray(found) ||
    typeof (found as Document)['name'] !== 'string'
  ) {
    throw new PiError('INVALID_INPUT', `${path}: an object with a 'name' is expected.`)
  }
  const {name, ...document} = found as Document & {name: string}
  return {document, kind, name, path}
}

/**
 * Writes an object to its file unless it says the same already. Comments of an existing file are kept where their keys
 * are, and so are its references to secrets while they name the stored ones.
 * @returns whether the file was changed
 */
export async function writeObject(
  folder: string,
  kind: AnyConfigKind,
  name: string,
  given: Document,
  withReferences: (kind: AnyConfigKind, document: Document, earlier: unknown) => Promise<Document>,
): Promise<boolean> {
  const path = join(folder, fileOf(kind.kind, name))
  const old = await readFile(path, 'utf8').catch(() => undefined)
  const earlier = old === undefined ? undefined : parseDocument(old)
  const document = earlier ? await withReferences(kind, given, earlier.toJS()) : given
  const wanted = {name, ...withoutDefaults(kind, document)}
  const text = earlier ? merged(earlier, wanted) : stringify(wanted, {lineWidth: 120})
  if (text === old) return false
  await mkdir(join(folder, kind.kind), {recursive: true})
  if (old === undefined) await writeNewFile(path, text, {mode: 0o640})
  else await replaceFile(path, text, await attributesOf(path))
  return true
}

/** Removes the files of objects that are gone. @returns their paths below the folder */
export async function removeOthers(
  folder: string,
  kinds: readonly AnyConfigKind[],
  kept: ReadonlySet<string>,
): Promise<string[]> {
  const removed: string[] = []
  for (const {path} of await readTree(folder, kinds)) {
    const below = relative(folder, path)
    if (kept.has(below)) continue
    await removeFile(path)
    removed.push(below)
  }
  return removed
}

/** A document without the fields that say what they would say when left out, so that files stay short. */
function withoutDefaults(kind: AnyConfigKind, document: Document): Document {
  const short = {...document}
  for (const field of Object.keys(document)) {
    const {[field]: value, ...rest} = short
    const parsed = kind.document.safeParse(rest)
    if (parsed.success && JSON.stringify(parsed.data[field]) === JSON.stringify(value)) delete short[field]
  }
  return short
}

function merged(document: YamlDocument, wanted: Document): string {
  const old = (document.toJS() ?? {}) as Document
  for (const key of Object.keys(old)) if (!Object.hasOwn(wanted, key)) document.delete(key)
  for (const [key, value] of Object.entries(wanted)) {
    if (JSON.stringify(old[key]) !== JSON.stringify(value)) document.set(key, document.createNode(value))
  }
  return document.toString({lineWidth: 120})
}
