import type {TokenInput} from '../contract.js'
import {damaged, readText} from './text.js'

/** Documents that are read as one piece hold a person's tokens, not a vendor's. */
const wholeLimit = 64 * 1024 * 1024

/** The bytes of a file that is not worth reading in pieces. @throws PiError INVALID_INPUT when it is too large */
export async function readWhole(input: TokenInput, limit = wholeLimit): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input.open()) {
    size += chunk.length
    if (size > limit) throw damaged(input.name, undefined, `it is larger than ${String(limit >> 20)} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The same as text. @throws PiError INVALID_INPUT */
export async function readWholeText(input: TokenInput, encoding?: string, limit = wholeLimit): Promise<string> {
  const parts: string[] = []
  let size = 0
  for await (const text of readText(input, encoding)) {
    size += text.length
    if (size > limit) throw damaged(input.name, undefined, `it is larger than ${String(limit >> 20)} MiB`)
    parts.push(text)
  }
  return parts.join('')
}

export type Json = Json[] | boolean | number | string | {[key: string]: Json} | null

/** The same as JSON. @throws PiError INVALID_INPUT, without the content: it may be secret */
export async function readJson(input: TokenInput): Promise<Json> {
  return parseJson(input.name, await readWholeText(input))
}

/** @throws PiError INVALID_INPUT */
export function parseJson(name: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw damaged(name, undefined, 'it is not well-formed JSON')
  }
}

/** An object, else `undefined`. */
export function objectOf(value: Json | undefined): Record<string, Json> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined
}

/** A list; anything else is empty. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

/** A text; a number as its digits; `undefined` for anything else and for the empty text. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
