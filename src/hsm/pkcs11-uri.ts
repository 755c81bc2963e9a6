import {PiError} from '../lib/errors.js'

/** A key in a token as a URI names it. */
export interface Pkcs11Uri {
  token?: string
  serial?: string
  slot?: number
  /** CKA_LABEL. */
  object?: string
  /** CKA_ID. */
  id?: Buffer
  /** File of the library. */
  modulePath?: string
  /** File with the PIN. */
  pinSource?: string
}

/**
 * Reads a PKCS#11 URI (RFC 7512), e.g. `pkcs11:token=CA;object=ca-key`. A PIN in it is refused: it would stand in the
 * database, and in every list.
 * @throws PiError CONFIG
 */
export function parsePkcs11Uri(uri: string): Pkcs11Uri {
  const rest = /^pkcs11:(.*)$/s.exec(uri)?.[1]
  if (rest === undefined) throw new PiError('CONFIG', `'${uri}' is no PKCS#11 URI.`)
  const [path = '', query = ''] = rest.split('?', 2)
  const attributes = new Map<string, string>()
  for (const part of [...path.split(';'), ...query.split('&')]) {
    if (part === '') continue
    const at = part.indexOf('=')
    if (at < 1) throw new PiError('CONFIG', `'${part}' in the PKCS#11 URI of the CA key is no attribute.`)
    attributes.set(part.slice(0, at), part.slice(at + 1))
  }
  if (attributes.has('pin-value')) {
    throw new PiError('CONFIG', 'The PKCS#11 URI of the CA key holds a PIN.', {
      hints: ['Take pin-value out of it; pin-source=file:/PATH names a file with the PIN'],
    })
  }
  const text = (name: string) => {
    const value = attributes.get(name)
    return value === undefined ? undefined : decoded(value).toString('utf8')
  }
  const slot = text('slot-id')
  if (slot !== undefined && !/^\d{1,9}$/.test(slot)) {
    throw new PiError('CONFIG', 'slot-id in the PKCS#11 URI of the CA key is no number.')
  }
  const id = attributes.get('id')
  const found = {
    token: text('token'),
    serial: text('serial'),
    slot: slot === undefined ? undefined : Number(slot),
    object: text('object'),
    id: id === undefined ? undefined : decoded(id),
    modulePath: text('module-path'),
    pinSource: text('pin-source')?.replace(/^file:(?:\/\/)?/, ''),
  }
  if (found.object === undefined && found.id === undefined) {
    throw new PiError('CONFIG', 'The PKCS#11 URI of the CA key names no key.', {
      hints: ['For example pkcs11:token=CA;object=ca-key'],
    })
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function decoded(value: string): Buffer {
  const bytes: number[] = []
  const source = Buffer.from(value, 'utf8')
  for (let index = 0; index < source.length; index++) {
    const hex = source.toString('latin1', index + 1, index + 3)
    if (source[index] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16))
      index += 2
    } else bytes.push(source[index]!)
  }
  return Buffer.from(bytes)
}
