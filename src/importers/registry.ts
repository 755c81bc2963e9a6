import {PiError} from '../lib/errors.js'
import type {Head, Importer} from './contract.js'

/**
 * All formats in the order in which they are tried: what has a mark of its own first, what is recognised by its looks
 * last (spec/04 §1.4).
 */
const importers: readonly (() => Promise<Importer>)[] = [
  async () => (await import('./kinds/pskc/index.js')).pskc,
  async () => (await import('./kinds/oath-csv/index.js')).oathCsv,
]

/** Names for `--format`; kept here so that a command need not load every importer to say them. */
export const formatNames = ['oath-csv', 'pskc'] as const

/**
 * The importer of that name, as we or the originals call it.
 * @throws PiError USAGE
 */
export async function importerNamed(name: string): Promise<Importer> {
  const wanted = name.trim().toLowerCase()
  for (const load of importers) {
    const importer = await load()
    if (importer.format === wanted || importer.aliases?.includes(wanted)) return importer
  }
  throw new PiError('USAGE', `There is no token file format '${name}'.`, {
    hints: [`Known are ${formatNames.join(', ')}`],
  })
}

/**
 * The first importer that recognises the file.
 * @throws PiError INVALID_INPUT
 */
export async function recognise(name: string, head: Head): Promise<Importer> {
  for (const load of importers) {
    const importer = await load()
    if (importer.detect(head)) return importer
  }
  throw new PiError('INVALID_INPUT', `${name} is in no format that is known here.`, {
    hints: [`If it should be, say so with --format (${formatNames.join(', ')})`],
  })
}
