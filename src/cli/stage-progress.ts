import {startProgress, type Progress} from './progress.js'

interface StageState {
  stage: string
  seen: number
  total: number | undefined
}

/** A bar for each stage of long work, one after the other. */
export class StageProgress {
  readonly #quiet: boolean
  #current: {stage: string; seen: number; bar: Promise<Progress>} | undefined

  constructor({quiet}: {quiet: boolean}) {
    this.#quiet = quiet
  }

  async show({stage, seen, total}: StageState): Promise<void> {
    if (!this.#current || this.#current.stage !== stage || this.#current.seen > seen) {
      this.stop()
      this.#current = {stage, seen: 0, bar: startProgress(stage, {quiet: this.#quiet, total})}
    }
    const {seen: before, bar} = this.#current
    this.#current.seen = seen
    ;(await bar).advance(seen - before)
  }

  stop(): void {
    void this.#current?.bar.then((bar) => bar.stop())
    this.#current = undefined
  }
}
