import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {tokenFileOf, type OpenTokenFileOptions} from '../../src/importers/open.js'
import {formatNames} from '../../src/importers/registry.js'
import {inputOf} from '../../src/importers/shared/input.js'
import {PiError} from '../../src/lib/errors.js'
import {fixture} from './folders.js'
import {mutate, randomOf} from './mutants.js'

export interface FuzzResult {
  mutants: number
  /** How many could still be read to the end. */
  read: number
  /** How many were refused, by code. */
  refused: Record<string, number>
  /** The longest that one took, in milliseconds. */
  slowestMs: number
}

/** Longest that a file of some kilobytes may take. */
const hangMs = 5000

/**
 * Reads damaged copies of every token file of the fixtures, each as the format it looks like and as one at random.
 * @throws Error for anything but an ordinary end or a PiError, and for a hang
 */
export async function fuzzImporters(count: number, seed = 1): Promise<FuzzResult> {
  const random = randomOf(seed)
  const originals = tokenFiles().map((path) => ({path, bytes: readFileSync(path)}))
  const bytesOf = originals.map(({bytes}) => bytes)
  const result: FuzzResult = {mutants: 0, read: 0, refused: {}, slowestMs: 0}
  for (let at = 0; at < count; at++) {
    const original = originals[at % originals.length]!
    const mutant = mutate(original.bytes, bytesOf, random)
    if (mutant.length === 0) continue
    const format = random() < 0.3 ? formatNames[Math.floor(random() * formatNames.length)] : undefined
    const started = performance.now()
    const outcome = await readMutant(mutant, {...keys, format, strictCompat: random() < 0.1}).catch(
      (error: unknown) => {
        throw new Error(
          `mutant ${String(at)} of ${original.path} as ${format ?? 'what it looks like'} (seed ${String(seed)})`,
          {
            cause: error,
          },
        )
      },
    )
    const took = performance.now() - started
    if (took > hangMs) throw new Error(`mutant ${String(at)} of ${original.path} took ${String(Math.round(took))} ms`)
    result.slowestMs = Math.max(result.slowestMs, took)
    result.mutants += 1
    if (outcome === 'read') result.read += 1
    else result.refused[outcome] = (result.refused[outcome] ?? 0) + 1
  }
  return result
}

/** Keys that open the fixtures, as far as one set can. */
const keys: OpenTokenFileOptions = {
  presharedKey: Buffer.from('e1aef2489f644782d53e32e3111e765e', 'hex'),
  password: async () => 'sample password',
}

/** Token files of the fixtures: those that the original was fed with, and those of each importer. */
export function tokenFiles(): string[] {
  const own = readdirSync(fixture('importers'), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md') && !entry.parentPath.endsWith('recipes'))
    .map((entry) => join(entry.parentPath, entry.name))
  const recorded = readdirSync(fixture('interop/privacyidea-3.8/imports'))
    .filter((name) => !name.endsWith('.json'))
    .map((name) => fixture('interop/privacyidea-3.8/imports', name))
  return [...recorded, ...own].sort()
}

async function readMutant(bytes: Buffer, options: OpenTokenFileOptions): Promise<string> {
  try {
    const file = await tokenFileOf(inputOf('mutant', bytes), options)
    for await (const row of file.rows()) {
      if ('error' in row && row.error.includes('\n')) throw new Error(`a reason of several lines: ${row.error}`)
    }
    return 'read'
  } catch (error) {
    if (!(error instanceof PiError) || error.code === 'INTERNAL') throw error
    if (error.message.includes('\n')) throw new Error(`a message of several lines: ${error.message}`, {cause: error})
    return error.code
  }
}
