import {PiError} from '../../errors.js'

/** One armoured block (RFC 7468). */
export interface PemBlock {
  /** E.g. `CERTIFICATE`. */
  label: string
  der: Buffer
  /** Header lines in front of the data, as in `Proc-Type: 4,ENCRYPTED`. */
  headers: string
}

const blocks = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n?([\s\S]*?)-----END \1-----/g

/** All blocks of a text, whatever stands between them (openssl writes certificates as text in front). */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(blocks)].map(([, label = '', body = '']) => {
    const headers = /^(?:[A-Za-z-]+:.*\r?\n(?:[ \t].*\r?\n)*)+/.exec(body)?.[0] ?? ''
    return {label, der: Buffer.from(body.slice(headers.length).replace(/\s+/g, ''), 'base64'), headers}
  })
}

/** Lines of 64 characters, with a line feed at the end, as openssl writes it. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/**
 * The DER of the first block with one of the labels; input without armour is DER itself, or its base64.
 * @throws PiError INVALID_INPUT
 */
export function derOf(input: Uint8Array | string, labels: readonly string[], what: string): Buffer {
  const bytes = typeof input === 'string' ? Buffer.from(input, 'utf8') : Buffer.from(input)
  if (bytes[0] === 0x30 && bytes.length > 2 && (bytes[1]! >= 0x80 || bytes.length === bytes[1]! + 2)) return bytes
  const text = bytes.toString('latin1')
  const found = pemBlocks(text)
  const wanted = found.find(({label}) => labels.includes(label))
  if (wanted) return wanted.der
  const bare = text.replace(/\s+/g, '')
  if (found.length === 0 && bare.length > 40 && /^M[A-Za-z0-9+/]+={0,2}$/.test(bare)) return Buffer.from(bare, 'base64')
  const other = found.length > 0 ? ` (it has ${found.map(({label}) => label).join(', ')})` : ''
  throw new PiError('INVALID_INPUT', `This is no ${what} in PEM or DER form${other}.`)
}
