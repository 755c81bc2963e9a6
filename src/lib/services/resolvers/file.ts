import {readExport} from '../../config-objects/exchange/read.js'
import {texts} from '../../config-objects/shared/text.js'
import {PiError} from '../../errors.js'

/**
 * The settings in a file: a mapping of keys to values in Python, JSON or YAML, as `resolver create` of the originals
 * reads it (spec/04 §7.6), or what `resolver show` prints. Lists and mappings become JSON text, as the originals store
 * them. `resolver` and `type` of the file are left out, since the command line says them.
 * @throws PiError INVALID_INPUT
 */
export async function settingsFromFile(text: string): Promise<Record<string, string>> {
  const found = await readExport(text)
  const inner = mapping(found['settings']) ?? mapping(found['data'])
  const {resolver, resolvername: _name, type: _type, name: _ours, ...flat} = found
  if (!inner && mapping(resolver)) {
    throw new PiError('INVALID_INPUT', 'The file is an export of several resolvers.', {
      hints: ['Read it with pi-manage resolver import'],
    })
  }
  const settings = inner ?? flat
  const foreign = Object.keys(settings).find((key) => /^(?:type|desc)\./.test(key))
  if (foreign) throw new PiError('INVALID_INPUT', `The key '${foreign}' is not a setting of a resolver.`)
  return texts(Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, asText(value)])))
}

function asText(value: unknown): unknown {
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : value
}

function mapping(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
