/** Why a part of the file gives no value; `at` is an offset into its text. Never carries a value of the file. */
export interface Failure {
  readonly reason: string
  readonly at: number
}

/** Thrown where the file says something that this evaluator does not know; `except` of the file cannot catch it. */
export class NotUnderstood extends Error {
  at: number
  /** True when what was not understood could have set any name at all, e.g. `from other import *`. */
  readonly anyName: boolean
  /** `what` completes "… is not understood", unless it is a `sentence` of its own. */
  constructor(what: string, at: number, {anyName = false, sentence = false} = {}) {
    super(sentence ? what : `${what} is not understood`)
    this.at = at
    this.anyName = anyName
  }

  get failure(): Failure {
    return {at: this.at, reason: this.message}
  }
}
