import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {readLines} from '../shared/csv.js'
import {RowError, rowOf} from '../shared/rows.js'
import {damaged, readText} from '../shared/text.js'
import {readTokenDocument} from '../shared/token-document.js'
import type {Json} from '../shared/whole.js'

/** The token janitor's `export --yaml` of 3.9 and later, and of eduMFA (spec/03 B.2.1). */
export const janitorYaml: Importer = {
  format: 'janitor-yaml',
  aliases: ['yaml'],
  title: "YAML exports of the originals' token janitor",
  detect: ({text}) =>
    /^\uFEFF?(?:---\s*\n)?-\s+[\w.]+:/.test(text) &&
    /^(?:-|\s)\s*serial:/m.test(text) &&
    /^(?:-|\s)\s*otpkey:/m.test(text),
  read: (input, options) => readExport(input, options),
}

/** Longest token, in characters. */
const itemLimit = 256 * 1024

/** The list is read item by item, so that a large one needs no more memory than a small one. */
async function* readExport(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  const {parse} = await import('yaml')
  const parseItem = (text: string) => parse(text, {maxAliasCount: 0, schema: 'core', uniqueKeys: true}) as Json
  let item: {line: number; text: string} | undefined
  for await (const lines of readLines(input.name, readText(input, options.encoding))) {
    for (const {number, text} of lines) {
      if (item === undefined && (text.trim() === '' || /^(?:---|#|\[\]\s*$)/.test(text))) continue
      if (/^-(?:\s|$)/.test(text)) {
        if (item) yield readItem(item, parseItem)
        item = {line: number, text: `${text}\n`}
      } else if (item && (/^\s/.test(text) || text === '')) {
        item.text += `${text}\n`
        if (item.text.length > itemLimit) throw damaged(input.name, item.line, 'the token is too large')
      } else throw damaged(input.name, number, 'this is no list of tokens')
    }
  }
  if (item) yield readItem(item, parseItem)
}

function readItem({line, text}: {line: number; text: string}, parseItem: (text: string) => Json): ImportedRow {
  return rowOf(line, {}, () => {
    let list: Json
    try {
      list = parseItem(text)
    } catch {
      throw new RowError('this is not well-formed YAML')
    }
    if (!Array.isArray(list) || list.length !== 1) throw new RowError('this is no token')
    return readTokenDocument(list[0]!)
  })
}
