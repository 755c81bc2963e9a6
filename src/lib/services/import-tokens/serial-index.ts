/**
 * Remembers at which line each serial came first. A million serials take some 30 MB: they are kept as bytes, not as
 * strings, which would each hold on to the piece of the file they were cut from.
 */
export class SerialIndex {
  /** All serials, one after the other. */
  #bytes = Buffer.alloc(64 * 1024)
  #used = 0
  /** Where the serial of each entry ends, and its line. */
  #ends = new Uint32Array(4096)
  #lines = new Uint32Array(4096)
  #count = 0
  /** Open addressing: entry number plus one, 0 for a free place. */
  #table = new Int32Array(8192)

  /**
   * Adds a serial (ASCII); serials that differ only in case are the same one, because a database may think so.
   * @returns the line where it came before, `undefined` when it is new
   */
  add(serial: string, line: number): number | undefined {
    const key = Buffer.from(serial.toLowerCase(), 'latin1')
    let place = this.#placeOf(key)
    const entry = this.#table[place]!
    if (entry !== 0) return this.#lines[entry - 1]
    if ((this.#count + 1) * 2 > this.#table.length) {
      this.#rehash()
      place = this.#placeOf(key)
    }
    this.#append(key, line)
    this.#table[place] = this.#count
    return undefined
  }

  #append(key: Buffer, line: number): void {
    while (this.#used + key.length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2)
    if (this.#count === this.#ends.length) {
      this.#ends = grown(this.#ends)
      this.#lines = grown(this.#lines)
    }
    key.copy(this.#bytes, this.#used)
    this.#used += key.length
    this.#ends[this.#count] = this.#used
    this.#lines[this.#count] = line
    this.#count += 1
  }

  #placeOf(key: Buffer): number {
    const mask = this.#table.length - 1
    let place = hash(key) & mask
    for (let entry = this.#table[place]!; entry !== 0; entry = this.#table[place]!) {
      if (this.#keyOf(entry - 1).equals(key)) return place
      place = (place + 1) & mask
    }
    return place
  }

  #keyOf(index: number): Buffer {
    return this.#bytes.subarray(index === 0 ? 0 : this.#ends[index - 1]!, this.#ends[index]!)
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2)
    for (let index = 0; index < this.#count; index++) this.#table[this.#placeOf(this.#keyOf(index))] = index + 1
  }
}

/** FNV-1a, 32 bits. */
function hash(key: Buffer): number {
  let value = 0x811c9dc5
  for (const byte of key) value = Math.imul(value ^ byte, 0x01000193)
  return (value ^ (value >>> 15)) >>> 0
}

function grown(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2)
  to.set(from)
  return to
}
