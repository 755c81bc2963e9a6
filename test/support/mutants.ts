/** Random numbers that can be repeated (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What parsers stumble over. */
const morsels = [
  '\0',
  '\uFEFF',
  '\r',
  '\n\n',
  '"',
  '""',
  ',',
  ';',
  '<',
  '>',
  '&',
  '&lt;',
  '&#0;',
  '&#x10FFFF;',
  '&xxe;',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<?xml version="1.0" encoding="UTF-7"?>',
  '-1',
  '99999999999999999999',
  '1e309',
  'NaN',
  '{',
  '}',
  '[',
  'null',
  'true',
  '__proto__',
  'constructor',
  '%00',
  '%',
  '# version: 2\n',
  '# version: 99999\n',
  'KeyContainer',
  'é',
  '\u{1F511}',
]

/** A damaged copy: some bytes changed, cut, repeated, moved, or replaced by what parsers stumble over. */
export function mutate(original: Uint8Array, others: readonly Uint8Array[], random: () => number): Buffer {
  let bytes = Buffer.from(original)
  const below = (limit: number) => Math.floor(random() * limit)
  const splice = (at: number, remove: number, insert: Uint8Array) => {
    bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + remove))])
  }
  for (let change = below(4) + 1; change > 0 && bytes.length > 0; change--) {
    const at = below(bytes.length)
    switch (below(9)) {
      case 0: {
        bytes[at] = below(256)
        break
      }
      case 1: {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
        break
      }
      case 2: {
        splice(at, below(64), Buffer.alloc(0))
        break
      }
      case 3: {
        splice(at, 0, bytes.subarray(at, at + below(200)))
        break
      }
      case 4: {
        bytes = bytes.subarray(0, at)
        break
      }
      case 5: {
        splice(at, below(3), Buffer.from(morsels[below(morsels.length)] ?? ''))
        break
      }
      case 6: {
        splice(at, 0, Buffer.alloc(below(5000), below(256)))
        break
      }
      case 7: {
        const other = others[below(others.length)] ?? bytes
        const from = below(other.length)
        splice(at, below(100), other.subarray(from, from + below(300)))
        break
      }
      default: {
        const digits = /\d+/.exec(bytes.toString('latin1', at))
        if (digits) splice(at + digits.index, digits[0].length, Buffer.from(String(below(3) ? -1 : 2 ** below(80))))
      }
    }
  }
  return bytes
}
