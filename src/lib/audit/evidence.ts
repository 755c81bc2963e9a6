import {createPublicKey, type KeyObject} from 'node:crypto'
import {existsSync} from 'node:fs'
import {open, readFile} from 'node:fs/promises'
import type {Settings} from '../config/settings.js'
import {keyFingerprint} from './generations.js'
import {signText, verifyText} from '../crypto/signature.js'
import {PiError, reasonOf} from '../errors.js'
import {attributesOf, writeNewFile} from '../files/durable.js'

interface Statement {
  format: 1
  /** ISO 8601, UTC. */
  time: string
  /** Which audit table: several installations may share a folder of keys. */
  table: string
  /** Rows that the statement is about. */
  rows: number
  firstId: number | null
  lastId: number | null
}

/** What the table held at a moment. */
export interface Checkpoint extends Statement {
  kind: 'checkpoint'
  /** Ids from 1 to `lastId` that were not there, as `encodeRanges` writes them. */
  missing: string
  /** SHA-256 of signed text and signature of the last row, hex. */
  lastRow: string
}

/** Rows that were deleted on purpose. */
export interface RotationRecord extends Statement {
  kind: 'rotation'
  mode: string
  /** Their ids, as `encodeRanges` writes them. */
  removed: string
  /** Name of the manifest of their archive. */
  archive?: string
}

export type Evidence = Checkpoint | RotationRecord

/** A statement as it stands in the file. */
export interface SignedEvidence {
  statement: Evidence
  /** Fingerprint of the key; empty when nobody could sign. */
  key: string
  signature: string
}

/** Where checkpoints and rotations are kept: beside the public audit key. */
export function evidencePath(settings: Settings): string | undefined {
  const file = settings.path('PI_AUDIT_KEY_PUBLIC')
  return file === undefined ? undefined : `${file}.evidence.jsonl`
}

/** Signs a statement; without a key it stays unsigned, and nobody believes it. */
export async function signEvidence(statement: Evidence, key: KeyObject | undefined): Promise<SignedEvidence> {
  if (!key) return {statement, key: '', signature: ''}
  return {
    statement,
    key: keyFingerprint(createPublicKey(key)),
    signature: await signText(key, JSON.stringify(statement)),
  }
}

export function isSignedBy(keys: readonly KeyObject[], {statement, signature}: SignedEvidence): boolean {
  const text = JSON.stringify(statement)
  return keys.some((key) => verifyText(key, text, signature))
}

/**
 * Adds a line to the file, durably.
 * @param model a file whose owner and mode a new one gets
 * @throws PiError CONFIG
 */
export async function appendEvidence(path: string, evidence: SignedEvidence, model: string): Promise<void> {
  if (!existsSync(path)) {
    const attributes = await attributesOf(model).catch(() => ({mode: 0o644}))
    await writeNewFile(path, '', attributes).catch((error: unknown) => {
      if (!(error instanceof PiError) || error.code !== 'ALREADY_EXISTS') throw error
    })
  }
  try {
    const file = await open(path, 'a')
    try {
      await file.appendFile(`${JSON.stringify(evidence)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new PiError('CONFIG', `The file ${path} cannot be written: ${reasonOf(error)}`, {cause: error})
  }
}

/** All statements, oldest first; none when there is no file. @throws PiError CONFIG, INTEGRITY (damaged) */
export async function readEvidence(path: string): Promise<SignedEvidence[]> {
  if (!existsSync(path)) return []
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new PiError('CONFIG', `The file ${path} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, at) => {
      try {
        const parsed = JSON.parse(line) as SignedEvidence
        if (parsed.statement.format === 1 && typeof parsed.signature === 'string') return parsed
      } catch {
        // Named below.
      }
      throw new PiError('INTEGRITY', `Line ${at + 1} of ${path} is damaged.`)
    })
}
