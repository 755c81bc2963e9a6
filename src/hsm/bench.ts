import {randomBytes} from 'node:crypto'
import type {SecurityModule} from '../lib/security-module.js'

export interface BenchOptions {
  /** How long each operation is measured. */
  seconds: number
  /** Callers at a time. */
  parallel: number
  /** Bytes of a plaintext; a token's seed in hex has 40. */
  bytes?: number
}

export interface BenchRow {
  operation: 'encrypt' | 'decrypt' | 'random'
  operations: number
  perSecond: number
  /** Time of one operation as a caller sees it, in milliseconds. */
  medianMs: number
  p99Ms: number
}

/** Measures a module as the programs use it. @throws PiError what the module throws */
export async function benchModule(
  module: SecurityModule,
  {seconds, parallel, bytes = 40}: BenchOptions,
): Promise<BenchRow[]> {
  const plaintext = randomBytes(bytes)
  const iv = await module.random(16)
  const ciphertext = await module.encrypt('token', plaintext, iv)
  const operations = {
    encrypt: () => module.encrypt('token', plaintext, iv),
    decrypt: () => module.decrypt('token', ciphertext, iv),
    random: () => module.random(16),
  } as const
  const rows: BenchRow[] = []
  for (const operation of ['encrypt', 'decrypt', 'random'] as const) {
    rows.push({operation, ...(await measure(operations[operation], seconds, parallel))})
  }
  return rows
}

async function measure(
  operation: () => Promise<unknown>,
  seconds: number,
  parallel: number,
): Promise<Omit<BenchRow, 'operation'>> {
  const times: number[] = []
  const started = performance.now()
  const end = started + seconds * 1000
  await Promise.all(
    Array.from({length: parallel}, async () => {
      while (performance.now() < end) {
        const before = performance.now()
        await operation()
        times.push(performance.now() - before)
      }
    }),
  )
  const took = (performance.now() - started) / 1000
  times.sort((one, other) => one - other)
  const at = (share: number): number =>
    round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0, 4)
  return {operations: times.length, perSecond: round(times.length / took, 0), medianMs: at(0.5), p99Ms: at(0.99)}
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
