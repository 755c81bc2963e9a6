import {createHash, randomBytes} from 'node:crypto'
import {enckeyBytes} from '../../crypto/enckey.js'
import {PiError} from '../../errors.js'

const bytesPerLine = 8
const title = 'pi-manage paper copy of an encryption key, form 1'

export interface PaperOptions {
  /** Sheets to make; 1: the keys themselves. */
  shares?: number
  /** Sheets that together give the keys back. */
  needed?: number
  /** ISO 8601, for the heading. */
  at: string
  /** What it is a copy of, e.g. a fingerprint. */
  fingerprint: string
}

/**
 * The keys as lines to be printed and typed in again, each with a checksum of its own, so that a slip of the pen is found
 * in its line; or split by Shamir's scheme into sheets of which so many are needed and fewer tell nothing.
 * @param keys 96 bytes
 * @throws PiError USAGE (numbers of shares)
 */
export async function printKeys(
  keys: Uint8Array,
  {shares = 1, needed = shares, at, fingerprint}: PaperOptions,
): Promise<string[]> {
  if (shares < 1 || shares > 255 || needed < 1 || needed > shares || (shares > 1 && needed < 2)) {
    throw new PiError('USAGE', 'Of 2 to 255 shares, at least 2 and at most all can be needed.')
  }
  const set = randomBytes(4).toString('hex')
  const parts = shares === 1 ? [Buffer.from(keys)] : await splitKeys(keys, shares, needed)
  return parts.map((part, index) => {
    const heading = [
      title,
      `Made ${at}, key ${fingerprint}`,
      `Sheet ${index + 1} of ${shares}, ${needed} needed, set ${set}, check ${digest(keys, 8)}`,
    ]
    return [...heading, '', ...linesOf(part, set, index + 1), ''].join('\n')
  })
}

/**
 * The keys from one or more printed sheets; blanks, case and the letters O, I and L for digits do not matter.
 * @returns 96 bytes; the caller overwrites them
 * @throws PiError INVALID_INPUT (no sheet, a wrong line by its number, too few sheets, sheets of different sets)
 */
export async function readSheets(texts: readonly string[]): Promise<Buffer> {
  const sheets = texts
    .flatMap((text) => text.split(new RegExp(`(?=^${title})`, 'm')))
    .filter((text) => text.includes(title))
  if (sheets.length === 0) throw new PiError('INVALID_INPUT', 'This is no paper copy of a key.')
  const read = sheets.map(readSheet)
  const [first] = read
  if (!first || read.some(({set, check}) => set !== first.set || check !== first.check)) {
    throw new PiError('INVALID_INPUT', 'The sheets belong to different copies.')
  }
  const different = [...new Map(read.map((sheet) => [sheet.number, sheet])).values()]
  if (different.length < first.needed) {
    throw new PiError(
      'INVALID_INPUT',
      `${first.needed} different sheets are needed, there ${different.length === 1 ? 'is one' : `are ${different.length}`}.`,
    )
  }
  const keys = first.shares === 1 ? first.bytes : await joinKeys(different.map(({bytes}) => bytes))
  if (keys.length !== enckeyBytes || digest(keys, 8) !== first.check) {
    throw new PiError('INVALID_INPUT', 'The lines are right, but they do not give the key of the heading.')
  }
  return keys
}

interface Sheet {
  number: number
  shares: number
  needed: number
  set: string
  check: string
  bytes: Buffer
}

function readSheet(text: string): Sheet {
  const heading =
    /^Sheet\s+(\d+)\s+of\s+(\d+),\s+(\d+)\s+needed,\s+set\s+([0-9a-f]{8}),\s+check\s+([0-9a-f]{16})\s*$/im.exec(text)
  if (!heading) throw new PiError('INVALID_INPUT', 'The line that begins with "Sheet" is missing or damaged.')
  const [, number = '', shares = '', needed = '', set = '', check = ''] = heading
  const sheet = {
    number: Number(number),
    shares: Number(shares),
    needed: Number(needed),
    set: set.toLowerCase(),
    check: check.toLowerCase(),
  }
  const lines = text
    .slice(heading.index + heading[0].length)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
  const chunks = lines.map((line, index) => readLine(line, sheet, index + 1))
  return {...sheet, bytes: Buffer.concat(chunks)}
}

function readLine(line: string, {set, number}: Pick<Sheet, 'set' | 'number'>, expected: number): Buffer {
  const wrong = new PiError('INVALID_INPUT', `Line ${expected} of sheet ${number} is not right.`, {
    hints: ['Compare it with the paper, character by character'],
  })
  const found = /^\s*(\d+)\s*:(.*)\/(.*)$/.exec(line)
  if (!found || Number(found[1]) !== expected) throw wrong
  const hex = typed(found[2] ?? '')
  const sum = typed(found[3] ?? '')
  if (!/^([0-9a-f]{2})+$/.test(hex)) throw wrong
  const bytes = Buffer.from(hex, 'hex')
  if (lineSum(bytes, set, number, expected) !== sum) throw wrong
  return bytes
}

function linesOf(bytes: Uint8Array, set: string, sheet: number): string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    const some = Buffer.from(bytes.subarray(at, at + bytesPerLine))
    const number = lines.length + 1
    const groups = some.toString('hex').match(/.{1,4}/g) ?? []
    lines.push(`${String(number).padStart(2, '0')}: ${groups.join(' ')} / ${lineSum(some, set, sheet, number)}`)
  }
  return lines
}

/** Depends on the place of the line, so that swapped lines and sheets are found, too. */
function lineSum(bytes: Uint8Array, set: string, sheet: number, line: number): string {
  return createHash('sha256').update(`${set} ${sheet} ${line} `).update(bytes).digest('hex').slice(0, 4)
}

/** What hands write for hex digits. */
function typed(text: string): string {
  return text.replace(/\s/g, '').toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1')
}

/** Tells whether the whole is right; of 96 random bytes it reveals nothing of use. */
function digest(bytes: Uint8Array, length: number): string {
  return createHash('sha256')
    .update('paper ')
    .update(bytes)
    .digest('hex')
    .slice(0, 2 * length)
}

async function splitKeys(keys: Uint8Array, shares: number, needed: number): Promise<Buffer[]> {
  const {split} = await import('shamir-secret-sharing')
  return (await split(new Uint8Array(keys), shares, needed)).map((part) => Buffer.from(part))
}

async function joinKeys(parts: readonly Buffer[]): Promise<Buffer> {
  const {combine} = await import('shamir-secret-sharing')
  return Buffer.from(await combine(parts.map((part) => new Uint8Array(part))))
}
