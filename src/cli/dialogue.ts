import {createInterface} from 'node:readline/promises'
import {PiError} from '../lib/errors.js'
import {readLine} from './read-line.js'

/**
 * Questions one after the other, as the originals ask them: on a terminal, or to a script that feeds lines. Under an old
 * name the questions go to standard output, where scripts may look for them.
 */
export class Dialogue {
  readonly #output: NodeJS.WriteStream
  readonly #hint: string

  /** @param hint what to do when nobody answers */
  constructor({shim, hint}: {shim: boolean; hint: string}) {
    this.#output = shim ? process.stdout : process.stderr
    this.#hint = hint
  }

  /** A line; the default for an empty one. @throws PiError USAGE at the end of the input */
  async ask(question: string, fallback = ''): Promise<string> {
    const line = process.stdin.isTTY ? await this.#askOnTerminal(question) : this.#askScript(question)
    if (line === undefined) {
      throw new PiError('USAGE', `${question.trim()} There is no answer on the standard input.`, {hints: [this.#hint]})
    }
    return line.trim() === '' ? fallback : line.trim()
  }

  /** Text between questions. */
  say(text: string): void {
    this.#output.write(`${text}\n`)
  }

  async #askOnTerminal(question: string): Promise<string> {
    const lines = createInterface({input: process.stdin, output: this.#output})
    try {
      return await lines.question(question)
    } finally {
      lines.close()
    }
  }

  #askScript(question: string): string | undefined {
    this.#output.write(question)
    return readLine()
  }
}
