import {createHash, createPublicKey, type KeyObject} from 'node:crypto'
import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import type {Settings} from '../config/settings.js'
import {PiError, reasonOf} from '../errors.js'
import {attributesOf, replaceFile} from '../files/durable.js'

/** A public key that signed audit rows once. */
export interface AuditKeyGeneration {
  /** SHA-256 of the key in DER form, 16 hex digits of it. */
  fingerprint: string
  /** PEM, SubjectPublicKeyInfo. */
  publicKey: string
  /** Ids of the audit rows that were there while it was in use; a server that runs on may sign some more. */
  firstId: number | null
  lastId: number
  /** ISO 8601, UTC. */
  retiredAt: string
}

interface GenerationsFile {
  format: 1
  keys: AuditKeyGeneration[]
}

/** Where the public keys of earlier audit key pairs are kept: beside the present one. */
export function generationsPath(settings: Settings): string | undefined {
  const file = settings.path('PI_AUDIT_KEY_PUBLIC')
  return file === undefined ? undefined : `${file}.old.json`
}

/** Earlier public keys, oldest first. @throws PiError CONFIG (unreadable, damaged) */
export async function readGenerations(path: string): Promise<AuditKeyGeneration[]> {
  if (!existsSync(path)) return []
  try {
    const {format, keys} = JSON.parse(await readFile(path, 'utf8')) as GenerationsFile
    if (format === 1 && Array.isArray(keys)) return keys
  } catch (error) {
    throw new PiError('CONFIG', `The earlier audit keys in ${path} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
  throw new PiError('CONFIG', `${path} holds no earlier audit keys.`)
}

/** Adds a key that is about to be replaced; a second time is ignored. @throws PiError CONFIG */
export async function addGeneration(
  path: string,
  publicPem: string,
  {lastId, model}: {lastId: number; model: string},
): Promise<void> {
  const keys = await readGenerations(path)
  const fingerprint = keyFingerprint(createPublicKey(publicPem))
  if (keys.some((key) => key.fingerprint === fingerprint)) return
  const previous = keys.at(-1)
  keys.push({
    fingerprint,
    publicKey: publicPem,
    firstId: previous ? previous.lastId + 1 : null,
    lastId,
    retiredAt: new Date().toISOString(),
  })
  const document: GenerationsFile = {format: 1, keys}
  await replaceFile(path, `${JSON.stringify(document, undefined, 2)}\n`, await attributesOf(model))
}

/** 16 hex digits that name a public key. */
export function keyFingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({format: 'der', type: 'spki'}))
    .digest('hex')
    .slice(0, 16)
}
