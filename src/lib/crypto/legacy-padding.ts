import {blockBytes} from './aes.js'
import {decodeHex, encodeHex} from './encodings.js'

const mark = Buffer.from([0x01, 0x02])

/** The old plaintext form (spec/02 §5.2): hex of the data, `01 02`, zero bytes up to whole blocks. */
export function legacyPad(data: Uint8Array): Buffer {
  const marked = Buffer.concat([Buffer.from(encodeHex(data), 'latin1'), mark])
  return Buffer.concat([marked, Buffer.alloc((blockBytes - (marked.length % blockBytes)) % blockBytes)])
}

/** The inverse of {@link legacyPad}: cut at the last mark, if any, the rest is hex; undefined when it is not. */
export function removeLegacyPad(padded: Buffer): Buffer | undefined {
  const end = padded.lastIndexOf(mark)
  return decodeHex(padded.subarray(0, end < 0 ? padded.length : end).toString('latin1'))
}
