import {TextDecoder} from 'node:util'
import {PiError} from '../../lib/errors.js'
import type {TokenInput} from '../contract.js'

/** A failure of the file as a whole, with the place. */
export function damaged(
  name: string,
  line: number | undefined,
  reason: string,
  hints: readonly string[] = [],
): PiError {
  return new PiError(
    'INVALID_INPUT',
    line === undefined ? `${name}: ${reason}.` : `${name}, line ${String(line)}: ${reason}.`,
    {hints},
  )
}

/**
 * The encoding a file begins in: its byte order mark, the zero bytes of UTF-16 text, an XML declaration, else UTF-8.
 * @returns a label of the WHATWG Encoding Standard; `undefined` for bytes that are no text
 */
export function sniffEncoding(head: Buffer): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const sample = head.subarray(0, 512)
  const zeros = [0, 0]
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2]! += 1
  const [even = 0, odd = 0] = zeros
  if (odd > sample.length / 4 && even === 0) return 'utf-16le'
  if (even > sample.length / 4 && odd === 0) return 'utf-16be'
  if (even + odd > 0) return undefined
  const declared = /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(
    sample.toString('latin1'),
  )?.[1]
  return declared?.toLowerCase() ?? 'utf-8'
}

/** The head as text, for recognising a format: what is undecodable stays a replacement character. */
export function decodeHead(head: Buffer): string {
  const encoding = sniffEncoding(head)
  if (encoding === undefined) return ''
  try {
    return new TextDecoder(encoding).decode(head, {stream: true})
  } catch {
    return new TextDecoder().decode(head, {stream: true})
  }
}

/**
 * The file as text, piece by piece, without byte order mark.
 * @throws PiError INVALID_INPUT for binary files, unknown encodings, and bytes that do not fit the encoding
 */
export async function* readText(input: TokenInput, encoding?: string): AsyncIterable<string> {
  const label = encoding ?? sniffEncoding(input.head.bytes)
  if (label === undefined) throw damaged(input.name, undefined, 'this is a binary file, not text')
  const decoder = decoderFor(input.name, label)
  let lines = 1
  for await (const chunk of input.open()) {
    let text: string
    try {
      text = decoder.decode(chunk, {stream: true})
    } catch {
      throw undecodable(input.name, label, lines + linesBeforeDamage(chunk, label))
    }
    const control = text.search(binaryCharacters)
    if (control >= 0) {
      throw damaged(input.name, lines + countLines(text.slice(0, control)), 'this is a binary file, not text')
    }
    lines += countLines(text)
    if (text !== '') yield text
  }
  try {
    const rest = decoder.decode()
    if (rest !== '') yield rest
  } catch {
    throw undecodable(input.name, label, lines)
  }
}

/** Control characters that no text file has. */
// eslint-disable-next-line no-control-regex
const binaryCharacters = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/

function decoderFor(name: string, label: string): TextDecoder {
  try {
    return new TextDecoder(label, {fatal: true})
  } catch {
    throw damaged(name, undefined, `the encoding '${label}' is not known`, ['Convert the file to UTF-8'])
  }
}

function undecodable(name: string, label: string, line: number): PiError {
  const hints = label === 'utf-8' ? ['If it was written on an old Windows, add --encoding latin1'] : []
  return damaged(name, line, `these bytes are not ${label.toUpperCase()}`, hints)
}

/**
 * How many lines of a chunk come before the first that cannot be decoded. The first and the last may be cut inside a
 * character by the chunk's borders, so they are blamed only when no other is.
 */
function linesBeforeDamage(chunk: Buffer, label: string): number {
  if (label !== 'utf-8') return 0
  const first = chunk.indexOf(10)
  let line = 1
  for (let start = first + 1, end = first; end >= 0; line += 1, start = end + 1) {
    end = chunk.indexOf(10, start)
    if (end >= 0 && !isUtf8(chunk.subarray(start, end))) return line
  }
  return first < 0 || !isUtf8(chunk.subarray(0, first)) ? 0 : line - 1
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    return true
  } catch {
    return false
  }
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
