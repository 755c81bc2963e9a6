import {createHash} from 'node:crypto'
import type {TokenFile} from '../lib/types/imported-token.js'
import type {ReadOptions, TokenInput} from './contract.js'
import {importerNamed, recognise} from './registry.js'
import {decryptPgp, isPgpMessage} from './shared/pgp.js'
import {openInput, type InputOptions} from './shared/input.js'

export interface OpenTokenFileOptions extends ReadOptions, InputOptions {
  /** Name of the format; absent: recognised by content. */
  format?: string | undefined
}

/**
 * Opens a token file, or standard input for `-`, and recognises its format.
 * @throws PiError INVALID_INPUT (unreadable, empty, unknown format), USAGE (no such format)
 */
export async function openTokenFile(path: string, options: OpenTokenFileOptions = {}): Promise<TokenFile> {
  return tokenFileOf(await openInput(path, options), options)
}

/** The same for an input that is open already. */
export async function tokenFileOf(given: TokenInput, options: OpenTokenFileOptions = {}): Promise<TokenFile> {
  const readOptions = {...options, password: onceAsked(options.password)}
  const input = isPgpMessage(given) ? await decryptPgp(given, readOptions) : given
  const importer = options.format ? await importerNamed(options.format) : await recognise(input.name, input.head)
  return {
    name: input.name,
    format: importer.format,
    rows: () => importer.read(input, readOptions),
    async digest() {
      const hash = createHash('sha256')
      for await (const chunk of input.open()) hash.update(chunk)
      return hash.digest('hex')
    },
  }
}

/** A file is read more than once, but its password is asked for once. */
function onceAsked(ask: ReadOptions['password']): ReadOptions['password'] {
  if (!ask) return undefined
  let answer: Promise<string | undefined> | undefined
  return () => (answer ??= ask())
}
