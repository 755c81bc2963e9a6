import {PiError} from '../../errors.js'
import {readPythonLiteral} from './python-literal.js'

/** The data of one export: element lists or mappings by their key in the originals' files. */
export type ExportData = Readonly<Record<string, unknown>>

/**
 * Reads an export of the originals or of us, whatever its form: JSON, Python literal or YAML, told apart by trying, in
 * the order in which no form is mistaken for another (spec/04 §7.1).
 * @param assume type of a bare list, as old exports of one type have it
 * @throws PiError INVALID_INPUT
 */
export async function readExport(text: string, {assume}: {assume?: string | undefined} = {}): Promise<ExportData> {
  const found = await parse(text)
  if (Array.isArray(found) && assume) return {[assume]: found}
  if (found === null || typeof found !== 'object' || Array.isArray(found)) {
    throw new PiError('INVALID_INPUT', 'The file holds no configuration: a mapping of types to objects is expected.', {
      hints: ['Formats: json, yaml, python, as written by pi-manage config export'],
    })
  }
  return found as ExportData
}

async function parse(text: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch {
    // not JSON
  }
  const begin = text.trimStart()[0]
  if (begin === '{' || begin === '[') {
    try {
      return readPythonLiteral(text)
    } catch (error) {
      if (begin === '{' && error instanceof PiError) throw error
    }
  }
  const {parse: parseYaml, YAMLParseError} = await import('yaml')
  try {
    return parseYaml(text, {maxAliasCount: 100})
  } catch (error) {
    const where = error instanceof YAMLParseError && error.linePos ? ` (line ${error.linePos[0].line})` : ''
    throw new PiError('INVALID_INPUT', `The file is neither JSON, nor YAML, nor a Python literal${where}.`, {
      cause: error,
    })
  }
}
