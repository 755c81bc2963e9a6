import type {ImportProgress} from '../lib/services/import-tokens/index.js'
import {startProgress, type Progress} from './progress.js'

/** A count while the file is checked, then a bar with the time that is left. */
export class ImportProgressBar {
  readonly #quiet: boolean
  #phase: ImportProgress['phase'] | undefined
  #bar: Promise<Progress> | undefined
  #last = 0
  #stopped = false

  constructor(quiet: boolean) {
    this.#quiet = quiet
  }

  show({phase, rows, total}: ImportProgress): void {
    if (this.#quiet || !process.stderr.isTTY || this.#stopped) return
    if (phase !== this.#phase) {
      void this.#bar?.then((bar) => bar.stop())
      this.#bar = startProgress(phase === 'check' ? 'checked' : 'written', {total})
      this.#phase = phase
      this.#last = 0
    }
    const more = rows - this.#last
    this.#last = rows
    void this.#bar?.then((bar) => {
      if (!this.#stopped) bar.advance(more)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    ;(await this.#bar)?.stop()
  }
}
