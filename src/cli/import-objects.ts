import type {App} from '../app.js'
import {readExport} from '../lib/config-objects/exchange/read.js'
import {ConfigImport, type ImportOutcome, type ImportRules} from '../lib/services/config-import.js'
import {readInputBytes} from './input-text.js'
import {lintChanges, type ChangeFinding} from './lint-changes.js'
import {changeDocument, describeChange} from './object-changes.js'

export interface ImportRequest extends Omit<ImportRules, 'before'> {
  file: string | undefined
  /** Types to import; all that the file holds if empty. */
  types: readonly string[]
  name: string | undefined
  /** Refuse what breaks a lint rule of severity error. */
  strict?: boolean
}

/** What an import did, with what the lint rules say of it; the document of `--json`. */
export interface ImportReport extends ImportOutcome {
  findings: ChangeFinding[]
}

/** Reads an export and imports it; what `config import`, `policy import` and the like share. */
export async function importObjects(
  app: App,
  {file, name, strict = false, types, ...rules}: ImportRequest,
): Promise<ImportReport> {
  const service = await app.configObjects()
  const assume = types.length === 1 ? types[0] : undefined
  const data: Record<string, unknown> = {}
  for (const text of await inputTexts(file)) Object.assign(data, await readExport(text, {assume}))
  let findings: ChangeFinding[] = []
  const {changes, skipped} = await new ConfigImport(service).run(data, {
    ...rules,
    before: async (planned) => void (findings = await lintChanges(app, planned, {refuse: strict})),
    kinds: types,
    names: name === undefined ? [] : [name],
  })
  return {changes: changes.map(changeDocument), findings, skipped}
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
