import type {LegacyOutput} from './options.js'

const flushAt = 64 * 1024

/** Output in large pieces: the originals report every single token. What is on one stream keeps its order. */
export class BufferedOutput implements LegacyOutput {
  #out = ''
  #err = ''

  out = (text: string): void => {
    this.#out += text
    if (this.#out.length > flushAt) this.flush()
  }

  err = (text: string): void => {
    this.#err += text
    if (this.#err.length > flushAt) this.flush()
  }

  flush(): void {
    if (this.#err !== '') process.stderr.write(this.#err)
    if (this.#out !== '') process.stdout.write(this.#out)
    this.#err = ''
    this.#out = ''
  }
}
