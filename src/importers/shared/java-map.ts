/** Marks of the Java object serialisation protocol, §6.4.2. */
const marks = {
  object: 0x73,
  classDescription: 0x72,
  string: 0x74,
  reference: 0x71,
  endBlock: 0x78,
  none: 0x70,
  block: 0x77,
}

/**
 * A serialised `java.util.HashMap` of texts, as far as that needs the protocol. `undefined` for anything else: no class is
 * ever made from what the file names.
 */
export function readJavaMap(bytes: Buffer): Map<string, string> | undefined {
  const reader = new Reader(bytes)
  try {
    return reader.map()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

class Reader {
  readonly #bytes: Buffer
  /** Texts and other things that may be referred to, by their number. */
  readonly #handles: (string | undefined)[] = []
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  map(): Map<string, string> | undefined {
    if (this.#uint(4) !== 0xaced0005 || this.#uint(1) !== marks.object || this.#uint(1) !== marks.classDescription)
      return undefined
    if (this.#utf() !== 'java.util.HashMap') return undefined
    this.#at += 8
    this.#handles.push(undefined)
    this.#at += 1
    const fields = this.#uint(2)
    let fieldBytes = 0
    for (let field = 0; field < fields; field++) {
      const type = String.fromCharCode(this.#uint(1))
      this.#utf()
      if (!'FI'.includes(type)) return undefined
      fieldBytes += 4
    }
    if (this.#uint(1) !== marks.endBlock || this.#uint(1) !== marks.none) return undefined
    this.#handles.push(undefined)
    this.#at += fieldBytes
    if (this.#uint(1) !== marks.block) return undefined
    const block = this.#uint(1)
    if (block !== 8) return undefined
    this.#at += 4
    const count = this.#uint(4)
    if (count > 1_000_000) return undefined
    const map = new Map<string, string>()
    for (let entry = 0; entry < count; entry++) {
      const [key, value] = [this.#text(), this.#text()]
      if (key === undefined || value === undefined) return undefined
      map.set(key, value)
    }
    return map
  }

  #text(): string | undefined {
    const mark = this.#uint(1)
    if (mark === marks.reference) return this.#handles[this.#uint(4) - 0x7e0000]
    if (mark !== marks.string) return undefined
    const text = this.#utf()
    this.#handles.push(text)
    return text
  }

  #utf(): string {
    const length = this.#uint(2)
    if (this.#at + length > this.#bytes.length) throw new RangeError('the map is cut off')
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  #uint(length: number): number {
    this.#at += length
    return this.#bytes.readUIntBE(this.#at - length, length)
  }
}
