import {parse} from 'csv-parse/sync'
import {damaged} from './text.js'

/** Longest record, in characters; a longer line is no list of tokens. */
const recordLimit = 64 * 1024

export interface Line {
  /** Counts from 1. */
  number: number
  text: string
  /** False for a last line without a line break: the file may have been cut there. */
  terminated: boolean
}

export interface CsvRecord {
  /** Of its first line. */
  line: number
  /** Blanks around them removed. */
  fields: string[]
  terminated: boolean
}

/**
 * Splits text into lines at LF, CR LF, or, in a file without LF, at CR; they come in groups, as the text does.
 * @throws PiError INVALID_INPUT for a line beyond the limit
 */
export async function* readLines(
  name: string,
  chunks: AsyncIterable<string>,
  limit = recordLimit,
): AsyncIterable<Line[]> {
  let number = 0
  let rest = ''
  let lineBreak: string | undefined
  for await (const chunk of chunks) {
    lineBreak ??= !chunk.includes('\n') && chunk.includes('\r') ? '\r' : '\n'
    const text = rest === '' ? chunk : rest + chunk
    const lines: Line[] = []
    let start = 0
    for (let end = text.indexOf(lineBreak); end >= 0; end = text.indexOf(lineBreak, start)) {
      number += 1
      if (end - start > limit) throw tooLong(name, number, limit)
      lines.push({number, text: text.slice(start, end), terminated: true})
      start = end + 1
    }
    rest = text.slice(start)
    if (rest.length > limit) throw tooLong(name, number + 1, limit)
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [{number: number + 1, text: rest, terminated: false}]
}

/**
 * Reads records of RFC 4180, and of its common variations: blanks around separators, a quote inside an unquoted field,
 * records of different length. Without `quotes` a quote is a character like any other, as in the originals.
 * @param skip lines that are no records, such as comments
 * @throws PiError INVALID_INPUT for a quote that is never closed, or a record beyond the limit
 */
export async function* readCsv(
  name: string,
  lines: AsyncIterable<Line[]>,
  {delimiter, quotes = true, skip}: {delimiter: string; quotes?: boolean; skip: (line: Line) => boolean},
): AsyncIterable<CsvRecord[]> {
  const opening = quotes ? new RegExp(`(?:^|${delimiter === '\t' ? '\t' : `\\${delimiter}`})[ ]*"`) : undefined
  let open: Line | undefined
  for await (const group of lines) {
    const records: CsvRecord[] = []
    for (const line of group) {
      if (open) {
        line.text = `${open.text}\n${line.text}`
        line.number = open.number
        if (line.text.length > recordLimit) throw neverClosed(name, open.number)
        open = undefined
      } else if (skip(line)) continue
      const quoted = opening?.test(line.text) ?? false
      const fields = quoted ? splitQuoted(line.text, delimiter) : splitPlain(line.text, delimiter)
      if (fields) records.push({line: line.number, fields, terminated: line.terminated})
      else open = line
    }
    yield records
  }
  if (open) throw neverClosed(name, open.number)
}

/** The separator that the first records use most: comma, semicolon or tab. */
export function guessDelimiter(head: string): string {
  const sample = head
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .slice(0, 10)
    .join('\n')
  const count = (mark: string) => sample.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

function splitPlain(text: string, delimiter: string): string[] {
  const fields = text.split(delimiter)
  for (let index = 0; index < fields.length; index++) fields[index] = fields[index]!.trim()
  return fields
}

/** `undefined` when a quote is still open at the end of the line. */
function splitQuoted(text: string, delimiter: string): string[] | undefined {
  try {
    const [fields] = parse(text.replace(/\r$/, ''), {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      trim: true,
    }) as string[][]
    return fields ?? ['']
  } catch (error) {
    if ((error as {code?: string}).code === 'CSV_QUOTE_NOT_CLOSED') return undefined
    return splitPlain(text, delimiter)
  }
}

function tooLong(name: string, line: number, limit: number) {
  return damaged(name, line, `the line is longer than ${String(limit)} characters`)
}

function neverClosed(name: string, line: number) {
  return damaged(name, line, 'a quote that opens here is never closed')
}
