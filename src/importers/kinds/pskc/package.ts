import {decodeUtf8} from '../../../lib/crypto/encodings.js'
import type {ImportedToken} from '../../../lib/types/imported-token.js'
import type {ReadOptions} from '../../contract.js'
import {readCounter, readHashlib, readOtplen, readTimeStep} from '../../shared/key-encoding.js'
import {need, needSerial, RowError} from '../../shared/rows.js'
import {at, child, descendant, type XmlElement} from '../../shared/xml.js'
import {isYubicoNamed, readKeyAlgorithm} from './algorithm.js'
import {readPolicy} from './policy.js'
import type {ValueReader} from './values.js'

/** One `Key` with what is said about it in its package. */
export interface PackagedKey {
  line: number
  key: XmlElement
  device: XmlElement | undefined
  serial: string
  type: string | undefined
}

/** The key of a `KeyPackage`; `undefined` when it holds none. */
export function readPackage(unit: XmlElement): PackagedKey | undefined {
  const key = child(unit, 'key') ?? descendant(unit, 'key')
  if (!key) return undefined
  const device = child(unit, 'deviceinfo')
  const algorithm = key.attributes.get('algorithm') ?? ''
  const id = key.attributes.get('id')?.trim() ?? ''
  const {type} = readKeyAlgorithm(algorithm)
  const yubico = isYubicoNamed(algorithm) ? /^(\d+):(\d+)/.exec(id) : null
  const serial = yubico
    ? `${type === 'yubikey' ? 'UBAM' : 'UBOM'}${yubico[1]}_${yubico[2]}`
    : (child(device, 'serialno')?.text.trim() ?? '') || id
  return {line: unit.line, key, device, serial, type}
}

/**
 * @throws RowError for what concerns this key only
 * @throws ValueError for a value that cannot be decrypted, or whose MAC is wrong
 */
export async function readKey(
  packaged: PackagedKey,
  values: ValueReader,
  options: ReadOptions,
): Promise<ImportedToken> {
  const {key, device} = packaged
  const type = options.type ?? packaged.type
  if (type === undefined) throw new RowError('the algorithm of the key is not supported')
  const parameters = child(key, 'algorithmparameters')
  const secret = await readSecret(key, type, values)
  const token: ImportedToken = {
    serial: needSerial(packaged.serial),
    type,
    secret,
    otplen: readLength(parameters, type, secret, options),
    ...describe(device, key),
  }
  const info = readPolicy(key, device)
  if (['hotp', 'totp'].includes(type)) token.hashlib = options.hashlib ?? readSuite(parameters)
  await readMovingFactor(token, child(key, 'data'), values, options)
  if (type === 'ocra') info['ocrasuite'] = ocraSuite(key, parameters)
  if (type === 'yubikey') Object.assign(info, yubikeyIds(key))
  if (Object.keys(info).length > 0) token.info = info
  return token
}

async function readSecret(key: XmlElement, type: string, values: ValueReader): Promise<string> {
  const data = child(key, 'data')
  const element = child(data, 'secret') ?? descendant(key, 'secret')
  const bytes = element && (await values.bytes(element, data))
  if (!bytes || bytes.length === 0) {
    throw new RowError(
      child(key, 'keyreference') ? 'the key is only referred to, not in the file' : 'the secret is missing',
    )
  }
  if (type !== 'pw') return bytes.toString('hex')
  const password = decodeUtf8(bytes)
  if (password === undefined) throw new RowError('the password is not UTF-8')
  return password
}

function readLength(parameters: XmlElement | undefined, type: string, secret: string, options: ReadOptions): number {
  if (type === 'pw') return [...secret].length
  const format = descendant(parameters, 'responseformat')
  const length = format?.attributes.get('length')?.trim()
  if (type === 'yubikey') return length ? Number(length) || 44 : 44
  const encoding = format?.attributes.get('encoding')?.trim().toUpperCase()
  if (encoding && encoding !== 'DECIMAL') throw new RowError(`the values are ${encoding.slice(0, 20)}, not decimal`)
  if (/^(?:1|true)$/i.test(format?.attributes.get('checkdigits') ?? format?.attributes.get('checkdigit') ?? '')) {
    throw new RowError('values with a check digit are not supported')
  }
  return options.otplen ?? (length ? need(readOtplen(length)) : 6)
}

/** The hash: RFC 6030 has it as text of `Suite`, the originals' own exports as an attribute. */
function readSuite(parameters: XmlElement | undefined): string {
  const suite = child(parameters, 'suite')
  const text = suite?.text.trim() || (suite?.attributes.get('hashalgo')?.trim() ?? '')
  return text === '' ? 'sha1' : need(readHashlib(text))
}

async function readMovingFactor(
  token: ImportedToken,
  data: XmlElement | undefined,
  values: ValueReader,
  options: ReadOptions,
): Promise<void> {
  const number = async (name: string) => {
    const element = child(data, name)
    return element && (await values.integer(element))
  }
  if (token.type === 'hotp' || token.type === 'totp') {
    const counter = await number('counter')
    if (counter) token.counter = need(readCounter(String(counter)))
  }
  if (token.type !== 'totp') return
  const interval = (await number('timeinterval')) ?? options.timeStep ?? 30
  token.timeStep = need(readTimeStep(String(interval)))
  const drift = await number('timedrift')
  if (drift) token.timeShift = options.driftInSeconds ? drift : drift * token.timeStep
}

/** Maker and model, else the name of the key; an empty maker is an empty description, as in the originals' own exports. */
function describe(device: XmlElement | undefined, key: XmlElement): {description?: string} {
  const parts = ['manufacturer', 'model'].map((name) => child(device, name)?.text.trim())
  if (parts.every((part) => part === undefined)) {
    const name = child(key, 'friendlyname')?.text.trim()
    return name ? {description: name} : {}
  }
  return {description: parts.filter(Boolean).join(' ')}
}

function ocraSuite(key: XmlElement, parameters: XmlElement | undefined): string {
  const suite =
    readKeyAlgorithm(key.attributes.get('algorithm') ?? '').ocraSuite ?? child(parameters, 'suite')?.text.trim()
  if (!suite) throw new RowError('the OCRA suite is missing')
  return suite
}

/** Yubico says `CN=<public id>, UID=<private id>` in the user id of the key. */
function yubikeyIds(key: XmlElement): Record<string, string> {
  const user = at(key, 'userid')?.text ?? ''
  const prefix = /\bCN=([cbdefghijklnrtuv]+)/i.exec(user)?.[1]
  const privateId = /\bUID=([0-9a-f]{12})\b/i.exec(user)?.[1]
  return {
    ...(prefix && {'yubikey.prefix': prefix.toLowerCase()}),
    ...(privateId && {'yubikey.tokenid': privateId.toLowerCase()}),
  }
}
