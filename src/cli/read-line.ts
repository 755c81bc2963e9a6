import {readSync} from 'node:fs'

/** Longest line taken, in bytes. */
const most = 64 * 1024

/**
 * One line from an open file descriptor, without its end, and not a byte more: what follows is for the next who reads.
 * Undefined at the end of the input.
 */
export function readLine(descriptor = 0): string | undefined {
  const bytes: number[] = []
  const one = Buffer.alloc(1)
  while (bytes.length < most) {
    if (readByte(descriptor, one) === 0) {
      if (bytes.length === 0) return undefined
      break
    }
    if (one[0] === 0x0a) break
    bytes.push(one[0]!)
  }
  return Buffer.from(bytes).toString('utf8').replace(/\r$/, '')
}

/** A pipe that is not filled yet says EAGAIN when it is in non-blocking mode. */
function readByte(descriptor: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, into, 0, 1, null)
    } catch (error) {
      const {code} = error as {code?: string}
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}
