import {createContext, Script, type Context} from 'node:vm'
import {RE2JS} from 're2js'
import {PiError, reasonOf} from '../errors.js'
import {emitRegex, NotRegular} from './regex-emit.js'
import {regexFact, type RegexFact} from './regex-facts.js'
import {parsePythonRegex, RegexSyntaxError, type Node} from './regex-syntax.js'

/** How long one text may take where only backtracking can decide. */
const timeLimitMs = 1000

/**
 * A regular expression in Python's syntax, searched as Python's `re.search` does. Runs in linear time; a pattern with
 * look-around or back references runs with a time limit instead.
 */
export class PythonRegex {
  readonly pattern: string
  /** What a database can check beforehand. */
  readonly fact: RegexFact
  readonly #node: Node
  readonly #linear: RE2JS | undefined
  /** For texts of ASCII only, where RE2's word boundary is Python's. */
  readonly #linearAscii: RE2JS | undefined
  #limited: {context: Context & {regex: RegExp; text: string}; script: Script} | undefined

  /** @throws PiError USAGE */
  constructor(pattern: string) {
    this.pattern = pattern
    try {
      this.#node = parsePythonRegex(pattern)
      this.#linear = compileLinear(this.#node, false)
      this.#linearAscii = this.#linear ?? compileLinear(this.#node, true)
    } catch (error) {
      if (!(error instanceof RegexSyntaxError)) throw error
      throw new PiError('USAGE', `'${pattern}' is not a regular expression: ${error.message}.`, {cause: error})
    }
    this.fact = regexFact(this.#node)
    if (!this.#linear) this.#prepareLimited()
  }

  /**
   * Whether the pattern is found anywhere in the text.
   * @throws PiError REFUSED when it takes too long
   */
  search(text: string): boolean {
    if (this.#linear) return this.#linear.test(text)
    if (this.#linearAscii && /^[\0-\x7f]*$/.test(text)) return this.#linearAscii.test(text)
    const {context, script} = this.#prepareLimited()
    context.text = text
    try {
      return script.runInContext(context, {timeout: timeLimitMs}) as boolean
    } catch (error) {
      throw new PiError(
        'REFUSED',
        `The pattern '${this.pattern}' takes too long on a text of ${text.length} characters.`,
        {
          hints: ['Write it without look-around and back references'],
          cause: error,
        },
      )
    }
  }

  #prepareLimited(): {context: Context & {regex: RegExp; text: string}; script: Script} {
    if (this.#limited) return this.#limited
    let regex: RegExp
    try {
      regex = new RegExp(emitRegex(this.#node, {target: 'js'}), 'v')
    } catch (error) {
      throw new PiError('USAGE', `'${this.pattern}' is not supported: ${reasonOf(error)}.`, {cause: error})
    }
    const context = createContext({regex, text: ''}) as Context & {regex: RegExp; text: string}
    this.#limited = {context, script: new Script('regex.test(text)')}
    return this.#limited
  }
}

function compileLinear(node: Node, asciiText: boolean): RE2JS | undefined {
  try {
    return RE2JS.compile(emitRegex(node, {target: 're2', asciiText}))
  } catch (error) {
    if (error instanceof NotRegular) return undefined
    // The pattern is sound, but larger than what the engine takes.
    return undefined
  }
}
