import type {App} from '../app.js'
import {readExport} from '../lib/config-objects/exchange/read.js'
import {findConfigKind} from '../lib/config-objects/registry.js'
import {ConfigImport, type ImportOutcome, type ImportRules} from '../lib/services/config-import.js'
import type {LegacyLine} from './compat/legacy-import.js'
import {readInputBytes} from './input-text.js'
import {lintChanges, type ChangeFinding} from './lint-changes.js'
import {changeDocument, describeChange} from './object-changes.js'

export interface ImportRequest extends Omit<ImportRules, 'before' | 'legacy'> {
  file: string | undefined
  /** Types to import; all that the file holds if empty. */
  types: readonly string[]
  name: string | undefined
  /** Refuse what breaks a lint rule of severity error. */
  strict?: boolean
  /** Work and print as the original's `p_import` and its kin (`types`), or as its `config importer`. */
  legacy?: 'types' | 'importer' | undefined
}

/** What an import did, with what the lint rules say of it; the document of `--json`. */
export interface ImportReport extends ImportOutcome {
  findings: ChangeFinding[]
}

/** Reads an export and imports it; what `config import`, `policy import` and the like share. */
export async function importObjects(
  app: App,
  {file, legacy, name, strict = false, types, ...rules}: ImportRequest,
): Promise<ImportReport & {lines: LegacyLine[]}> {
  const service = await app.configObjects()
  const assume = types.length === 1 ? types[0] : undefined
  const data: Record<string, unknown> = {}
  for (const text of await inputTexts(file)) Object.assign(data, await readExport(text, {assume}))
  const ids = async () => {
    const {objectIds} = await import('../lib/services/object-ids.js')
    return objectIds(await app.database())
  }
  const before = legacy === 'types' ? await ids() : undefined
  let findings: ChangeFinding[] = []
  const imported = await new ConfigImport(service).run(data, {
    ...rules,
    before: async (planned) => {
      if (!legacy) findings = await lintChanges(app, planned, {refuse: strict})
    },
    kinds: types,
    legacy: legacy !== undefined,
    names: name === undefined ? [] : [name],
  })
  const {changes, skipped} = imported
  const report = {changes: changes.map(changeDocument), findings, skipped}
  if (!legacy) return {...report, lines: importLines(report)}
  const {legacyImporterLines, legacyImportLines} = await import('./compat/legacy-import.js')
  const wanted = (key: string): boolean =>
    types.length === 0 || types.some((type) => findConfigKind(type)?.exportKey === key)
  const keys = Object.keys(data).filter(wanted)
  const lines = before
    ? legacyImportLines(imported, {after: await ids(), before, cleanup: rules.purge, source: file, types: keys})
    : legacyImporterLines(keys)
  return {...report, lines}
}

/** What an import did, as lines to read. */
export function importLines({changes, skipped}: ImportOutcome): LegacyLine[] {
  return [
    ...changes.map(describeChange),
    ...skipped.map(({kind, name}) => `= ${kind} ${name} exists and is left alone (see --update)`),
  ].map((text) => ({stream: 'out', text}))
}

/** The text of a file, or those in an archive of `config export full -a`. */
async function inputTexts(file: string | undefined): Promise<string[]> {
  const content = await readInputBytes(file)
  const {isArchive, readConfigArchive} = await import('./config-archive.js')
  return isArchive(content) ? readConfigArchive(content) : [content.toString('utf8')]
}
