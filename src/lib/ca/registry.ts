import {PiError} from '../errors.js'
import type {CaKind} from './contract.js'

/** Kinds of CA connectors by the type in the database. To add one, add a line. */
const kinds: Readonly<Record<string, () => Promise<CaKind>>> = {
  local: async () => (await import('./kinds/local/index.js')).local,
  microsoft: async () => (await import('./kinds/microsoft/index.js')).microsoft,
}

export const caTypes: readonly string[] = Object.keys(kinds)

/** @throws PiError CONFIG for a type that is not known */
export async function caKind(type: string): Promise<CaKind> {
  const load = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (load) return load()
  throw new PiError('CONFIG', `There are no CA connectors of type '${type}'.`, {
    hints: [`Types: ${caTypes.join(', ')}`],
  })
}
