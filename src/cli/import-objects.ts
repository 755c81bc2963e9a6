import type {App} from '../app.js'
import {readExport} from '../lib/config-objects/exchange/read.js'
import {ConfigImport, type ImportOutcome, type ImportRules} from '../lib/services/config-import.js'
import {describeChange} from './object-changes.js'
import {readInputBytes} from './input-text.js'

export interface ImportRequest extends ImportRules {
  file: string | undefined
  /** Types to import; all that the file holds if empty. */
  types: readonly string[]
  name: string | undefined
}

/** Reads an export and imports it; what `config import`, `policy import` and the like share. */
export async function importObjects(app: App, {file, name, types, ...rules}: ImportRequest): Promise<ImportOutcome> {
  const service = await app.configObjects()
  const assume = types.length === 1 ? types[0] : undefined
  const data: Record<string, unknown> = {}
  for (const text of await inputTexts(file)) Object.assign(data, await readExport(text, {assume}))
  return new ConfigImport(service).run(data, {...rules, kinds: types, names: name === undefined ? [] : [name]})
}

/** What an import did, as lines to read. */
export function importLines({changes, skipped}: ImportOutcome): string[] {
  return [
    ...changes.map(describeChange),
    ...skipped.map(({kind, name}) => `= ${kind} ${name} exists and is left alone (see --update)`),
  ]
}

/** The text of a file, or those in an archive of `config export full -a`. */
async function inputTexts(file: string | undefined): Promise<string[]> {
  const content = await readInputBytes(file)
  const {isArchive, readConfigArchive} = await import('./config-archive.js')
  return isArchive(content) ? readConfigArchive(content) : [content.toString('utf8')]
}
