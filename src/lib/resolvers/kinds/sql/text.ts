/** Characters that ISO 8859-1 and ASCII have by their number, where browsers read Windows-1252 instead. */
const byNumber: Readonly<Record<string, number>> = {
  ascii: 0x7f,
  'iso-8859-1': 0xff,
  iso8859: 0xff,
  latin: 0xff,
  latin1: 0xff,
  'latin-1': 0xff,
  l1: 0xff,
  'us-ascii': 0x7f,
}

/**
 * The text of a column. Bytes are decoded as the setting `Encoding` names it, by Python's names; what cannot be decoded is
 * `decoding_error`, as in the original (spec/10 §5.2).
 */
export function columnText(value: unknown, encoding: string): string {
  if (value instanceof Date) return value.toISOString()
  if (!(value instanceof Uint8Array)) return String(value)
  const name = encoding.trim().toLowerCase().replaceAll('_', '-')
  const highest = byNumber[name]
  if (highest !== undefined) {
    return value.every((byte) => byte <= highest) ? Buffer.from(value).toString('latin1') : 'decoding_error'
  }
  try {
    return new TextDecoder(name === 'utf8' ? 'utf-8' : name, {fatal: true, ignoreBOM: true}).decode(value)
  } catch {
    return 'decoding_error'
  }
}
