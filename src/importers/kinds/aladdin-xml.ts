import type {ImportedRow, ImportedToken} from '../../lib/types/imported-token.js'
import type {Head, Importer, ReadOptions, TokenInput} from '../contract.js'
import {readCounter, readHashlib, readSeed} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {damaged, readText} from '../shared/text.js'
import {child, readXml, type XmlElement} from '../shared/xml.js'

/** The XML of Aladdin, SafeNet and SafeWord eToken PASS (spec/04 §4.1). */
export const aladdinXml: Importer = {
  format: 'aladdin-xml',
  aliases: ['safenet', 'safenet-xml', 'etoken'],
  title: 'XML of Aladdin, SafeNet and SafeWord tokens',

  detect({text}: Head): boolean {
    return /<(?:[\w.-]+:)?Tokens[\s>]/.test(text) && /<(?:[\w.-]+:)?Token\s[^>]*serial\s*=/i.test(text)
  },

  read: (input, options) => readTokens(input, options),
}

async function* readTokens(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  let found = false
  const text = readText(input, options.encoding)
  for await (const {kind, element} of readXml(input.name, text, (name) => name === 'tokens')) {
    if (kind === 'container') found = true
    else if (element.name === 'token') yield* readToken(element, options)
  }
  if (!found) throw damaged(input.name, undefined, 'there is no element Tokens in it')
}

/** One row an application; the originals take the last one of a device. */
function* readToken(element: XmlElement, options: ReadOptions): Iterable<ImportedRow> {
  const serial = element.attributes.get('serial')?.trim() ?? ''
  const all = child(element, 'applications')?.children.filter(({name}) => name === 'application') ?? []
  const applications = all.filter((application) => child(application, 'seed'))
  if (applications.length === 0) {
    yield {line: element.line, ...(serial && {serial}), skipped: 'there is no seed'}
    return
  }
  for (const [at, application] of applications.entries()) {
    const name = at === 0 ? serial : `${serial}_${String(at + 1)}`
    yield rowOf(application.line, {serial: name, type: 'hotp'}, () =>
      readApplication(element, application, name, options),
    )
  }
}

function readApplication(
  device: XmlElement,
  application: XmlElement,
  serial: string,
  options: ReadOptions,
): ImportedToken {
  const type = options.type ?? 'hotp'
  if (type !== 'hotp' && type !== 'totp') throw new RowError(`these tokens are hotp or totp, not ${type}`)
  const secret = need(readSeed((child(application, 'seed')?.text ?? '').replace(/\s/g, ''), 'hex'))
  const token: ImportedToken = {
    serial: needSerial(serial),
    type,
    secret,
    hashlib: options.hashlib ? need(readHashlib(options.hashlib)) : secret.length === 64 ? 'sha256' : 'sha1',
  }
  if (options.otplen !== undefined) token.otplen = options.otplen
  if (type === 'totp') token.timeStep = options.timeStep ?? 30
  const factor = child(application, 'movingfactor')?.text.trim()
  if (factor && type === 'hotp') {
    const counter = need(readCounter(factor))
    if (counter > 0) token.counter = counter
  }
  const product = child(device, 'productname')?.text.trim()
  if (product) token.description = product
  return token
}
