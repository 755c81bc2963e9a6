import {Transform, type TransformCallback} from 'node:stream'
import {promisify} from 'node:util'
import {gzip} from 'node:zlib'

const blockBytes = 1024 * 1024
/** Blocks that are compressed at the same time. */
const width = 3
const compress = promisify<Uint8Array, {level: number}, Buffer>(gzip)

/**
 * gzip on several processors: the stream is cut into blocks, and each becomes a member of its own; one behind the other
 * they are a gzip file like any (RFC 1952 §2.2).
 */
export class ParallelGzip extends Transform {
  readonly #level: number
  #pending: Buffer[] = []
  #bytes = 0
  readonly #running: Promise<Buffer>[] = []

  constructor({level = 1}: {level?: number} = {}) {
    super({writableHighWaterMark: blockBytes, readableHighWaterMark: blockBytes})
    this.#level = level
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pending.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < blockBytes) return done()
    this.#start()
    this.#drain(width - 1).then(
      () => done(),
      (error: unknown) => done(error as Error),
    )
  }

  override _flush(done: TransformCallback): void {
    if (this.#bytes > 0) this.#start()
    this.#drain(0).then(
      () => done(),
      (error: unknown) => done(error as Error),
    )
  }

  #start(): void {
    const block = compress(Buffer.concat(this.#pending), {level: this.#level})
    // Whoever fails is noticed when it is its turn.
    block.catch(() => {})
    this.#running.push(block)
    this.#pending = []
    this.#bytes = 0
  }

  async #drain(most: number): Promise<void> {
    while (this.#running.length > most) this.push(await this.#running.shift()!)
  }
}
