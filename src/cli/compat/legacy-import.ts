import type {ImportedFile} from '../../lib/services/config-import.js'
import type {ObjectIds} from '../../lib/services/object-ids.js'

/** A line of the original's output. */
export interface LegacyLine {
  stream: 'out' | 'err'
  text: string
}

const titles: Readonly<Record<string, string>> = {event: 'Event', policy: 'Policy', resolver: 'Resolver'}

/** The order in which `config importer` works on types (seen in its output). */
const importerOrder = [
  ...['resolver', 'config', 'realm', 'smtpserver', 'radiusserver', 'policy', 'event', 'caconnector'],
  ...['machineresolver', 'smsgateway', 'periodictask', 'privacyideaserver'],
]

/**
 * What `p_import`, `e_import` and `config import full|policy|event|resolver` print (spec/03-cli.md A.3.5).
 * @param types in the order of the file
 * @param cleanup all policies and events were deleted first
 */
export function legacyImportLines(
  {changes, objects, skipped}: ImportedFile,
  {
    after,
    before,
    cleanup,
    source,
    types,
  }: {
    types: readonly string[]
    cleanup: boolean
    source: string | undefined
    before: ObjectIds
    after: ObjectIds
  },
): LegacyLine[] {
  const lines: LegacyLine[] = []
  const out = (text: string): void => void lines.push({stream: 'out', text})
  const id = (ids: ObjectIds, kind: string, name: string): string => String(ids.get(kind)?.get(name) ?? 'None')
  for (const type of types) {
    out(`Importing ${type} from ${source ?? 'Standard input'}`)
    if (cleanup && type === 'resolver') out('No cleanup for resolvers implemented')
    else if (cleanup) {
      out(`Cleanup old ${type === 'policy' ? 'policies' : 'events'}.`)
      for (const {name} of changes.filter(({change, kind}) => kind === type && change === 'delete')) {
        const result = id(before, type, name)
        if (type === 'policy') out(`Deleted policy ${name} with result ${result}`)
        else lines.push({stream: 'err', text: `Deleted event '${name}' with result ${result}`})
      }
    }
    for (const {name} of objects.filter(({kind}) => kind === type)) {
      const done = changes.find((change) => change.kind === type && change.name === name && change.change !== 'delete')
      if (done) {
        const word = done.change === 'create' ? 'Added' : 'Updated'
        out(`${word} ${type} ${name} with result ${id(after, type, name)}`)
      } else if (skipped.some((one) => one.kind === type && one.name === name)) {
        out(`${titles[type]} ${name} exists and -u is not specified, skipping import.`)
      }
    }
  }
  return lines
}

/** What `config importer` prints: a line a type (spec/03-cli.md A.1). */
export function legacyImporterLines(keys: readonly string[]): LegacyLine[] {
  return importerOrder
    .filter((key) => keys.includes(key))
    .map((key) => ({stream: 'out', text: `Importing configuration type "${key}".`}))
}
