import {createHash, createHmac} from 'node:crypto'
import {PiError} from '../../errors.js'
import {truncate, type OtpHash} from './hotp.js'

/** A parsed OCRA suite (RFC 6287 §6). */
export interface OcraSuite {
  /** The suite as written: it is part of what is hashed. */
  text: string
  hash: OtpHash
  /** Digits of a response, 4–10. */
  digits: number
  counter: boolean
  question: {kind: 'A' | 'N' | 'H'; length: number}
  /** Hash of the PIN that enters the data. */
  pin?: OtpHash
  /** Seconds of a time step. */
  step?: number
  /** Bytes of session information. */
  session?: number
}

export interface OcraInput {
  question: string
  counter?: number
  pin?: string
  /** Number of the time step. */
  timeStep?: bigint
}

const questionBytes = 128

/**
 * Reads a suite such as `OCRA-1:HOTP-SHA1-8:QH40`.
 * @throws PiError INVALID_INPUT when it is none, or its response is not truncated
 */
export function parseOcraSuite(text: string): OcraSuite {
  const [version, algorithm, data, ...rest] = text.toUpperCase().split(':')
  if (version !== 'OCRA-1' || algorithm === undefined || data === undefined || rest.length > 0) throw bad(text)
  const crypto = /^HOTP-(SHA1|SHA256|SHA512)-(10|[4-9])$/.exec(algorithm)
  if (!crypto) throw bad(text)
  const parts = data.split('-')
  const counter = parts[0] === 'C'
  if (counter) parts.shift()
  const question = /^Q([ANH])(\d\d)$/.exec(parts.shift() ?? '')
  const length = Number(question?.[2])
  if (!question || length < 4 || length > 64) throw bad(text)
  const suite: OcraSuite = {
    text,
    hash: crypto[1]!.toLowerCase() as OtpHash,
    digits: Number(crypto[2]),
    counter,
    question: {kind: question[1] as 'A' | 'N' | 'H', length},
  }
  for (const part of parts) {
    const pin = /^P(SHA1|SHA256|SHA512)$/.exec(part)
    const session = /^S(064|128|256|512)$/.exec(part)
    const time = /^T([1-9]|[1-5]\d|0)([SMH])$/.exec(part)
    if (pin) suite.pin = pin[1]!.toLowerCase() as OtpHash
    else if (session) suite.session = Number(session[1])
    else if (time) suite.step = Number(time[1]) * {S: 1, M: 60, H: 3600}[time[2] as 'S' | 'M' | 'H']
    else throw bad(text)
  }
  return suite
}

function bad(text: string): PiError {
  return new PiError('INVALID_INPUT', `'${text}' is not an OCRA suite that can be computed.`)
}

/**
 * The response to a question (RFC 6287 §5).
 * @throws PiError INVALID_INPUT when the suite needs something that was not given, or the question is in another form
 */
export function ocra(key: Uint8Array, suite: OcraSuite, input: OcraInput): string {
  const parts: Uint8Array[] = [Buffer.from(suite.text, 'utf8'), Buffer.alloc(1)]
  if (suite.counter) parts.push(eightBytes(BigInt(required(input.counter, suite, 'a counter'))))
  parts.push(questionData(suite, input.question))
  if (suite.pin)
    parts.push(
      createHash(suite.pin)
        .update(required(input.pin, suite, 'a PIN'), 'utf8')
        .digest(),
    )
  if (suite.session !== undefined) throw new PiError('INVALID_INPUT', `${suite.text} needs session information.`)
  if (suite.step !== undefined) parts.push(eightBytes(required(input.timeStep, suite, 'a time')))
  return truncate(createHmac(suite.hash, key).update(Buffer.concat(parts)).digest(), suite.digits)
}

function required<T>(value: T | undefined, suite: OcraSuite, what: string): T {
  if (value === undefined) throw new PiError('INVALID_INPUT', `${suite.text} needs ${what}.`)
  return value
}

function eightBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

function questionData({text, question}: OcraSuite, asked: string): Buffer {
  const bytes = Buffer.alloc(questionBytes)
  const content = questionContent(question.kind, asked)
  if (!content || content.length > questionBytes) {
    throw new PiError('INVALID_INPUT', `The question does not have the form that ${text} asks for.`)
  }
  content.copy(bytes)
  return bytes
}

function questionContent(kind: 'A' | 'N' | 'H', asked: string): Buffer | undefined {
  if (kind === 'A') return Buffer.from(asked, 'utf8')
  const hex = kind === 'N' ? (/^\d+$/.test(asked) ? BigInt(asked).toString(16) : undefined) : asked
  if (hex === undefined || !/^[0-9a-fA-F]+$/.test(hex)) return undefined
  // An odd nibble is filled up on the right (RFC 6287 §5.1 note on question padding).
  return Buffer.from(hex.length % 2 ? `${hex}0` : hex, 'hex')
}
