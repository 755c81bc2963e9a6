import {createHash, type Hash} from 'node:crypto'
import type {Field} from '../../db/dump/contract.js'
import {fieldsOf} from '../../db/dump/field-text.js'
import {archiveEntries, type ArchiveEntry} from './archive-entries.js'
import type {OpenWith} from './envelope.js'
import {
  damagedArchive,
  headerName,
  manifestName,
  ownFolder,
  readHeader,
  readManifest,
  tableFolder,
  type BackupHeader,
  type BackupManifest,
} from './format.js'

/** Larger members are none of ours. */
const limits = {header: 16 * 1024 * 1024, part: 64 * 1024 * 1024, file: 64 * 1024 * 1024}

export interface ArchiveVisitor {
  header?(header: BackupHeader): Promise<void> | void
  rows?(table: string, rows: Field[][]): Promise<void> | void
  /** @param path absolute, as it was on the machine of the backup */
  file?(path: string, content: Buffer, entry: ArchiveEntry): Promise<void> | void
}

export interface ReadArchive {
  header: BackupHeader
  manifest: BackupManifest
}

interface TableState {
  parts: number
  rows: number
  bytes: number
  hash: Hash
}

/**
 * Reads one of our archives from its beginning to its end, and checks everything that its manifest says: hashes, counts,
 * the form of every row. What the visitor got is right only when this returns.
 * @throws PiError INVALID_INPUT, USAGE, INTEGRITY
 */
export async function readArchive(path: string, keys: OpenWith, visitor: ArchiveVisitor): Promise<ReadArchive> {
  let header: BackupHeader | undefined
  let headerHash = ''
  let manifest: BackupManifest | undefined
  const tables = new Map<string, TableState>()
  const files = new Map<string, {bytes: number; sha256: string}>()
  for await (const entry of archiveEntries(path, keys)) {
    if (manifest) throw damagedArchive(path, 'something stands behind its manifest')
    if (!header) {
      if (entry.name !== headerName) throw damagedArchive(path, 'it does not begin with a header')
      const bytes = await entry.bytes(limits.header)
      header = readHeader(bytes, path)
      headerHash = sha256(bytes)
      await visitor.header?.(header)
    } else if (entry.name === manifestName) {
      manifest = readManifest(await entry.bytes(limits.header), path)
    } else if (entry.name.startsWith(tableFolder)) {
      const rows = await readPart(path, entry, header, tables)
      await visitor.rows?.(rows.table, rows.rows)
    } else {
      const place = fileOf(path, entry, header)
      if (files.has(place)) throw damagedArchive(path, `${place} is in it twice`)
      const content = await entry.bytes(limits.file)
      files.set(place, {bytes: content.length, sha256: sha256(content)})
      await visitor.file?.(place, content, entry)
    }
  }
  if (!header || !manifest) throw damagedArchive(path, 'it ends too early')
  compare(path, header, headerHash, manifest, tables, files)
  return {header, manifest}
}

/** Whether an archive is one of ours, by its first member. @throws PiError as {@link readArchive} */
export async function isOwnArchive(path: string, keys: OpenWith): Promise<boolean> {
  for await (const entry of archiveEntries(path, keys)) return entry.name === headerName
  return false
}

async function readPart(
  path: string,
  entry: ArchiveEntry,
  header: BackupHeader,
  tables: Map<string, TableState>,
): Promise<{table: string; rows: Field[][]}> {
  const [, name = '', part = ''] = /^([^/]+)\/(\d{6,})\.tsv$/.exec(entry.name.slice(tableFolder.length)) ?? []
  const table = header.database?.tables.find((known) => known.name === name)
  const state = tables.get(name) ?? {parts: 0, rows: 0, bytes: 0, hash: createHash('sha256')}
  if (!table || Number(part) !== state.parts + 1) throw damagedArchive(path, `${entry.name} is not expected`)
  const content = await entry.bytes(limits.part)
  let text: string
  try {
    text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(content)
  } catch (error) {
    throw damagedArchive(path, `${entry.name} is no UTF-8`, error)
  }
  const lines = text.split('\n')
  if (lines.pop() !== '') throw damagedArchive(path, `${entry.name} ends within a row`)
  const rows = lines.map((line) => {
    const fields = fieldsOf(line)
    if (fields?.length === table.columns.length) return fields
    throw damagedArchive(path, `${entry.name} holds a row that is none`)
  })
  state.hash.update(content)
  state.parts += 1
  state.rows += rows.length
  state.bytes += content.length
  tables.set(name, state)
  return {table: name, rows}
}

function fileOf(path: string, entry: ArchiveEntry, header: BackupHeader): string {
  const place = `/${entry.name}`
  const inside = header.folders.some((folder) => place.startsWith(folder.endsWith('/') ? folder : `${folder}/`))
  if (entry.type !== 'file' || !inside || entry.name.startsWith(`${ownFolder}/`)) {
    throw damagedArchive(path, `${entry.name} lies outside of the folders of the backup`)
  }
  return place
}

function compare(
  path: string,
  header: BackupHeader,
  headerHash: string,
  manifest: BackupManifest,
  tables: ReadonlyMap<string, TableState>,
  files: ReadonlyMap<string, {bytes: number; sha256: string}>,
): void {
  if (manifest.header !== headerHash) throw damagedArchive(path, 'its header was changed')
  const described = (header.database?.tables ?? []).map(({name}) => name)
  const listed = manifest.tables.map(({name}) => name)
  if (described.toSorted().join() !== listed.toSorted().join())
    throw damagedArchive(path, 'its tables are not complete')
  for (const {name, rows, bytes, sha256: hash} of manifest.tables) {
    const found = tables.get(name)
    const same = found ? found.rows === rows && found.bytes === bytes && found.hash.digest('hex') === hash : rows === 0
    if (!same) throw damagedArchive(path, `the table ${name} is not what its manifest says`)
  }
  if (manifest.files.length !== files.size) throw damagedArchive(path, 'its files are not complete')
  for (const file of manifest.files) {
    const found = files.get(file.path)
    if (found?.sha256 !== file.sha256) throw damagedArchive(path, `${file.path} is not what its manifest says`)
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
