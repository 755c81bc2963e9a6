/** A field of a protocol buffer message: a number of wire type 0, or bytes of wire type 2. */
export interface Field {
  number: number
  value: Buffer | bigint
}

/**
 * The fields of a message in order; fields of fixed size are left out. `undefined` when the bytes are no message.
 * Only what exports of authenticator apps need is here: a library would bring a schema compiler along.
 */
export function readMessage(bytes: Buffer): Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (at < bytes.length) {
    const key = varint()
    if (key === undefined) return undefined
    const number = Number(key >> 3n)
    switch (Number(key & 7n)) {
      case 0: {
        const value = varint()
        if (value === undefined) return undefined
        fields.push({number, value})
        break
      }
      case 1: {
        at += 8
        break
      }
      case 2: {
        const length = varint()
        if (length === undefined || length > BigInt(bytes.length - at)) return undefined
        fields.push({number, value: bytes.subarray(at, at + Number(length))})
        at += Number(length)
        break
      }
      case 5: {
        at += 4
        break
      }
      default: {
        return undefined
      }
    }
  }
  return at === bytes.length ? fields : undefined
}

/** The last bytes field of that number. */
export function bytesField(fields: readonly Field[], number: number): Buffer | undefined {
  const found = fields.findLast((field) => field.number === number)
  return Buffer.isBuffer(found?.value) ? found.value : undefined
}

/** The last number field of that number. */
export function numberField(fields: readonly Field[], number: number): number | undefined {
  const found = fields.findLast((field) => field.number === number)
  return typeof found?.value === 'bigint' && found.value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(found.value)
    : undefined
}
