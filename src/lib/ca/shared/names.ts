import {
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
  type Name as NameType,
} from '@peculiar/asn1-x509'
import {PiError} from '../../errors.js'
import {encode} from './asn1.js'

/** Short names as openssl prints them in index.txt; what is not here is printed as its number. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.20': 'telephoneNumber',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.2': 'unstructuredName',
}

/** Long names, which stand in policy sections. */
const longNames: Readonly<Record<string, string>> = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  stateOrProvinceName: '2.5.4.8',
  streetAddress: '2.5.4.9',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11',
  givenName: '2.5.4.42',
  userId: '0.9.2342.19200300.100.1.1',
  domainComponent: '0.9.2342.19200300.100.1.25',
}

const numbers = new Map([
  ...Object.entries(shortNames).map(([oid, name]) => [name, oid] as const),
  ...Object.entries(longNames),
])

/** Number of an attribute by short name, long name or number; undefined for unknown names. */
export function attributeOid(name: string): string | undefined {
  return numbers.get(name) ?? (/^[0-2](?:\.\d+)+$/.test(name) ? name : undefined)
}

/** Values in order, as text. */
export function attributesOf(name: NameType): {oid: string; value: string}[] {
  return [...name].flatMap((rdn) => [...rdn].map(({type, value}) => ({oid: type, value: textOf(value)})))
}

/**
 * A name as index.txt has it (X509_NAME_oneline): `/C=DE/O=Org/CN=host`; bytes beyond printable ASCII as `\xC3`, nothing
 * else is escaped; further parts of one RDN follow a `+`.
 */
export function onelineOf(name: NameType): string {
  return [...name]
    .map((rdn) => `/${[...rdn].map(({type, value}) => `${shortNames[type] ?? type}=${onelineValue(value)}`).join('+')}`)
    .join('')
}

/** A name for reading: `CN=host,O=Org,C=DE` (RFC 4514 order and escapes). */
export function readableName(name: NameType): string {
  return [...name]
    .reverse()
    .map((rdn) => [...rdn].map(({type, value}) => `${shortNames[type] ?? type}=${escaped(textOf(value))}`).join('+'))
    .join(',')
}

/**
 * Reads `/C=DE/O=Org/CN=host`, as `openssl req -subj` takes it; a backslash takes the next character as it is.
 * @throws PiError INVALID_INPUT
 */
export function parseDn(text: string): NameType {
  if (!text.startsWith('/')) {
    throw new PiError('INVALID_INPUT', `The name '${text}' does not begin with a slash.`, {
      hints: ["Write it as '/C=DE/O=Example/CN=My CA'"],
    })
  }
  const parts = split(text.slice(1), '/').filter((part) => part !== '')
  if (parts.length === 0) throw new PiError('INVALID_INPUT', `The name '${text}' is empty.`)
  return new Name(
    parts.map((part) => {
      const at = part.indexOf('=')
      const key = part.slice(0, Math.max(at, 0)).trim()
      const oid = attributeOid(key)
      if (oid === undefined) throw new PiError('INVALID_INPUT', `The name '${text}' has an unknown attribute '${key}'.`)
      const value = part.slice(at + 1).replace(/\\(.)/g, '$1')
      if (value === '') throw new PiError('INVALID_INPUT', `The attribute ${key} of the name '${text}' is empty.`)
      return rdnOf(oid, value)
    }),
  )
}

/** A name of attributes with one value each. */
export function nameOf(attributes: readonly {oid: string; value: string}[]): NameType {
  return new Name(attributes.map(({oid, value}) => rdnOf(oid, value)))
}

/** Whether two names have the same bytes. */
export function sameName(one: NameType, other: NameType): boolean {
  return encode(one).equals(encode(other))
}

export function textOf(value: AttributeValue): string {
  if (value.anyValue) return `#${Buffer.from(value.anyValue).toString('hex')}`
  return value.toString()
}

/** Countries are printable strings and mail addresses IA5 strings by definition (RFC 5280 A.1); others UTF-8. */
function rdnOf(oid: string, text: string): RelativeDistinguishedName {
  const value = new AttributeValue(
    oid === '1.2.840.113549.1.9.1' || oid === '0.9.2342.19200300.100.1.25'
      ? {ia5String: text}
      : oid === '2.5.4.6' || oid === '2.5.4.5' || oid === '2.5.4.46'
        ? {printableString: text}
        : {utf8String: text},
  )
  return new RelativeDistinguishedName([new AttributeTypeAndValue({type: oid, value})])
}

/** Latin characters of old encodings are printed byte for byte, those of UTF-8 by their bytes. */
function onelineValue(value: AttributeValue): string {
  const bytes = Buffer.from(textOf(value), value.teletexString === undefined ? 'utf8' : 'latin1')
  return [...bytes]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte),
    )
    .join('')
}

function escaped(text: string): string {
  return text.replace(/[,+"\\<>;=]/g, '\\$&').replace(/^[ #]/, '\\$&')
}

function split(text: string, at: string): string[] {
  const parts = ['']
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!
    if (char === '\\' && index + 1 < text.length) parts[parts.length - 1] += char + text[++index]!
    else if (char === at) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts
}
