import {auditColumns} from '../../audit/columns.js'
import type {Row, Schema} from '../../db/database.js'

/** What is told of an archive in the file beside it. */
export interface ArchiveManifest {
  format: 1
  /** Name of the file with the rows, gzip of JSON lines. */
  file: string
  /** ISO 8601, UTC. */
  time: string
  product: Schema['product']
  /** Release of the schema that the rows come from. */
  version: string
  table: string
  columns: string[]
  rows: number
  firstId: number | null
  lastId: number | null
  /** Of the compressed file. */
  bytes: number
  /** SHA-256 of the compressed file, hex. */
  sha256: string
  /** SHA-256 of the lines, hex: the same however they are compressed. */
  contentSha256: string
}

/** The manifest as it stands in its file. */
export interface SignedManifest {
  manifest: ArchiveManifest
  /** Fingerprint of the key; empty when nobody could sign. */
  key: string
  /** Over the JSON text of `manifest`. */
  signature: string
}

/** One row as a line: columns in the order of the table, dates as the database holds them. */
export function lineOf(row: Row, columns: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))
}

export function archiveColumns(schema: Schema): string[] {
  return auditColumns(schema)
}

export const dataSuffix = '.jsonl.gz'
export const manifestSuffix = '.manifest.json'
