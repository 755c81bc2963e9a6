import {createHash, type Hash, type KeyObject} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {createInterface} from 'node:readline'
import {createGunzip} from 'node:zlib'
import {verifyText} from '../../crypto/signature.js'
import type {Row} from '../../db/database.js'
import {PiError, reasonOf} from '../../errors.js'
import type {SignedManifest} from './format.js'

/** @throws PiError INVALID_INPUT */
export async function readManifest(path: string): Promise<SignedManifest> {
  try {
    const signed = JSON.parse(await readFile(path, 'utf8')) as SignedManifest
    if (signed.manifest.format === 1 && /^[\w.-]+$/.test(signed.manifest.file)) return signed
  } catch (error) {
    throw new PiError('INVALID_INPUT', `${path} is no manifest of an audit archive: ${reasonOf(error)}`, {cause: error})
  }
  throw new PiError('INVALID_INPUT', `${path} is no manifest that this program knows.`)
}

/**
 * Checks an archive as a whole: the manifest's signature, and hashes and numbers of the file beside it.
 * @returns whether a key of the site signed it
 * @throws PiError INTEGRITY (something does not fit)
 */
export async function checkArchive(path: string, keys: readonly KeyObject[]): Promise<{signed: boolean}> {
  const {manifest, signature} = await readManifest(path)
  const text = JSON.stringify(manifest)
  const signed = keys.some((key) => verifyText(key, text, signature))
  if (signature !== '' && !signed) throw damaged(path, 'its signature is by no key of this site')
  const [whole, content] = [createHash('sha256'), createHash('sha256')]
  let [rows, first, last] = [0, Number.POSITIVE_INFINITY, 0]
  for await (const {line, row} of linesOf(dataPath(path, manifest.file), whole)) {
    content.update(`${line}\n`)
    rows += 1
    first = Math.min(first, Number(row['id']))
    last = Math.max(last, Number(row['id']))
  }
  if (whole.digest('hex') !== manifest.sha256) throw damaged(path, 'the hash of the file differs')
  if (content.digest('hex') !== manifest.contentSha256) throw damaged(path, 'the hash of the rows differs')
  if (rows !== manifest.rows || first !== manifest.firstId || last !== manifest.lastId) {
    throw damaged(path, 'number or ids of the rows differ')
  }
  return {signed}
}

/** The rows of an archive, in blocks. @throws PiError INTEGRITY */
export async function* archiveRows(path: string, size: number): AsyncIterable<Row[]> {
  const {manifest} = await readManifest(path)
  let block: Row[] = []
  for await (const {row} of linesOf(dataPath(path, manifest.file))) {
    block.push(row)
    if (block.length < size) continue
    yield block
    block = []
  }
  if (block.length > 0) yield block
}

async function* linesOf(file: string, hash?: Hash): AsyncIterable<{line: string; row: Row}> {
  const source = createReadStream(file)
  if (hash) source.on('data', (chunk) => hash.update(chunk))
  const text = createGunzip()
  source.on('error', (error) => text.destroy(error))
  const lines = createInterface({input: source.pipe(text), crlfDelay: Number.POSITIVE_INFINITY})
  let failure: unknown
  text.on('error', (error) => {
    failure = error
    lines.close()
  })
  try {
    for await (const line of lines) yield {line, row: JSON.parse(line) as Row}
  } catch (error) {
    failure ??= error
  }
  if (failure !== undefined) throw damaged(file, reasonOf(failure))
}

function dataPath(manifest: string, file: string): string {
  return join(dirname(manifest), file)
}

function damaged(path: string, reason: string): PiError {
  return new PiError('INTEGRITY', `The archive ${path} is not as it was written: ${reason}.`)
}
