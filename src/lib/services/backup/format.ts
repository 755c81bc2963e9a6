import {z} from 'zod'
import {PiError} from '../../errors.js'

export const backupFormat = 'pi-manage-backup'
const version = 1

/** Members of our own in an archive; everything else is a file of the installation. */
export const ownFolder = 'pi-manage-backup'
export const headerName = `${ownFolder}/header.json`
export const manifestName = `${ownFolder}/manifest.json`
export const tableFolder = `${ownFolder}/database/`

/** Names that can stand in a statement as they are. */
const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,63}$/)
const count = z.number().int().nonnegative()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const absolutePath = z.string().regex(/^\/[^\0]*$/)

const columnType = z.union([
  z.object({kind: z.literal('varchar'), length: z.number().int().positive().max(10_000_000)}).strict(),
  z
    .object({kind: z.enum(['integer', 'bigint', 'text', 'boolean', 'datetime', 'interval', 'json', 'double', 'blob'])})
    .strict(),
])

const table = z.object({
  name: identifier,
  columns: z.array(z.object({name: identifier, nullable: z.boolean(), type: columnType})).min(1),
  primaryKey: z.array(identifier),
  generated: z.boolean(),
  indexes: z.array(z.object({columns: z.array(identifier).min(1), unique: z.boolean()})),
})

/** What an archive holds: its first member. */
const header = z.object({
  format: z.literal(backupFormat),
  version: z.literal(version),
  /** ISO 8601, UTC. */
  created: z.string(),
  tool: z.string(),
  product: z.enum(['privacyidea', 'edumfa']),
  /** Absent in an archive of key files. */
  database: z
    .object({
      kind: z.enum(['sqlite', 'postgres', 'mariadb']),
      release: z.string(),
      revision: z.string().nullable(),
      tables: z.array(table),
      /** Next value of each sequence. */
      sequences: z.record(identifier, count),
    })
    .optional(),
  /** The configuration file, when it is in the archive. */
  config: absolutePath.nullable(),
  /** Folders whose files are in the archive: nothing is restored outside of them. */
  folders: z.array(absolutePath),
  keys: z.enum(['audit', 'included', 'excluded', 'separate', 'only']),
})

const manifest = z.object({
  tables: z.array(z.object({name: identifier, rows: count, bytes: count, sha256})),
  files: z.array(
    z.object({
      path: absolutePath,
      bytes: count,
      mode: z.number().int().min(0).max(0o7777),
      uid: count,
      gid: count,
      sha256,
      /** What is no ordinary file of the configuration. */
      role: z.enum(['config', 'enckey', 'audit-key', 'audit-public-key', 'file']),
    }),
  ),
  /** Of the header's bytes. */
  header: sha256,
})

export type BackupHeader = z.infer<typeof header>
export type BackupManifest = z.infer<typeof manifest>
export type BackupFile = BackupManifest['files'][number]

/** @throws PiError INVALID_INPUT (no header of ours, or of a newer version) */
export function readHeader(bytes: Buffer, name: string): BackupHeader {
  const parsed = jsonOf(bytes)
  const found = header.safeParse(parsed)
  if (found.success) return found.data
  const {format, version: other} = (parsed ?? {}) as {format?: unknown; version?: unknown}
  if (format === backupFormat && typeof other === 'number' && other > version) {
    throw new PiError('INVALID_INPUT', `${name} was made by a newer version of pi-manage.`)
  }
  throw damagedArchive(name, 'its header cannot be read')
}

/** @throws PiError INTEGRITY */
export function readManifest(bytes: Buffer, name: string): BackupManifest {
  const found = manifest.safeParse(jsonOf(bytes))
  if (!found.success) throw damagedArchive(name, 'its manifest cannot be read')
  return found.data
}

export function damagedArchive(name: string, reason: string, cause?: unknown): PiError {
  return new PiError('INTEGRITY', `The backup ${name} is damaged: ${reason}.`, {
    hints: ['Take another one: pi-manage backup list'],
    cause,
  })
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
