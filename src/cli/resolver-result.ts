import type {ResolverWritten} from '../lib/services/resolvers/index.js'

/** What was written, in a line; keys only, since values may be secrets. */
export function writtenLine({created, keys, name}: ResolverWritten, {dryRun}: {dryRun: boolean}): string {
  if (keys.length === 0 && !created) return `Resolver ${name} is as wanted already.`
  const done = dryRun ? `Would ${created ? 'create' : 'change'}` : created ? 'Created' : 'Changed'
  return `${done} resolver ${name}${keys.length > 0 ? `: ${keys.join(', ')}` : ''}.`
}

/** Settings that are stored but that nothing reads, a line each. */
export function unknownLines({unknown}: ResolverWritten): string[] {
  return unknown.map((key) => `Nothing reads the setting ${key}: this type does not know it.`)
}
