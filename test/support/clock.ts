import {readdirSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {temporaryFolder} from './folders.js'

/**
 * A clock that started programs take for the real one, moved from outside while they run (libfaketime reads the file
 * again on every call). The monotonic clock, and with it every timer, goes on.
 */
export class Clock {
  /** To be added to the environment of a program. */
  readonly env: Record<string, string>
  readonly #file: string

  /**
   * @param seconds Unix time to begin with, whole
   * @param options `timeZone` of the program, as in TZ
   */
  constructor(seconds: number, {timeZone = 'UTC'} = {}) {
    this.#file = join(temporaryFolder('clock'), 'now')
    this.set(seconds)
    this.env = {
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_FMT: '%s',
      FAKETIME_NO_CACHE: '1',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      LD_PRELOAD: faketimeLibrary(),
      TZ: timeZone,
    }
  }

  /** Stops the clock at a Unix time; with `running` it goes on from there. */
  set(seconds: number, {running = false} = {}): void {
    // A running clock is given as its distance from the real one: a start time would count from the program's start.
    const distance = (seconds - Date.now() / 1000).toFixed(3)
    const text = running ? (distance.startsWith('-') ? distance : `+${distance}`) : String(seconds)
    // Renamed into place, because a reader must never see half a line.
    writeFileSync(`${this.#file}.new`, `${text}\n`)
    renameSync(`${this.#file}.new`, this.#file)
  }
}

/** Whether Debian's package faketime is there. */
export function hasFaketime(): boolean {
  return findLibrary() !== undefined
}

function faketimeLibrary(): string {
  const found = findLibrary()
  if (!found) throw new Error('libfaketimeMT.so.1 is missing: apt-get install faketime')
  return found
}

function findLibrary(): string | undefined {
  for (const base of ['/usr/lib', '/usr/lib64']) {
    try {
      for (const entry of [...readdirSync(base), '.']) {
        const folder = join(base, entry, 'faketime')
        try {
          if (readdirSync(folder).includes('libfaketimeMT.so.1')) return join(folder, 'libfaketimeMT.so.1')
        } catch {
          // No such folder for this architecture.
        }
      }
    } catch {
      // No such base folder.
    }
  }
  return undefined
}
