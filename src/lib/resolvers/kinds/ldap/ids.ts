import {decodeUtf8} from '../../../crypto/encodings.js'

const guid = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i

export function isGuid(text: string): boolean {
  return guid.test(text)
}

/** Canonical, lower-case form with dashes, without braces. */
function canonical(hex: string): string {
  return hex.toLowerCase().replace(guid, '$1-$2-$3-$4-$5')
}

/** Active Directory stores the first three fields of an objectGUID little-endian. */
function swapped(bytes: Uint8Array): Buffer {
  const b = Buffer.from(bytes)
  b.subarray(0, 4).reverse()
  b.subarray(4, 6).reverse()
  b.subarray(6, 8).reverse()
  return b
}

/**
 * The 16 bytes of an objectGUID in a search filter, from its text with or without braces.
 * @returns undefined for a text that is no GUID
 */
export function objectGuidBytes(text: string): Buffer | undefined {
  const parts = guid.exec(text)
  return parts ? swapped(Buffer.from(parts.slice(1).join(''), 'hex')) : undefined
}

/** Whether the values of an attribute are asked for as bytes: some GUIDs would pass for text by chance. */
export function isBinary(attribute: string): boolean {
  return /guid$/i.test(attribute)
}

/**
 * The text of a value that identifies a user or is shown of him: GUIDs in bytes become canonical texts, little-endian for
 * `objectGUID` and big-endian for others, texts in braces lose them; other bytes are base64.
 */
export function valueText(attribute: string, value: Buffer | string): string {
  if (typeof value === 'string') return isBinary(attribute) && isGuid(value) ? canonical(value) : value
  if (value.length === 16) {
    const bytes = attribute.toLowerCase() === 'objectguid' ? swapped(value) : value
    return canonical(bytes.toString('hex'))
  }
  const text = decodeUtf8(value)
  return text === undefined ? value.toString('base64') : valueText(attribute, text)
}
