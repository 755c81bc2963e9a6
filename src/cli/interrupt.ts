/** What SIGINT does while a command runs. */
export interface InterruptGuard {
  /** Asking for it means: abort this instead of ending at once; a second SIGINT still ends. */
  signal(): AbortSignal
  release(): void
}

/** Ends the process with status 130 on SIGINT (open transactions are rolled back by their database). */
export function guardInterrupts(): InterruptGuard {
  let controller: AbortController | undefined
  const onInterrupt = () => {
    if (controller && !controller.signal.aborted) {
      process.stderr.write('\nInterrupted; finishing what is under way. Once more ends at once.\n')
      controller.abort()
      return
    }
    process.stderr.write('\nInterrupted.\n')
    process.exit(130)
  }
  process.on('SIGINT', onInterrupt)
  return {
    release: () => {
      process.off('SIGINT', onInterrupt)
    },
    signal: () => (controller ??= new AbortController()).signal,
  }
}
