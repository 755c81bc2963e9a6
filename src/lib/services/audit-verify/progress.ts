import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {decodeRanges, encodeRanges, unionOf, type IdRanges} from '../../audit/ranges.js'
import {PiError, reasonOf} from '../../errors.js'
import {removeFile, replaceFile} from '../../files/durable.js'
import type {Segment} from './pool.js'
import type {RowProblem, SegmentResult} from './segment.js'

interface StateFile {
  format: 1
  /** What was verified with which keys; another run does not go on with it. */
  subject: string
  /** All rows up to this id are verified. */
  through: number
  rows: number
  byKey: Record<string, number>
  problems: RowProblem[]
  present: string
}

/** What a verification has found so far, kept in a file when it is to be resumed. */
export class VerifyProgress {
  rows = 0
  through = 0
  byKey: Record<string, number> = {}
  problems: RowProblem[] = []
  present: IdRanges = []
  readonly #path: string | undefined
  readonly #subject: string
  readonly #waiting = new Map<number, {segment: Segment; result: SegmentResult}>()
  #parts: IdRanges[] = []
  #savedAt = Date.now()

  constructor(path: string | undefined, subject: string) {
    this.#path = path
    this.#subject = subject
  }

  /** @throws PiError INVALID_INPUT (no such file of ours, or of another table) */
  async load(): Promise<void> {
    if (this.#path === undefined || !existsSync(this.#path)) return
    let state: StateFile
    try {
      state = JSON.parse(await readFile(this.#path, 'utf8')) as StateFile
      this.present = decodeRanges(state.present)
    } catch (error) {
      throw new PiError('INVALID_INPUT', `${this.#path} cannot be resumed: ${reasonOf(error)}`, {cause: error})
    }
    if (state.format !== 1 || state.subject !== this.#subject) {
      throw new PiError('INVALID_INPUT', `${this.#path} is about another audit log, or other keys.`, {
        hints: ['Name another file with --resume'],
      })
    }
    const {rows, through, byKey, problems} = state
    Object.assign(this, {rows, through, byKey, problems})
  }

  /** Takes segments in any order, and counts them in theirs. */
  async add(segment: Segment, result: SegmentResult): Promise<void> {
    this.#waiting.set(segment.after, {segment, result})
    for (;;) {
      const next = this.#waiting.get(this.through)
      if (!next) break
      this.#waiting.delete(this.through)
      this.#count(next.result)
      this.through = next.segment.last
    }
    if (this.#path !== undefined && Date.now() - this.#savedAt > 2000) await this.save()
  }

  async save(): Promise<void> {
    if (this.#path === undefined) return
    this.#savedAt = Date.now()
    this.finish()
    const {rows, through, byKey, problems, present} = this
    const state: StateFile = {
      format: 1,
      subject: this.#subject,
      through,
      rows,
      byKey,
      problems,
      present: encodeRanges(present),
    }
    await replaceFile(this.#path, JSON.stringify(state), {mode: 0o600})
  }

  finish(): void {
    this.present = unionOf(this.present, ...this.#parts)
    this.#parts = []
  }

  /** A verification that came to its end is not resumed. */
  async forget(): Promise<void> {
    if (this.#path !== undefined) await removeFile(this.#path)
  }

  #count({rows, byKey, problems, present}: SegmentResult): void {
    this.rows += rows
    for (const [key, count] of Object.entries(byKey)) this.byKey[key] = (this.byKey[key] ?? 0) + count
    this.problems.push(...problems)
    this.#parts.push(present)
  }
}
