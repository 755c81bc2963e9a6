import type {SingleBar} from 'cli-progress'

export interface Progress {
  advance(by?: number): void
  stop(): void
}

/**
 * A bar with rate and remaining time on stderr, for work that takes long; nothing at all when stderr is no terminal or
 * with --quiet. `total` 0 or unknown shows a count only.
 */
export async function startProgress(
  what: string,
  {quiet = false, total}: {quiet?: boolean; total?: number | undefined} = {},
): Promise<Progress> {
  if (quiet || !process.stderr.isTTY) return {advance() {}, stop() {}}
  const {SingleBar} = (await import('cli-progress')).default
  const known = total !== undefined && total > 0
  const started = Date.now()
  const bar: SingleBar = new SingleBar({
    clearOnComplete: true,
    etaBuffer: 200,
    format: known ? `${what} [{bar}] {value}/{total} {rate}/s, {eta_formatted} left` : `${what} {value} {rate}/s`,
    fps: 5,
    hideCursor: true,
    stream: process.stderr,
  })
  bar.start(total ?? 0, 0, {rate: 0})
  return {
    advance(by = 1) {
      const seconds = Math.max(0.001, (Date.now() - started) / 1000)
      bar.increment(by, {rate: Math.round((bar as unknown as {value: number}).value / seconds)})
    },
    stop() {
      bar.stop()
    },
  }
}
