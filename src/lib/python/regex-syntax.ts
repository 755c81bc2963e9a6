/** The parts of a regular expression in Python's syntax. */
export type Node =
  | {type: 'any'; dotAll: boolean}
  | {type: 'literal'; code: number; ignoreCase: boolean}
  | {type: 'class'; negated: boolean; items: ClassItem[]; ignoreCase: boolean}
  | {type: 'start'; multiline: boolean}
  | {type: 'end'; multiline: boolean}
  | {type: 'text-start'}
  | {type: 'text-end'}
  | {type: 'boundary'; negated: boolean; ascii: boolean}
  | {type: 'concat'; parts: Node[]}
  | {type: 'alternation'; branches: Node[]}
  | {type: 'group'; body: Node; number?: number}
  | {type: 'repeat'; body: Node; min: number; max: number; mode: 'greedy' | 'lazy' | 'possessive'}
  | {type: 'look'; body: Node; ahead: boolean; negated: boolean}
  | {type: 'back-reference'; number: number; ignoreCase: boolean}
  | {type: 'atomic'; body: Node}

/** A range of code points, or one of the character categories `\d \s \w` or its opposite. */
export type ClassItem =
  | {type: 'range'; from: number; to: number}
  | {type: 'category'; name: 'digit' | 'space' | 'word'; negated: boolean; ascii: boolean}

export class RegexSyntaxError extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} at position ${position}`)
    this.position = position
  }
}

interface Flags {
  ascii: boolean
  ignoreCase: boolean
  multiline: boolean
  dotAll: boolean
  verbose: boolean
}

const unlimited = Number.POSITIVE_INFINITY
const controls: Record<string, number> = {a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92}

/**
 * Parses a pattern of Python's `re` for text (spec/03-cli.md §0.2a), with the possessive and atomic forms of 3.11.
 * @throws RegexSyntaxError
 */
export function parsePythonRegex(pattern: string): Node {
  return new Parser(pattern).parse()
}

class Parser {
  readonly #text: string[]
  readonly #names = new Map<string, number>()
  readonly #open = new Set<number>()
  #groups = 0
  #at = 0

  constructor(pattern: string) {
    this.#text = [...pattern]
  }

  parse(): Node {
    const flags: Flags = {ascii: false, ignoreCase: false, multiline: false, dotAll: false, verbose: false}
    const global = /^\(\?([aiLmsux]+)\)/.exec(this.#text.join(''))
    if (global) {
      this.#applyFlags(flags, global[1]!, true)
      this.#at = global[0].length
    }
    const node = this.#alternation(flags)
    if (this.#at < this.#text.length) throw this.#error('unbalanced parenthesis')
    return node
  }

  #error(message: string, at = this.#at): RegexSyntaxError {
    return new RegexSyntaxError(message, at)
  }

  #peek(offset = 0): string | undefined {
    return this.#text[this.#at + offset]
  }

  #accept(text: string): boolean {
    for (const [index, character] of [...text].entries()) if (this.#peek(index) !== character) return false
    this.#at += [...text].length
    return true
  }

  #until(end: string, what: string): string {
    const start = this.#at
    while (this.#peek() !== end) {
      if (this.#peek() === undefined) throw this.#error(`missing ${end}, unterminated ${what}`, start)
      this.#at += 1
    }
    this.#at += 1
    return this.#text.slice(start, this.#at - 1).join('')
  }

  #alternation(flags: Flags): Node {
    const branches = [this.#concat(flags)]
    while (this.#accept('|')) branches.push(this.#concat(flags))
    return branches.length === 1 ? branches[0]! : {type: 'alternation', branches}
  }

  #concat(flags: Flags): Node {
    const parts: Node[] = []
    for (;;) {
      const next = this.#peek()
      if (next === undefined || next === '|' || next === ')') break
      if (flags.verbose && /\s/.test(next)) {
        this.#at += 1
        continue
      }
      if (flags.verbose && next === '#') {
        while (this.#peek() !== undefined && this.#peek() !== '\n') this.#at += 1
        continue
      }
      const start = this.#at
      const quantifier = this.#quantifier()
      if (quantifier) {
        const item = parts.pop()
        if (!item || isAnchor(item)) throw this.#error('nothing to repeat', start)
        if (item.type === 'repeat') throw this.#error('multiple repeat', start)
        parts.push({type: 'repeat', body: item, ...quantifier})
        continue
      }
      const node = this.#atom(flags)
      if (node) parts.push(node)
    }
    return parts.length === 1 ? parts[0]! : {type: 'concat', parts}
  }

  /** `undefined`, nothing consumed, where a brace is only a brace. */
  #quantifier(): Pick<Node & {type: 'repeat'}, 'max' | 'min' | 'mode'> | undefined {
    const start = this.#at
    let min = 0
    let max = unlimited
    if (this.#accept('+')) min = 1
    else if (this.#accept('?')) max = 1
    else if (!this.#accept('*')) {
      const braces = /^\{(\d*)(?:(,)(\d*))?\}/.exec(this.#text.slice(start, start + 64).join(''))
      if (!braces || braces[0] === '{}') return undefined
      if (braces[1]) min = +braces[1]
      if (!braces[2]) max = min
      else if (braces[3]) max = +braces[3]
      if (max < min) throw this.#error('min repeat greater than max repeat', start)
      this.#at += braces[0].length
    }
    const mode = this.#accept('?') ? 'lazy' : this.#accept('+') ? 'possessive' : 'greedy'
    return {min, max, mode}
  }

  #atom(flags: Flags): Node | undefined {
    const character = this.#text[this.#at]!
    this.#at += 1
    switch (character) {
      case '.': {
        return {type: 'any', dotAll: flags.dotAll}
      }
      case '^': {
        return {type: 'start', multiline: flags.multiline}
      }
      case '$': {
        return {type: 'end', multiline: flags.multiline}
      }
      case '(': {
        return this.#group(flags)
      }
      case '[': {
        return this.#class(flags)
      }
      case '\\': {
        return this.#escape(flags)
      }
      default: {
        return {type: 'literal', code: character.codePointAt(0)!, ignoreCase: flags.ignoreCase}
      }
    }
  }

  #group(outer: Flags): Node | undefined {
    const start = this.#at - 1
    if (!this.#accept('?')) return this.#capture(outer, undefined, start)
    if (this.#accept('#')) {
      this.#until(')', 'comment')
      return undefined
    }
    if (this.#accept('P<')) return this.#capture(outer, this.#name(this.#until('>', 'name')), start)
    if (this.#accept('P=')) return this.#reference(this.#name(this.#until(')', 'name')), outer)
    if (this.#accept(':')) return {type: 'group', body: this.#close(outer, start)}
    if (this.#accept('>')) return {type: 'atomic', body: this.#close(outer, start)}
    if (this.#accept('=')) return {type: 'look', ahead: true, negated: false, body: this.#close(outer, start)}
    if (this.#accept('!')) return {type: 'look', ahead: true, negated: true, body: this.#close(outer, start)}
    if (this.#accept('<=')) return {type: 'look', ahead: false, negated: false, body: this.#close(outer, start)}
    if (this.#accept('<!')) return {type: 'look', ahead: false, negated: true, body: this.#close(outer, start)}
    if (this.#accept('(')) throw this.#error('conditional groups are not supported', start)
    const scoped = /^([aiLmsux]*)(?:-([imsx]+))?([:)])/.exec(this.#text.slice(this.#at, this.#at + 32).join(''))
    if (!scoped || scoped[0] === ')') throw this.#error(`unknown extension ?${this.#peek() ?? ''}`, start + 1)
    if (scoped[3] === ')') throw this.#error('global flags not at the start of the expression', start)
    this.#at += scoped[0].length
    const flags = {...outer}
    this.#applyFlags(flags, scoped[1]!, true)
    this.#applyFlags(flags, scoped[2] ?? '', false)
    return {type: 'group', body: this.#close(flags, start)}
  }

  #close(flags: Flags, start: number): Node {
    const body = this.#alternation(flags)
    if (!this.#accept(')')) throw this.#error('missing ), unterminated subpattern', start)
    return body
  }

  #capture(flags: Flags, name: string | undefined, start: number): Node {
    const number = (this.#groups += 1)
    if (name !== undefined) {
      if (this.#names.has(name)) throw this.#error(`redefinition of group name '${name}'`, start)
      this.#names.set(name, number)
    }
    this.#open.add(number)
    const body = this.#close(flags, start)
    this.#open.delete(number)
    return {type: 'group', body, number}
  }

  #name(name: string): string {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw this.#error(`bad character in group name '${name}'`)
    return name
  }

  #reference(target: number | string, flags: Flags): Node {
    const number = typeof target === 'number' ? target : this.#names.get(target)
    if (number === undefined) throw this.#error(`unknown group name '${target}'`)
    if (number > this.#groups) throw this.#error(`invalid group reference ${number}`)
    if (this.#open.has(number)) throw this.#error('cannot refer to an open group')
    return {type: 'back-reference', number, ignoreCase: flags.ignoreCase}
  }

  #applyFlags(flags: Flags, letters: string, value: boolean): void {
    for (const letter of letters) {
      if (letter === 'L') throw this.#error("cannot use 'L' flag with a str pattern")
      if (letter === 'a') flags.ascii = true
      if (letter === 'u') flags.ascii = false
      if (letter === 'i') flags.ignoreCase = value
      if (letter === 'm') flags.multiline = value
      if (letter === 's') flags.dotAll = value
      if (letter === 'x') flags.verbose = value
    }
  }

  #escape(flags: Flags): Node {
    const start = this.#at - 1
    const character = this.#peek()
    if (character === undefined) throw this.#error('bad escape (end of pattern)', start)
    if (this.#accept('A')) return {type: 'text-start'}
    if (this.#accept('Z')) return {type: 'text-end'}
    if (this.#accept('b')) return {type: 'boundary', negated: false, ascii: flags.ascii}
    if (this.#accept('B')) return {type: 'boundary', negated: true, ascii: flags.ascii}
    const category = this.#category(flags)
    if (category) return {type: 'class', negated: false, items: [category], ignoreCase: false}
    const octal = /^(?:0[0-7]{0,2}|[0-3][0-7]{2})/.exec(this.#text.slice(this.#at, this.#at + 3).join(''))
    if (octal) {
      this.#at += octal[0].length
      return {type: 'literal', code: Number.parseInt(octal[0], 8), ignoreCase: flags.ignoreCase}
    }
    const reference = /^[1-9]\d?/.exec(this.#text.slice(this.#at, this.#at + 2).join(''))
    if (reference) {
      this.#at += reference[0].length
      return this.#reference(+reference[0], flags)
    }
    return {type: 'literal', code: this.#escapedCode(start), ignoreCase: flags.ignoreCase}
  }

  #category(flags: Flags): ClassItem | undefined {
    const names: Record<string, 'digit' | 'space' | 'word'> = {d: 'digit', s: 'space', w: 'word'}
    const letter = this.#peek()
    const name = letter && names[letter.toLowerCase()]
    if (!letter || !name || !/^[dswDSW]$/.test(letter)) return undefined
    this.#at += 1
    return {type: 'category', name, negated: letter !== letter.toLowerCase(), ascii: flags.ascii}
  }

  /** The character of an escape that is the same inside and outside of a class. */
  #escapedCode(start: number): number {
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(
      this.#text.slice(this.#at, this.#at + 9).join(''),
    )
    if (hex) {
      this.#at += hex[0].length
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16)
      if (code > 0x10_ff_ff) throw this.#error('bad escape', start)
      return code
    }
    const character = this.#text[this.#at]!
    this.#at += 1
    const control = controls[character]
    if (control !== undefined && character !== 'b') return control
    if (/[a-zA-Z0-9]/.test(character)) throw this.#error(`bad escape \\${character}`, start)
    return character.codePointAt(0)!
  }

  #class(flags: Flags): Node {
    const start = this.#at - 1
    const negated = this.#accept('^')
    const items: ClassItem[] = []
    for (let first = true; ; first = false) {
      if (this.#peek() === undefined) throw this.#error('unterminated character set', start)
      if (!first && this.#accept(']')) break
      const from = this.#classMember(flags, start)
      if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined) {
        const dash = this.#at
        this.#at += 1
        const to = this.#classMember(flags, start)
        if (typeof from !== 'number' || typeof to !== 'number' || to < from)
          throw this.#error('bad character range', dash)
        items.push({type: 'range', from, to})
      } else items.push(typeof from === 'number' ? {type: 'range', from, to: from} : from)
    }
    return {type: 'class', negated, items, ignoreCase: flags.ignoreCase}
  }

  #classMember(flags: Flags, start: number): ClassItem | number {
    const character = this.#peek()
    if (character === undefined) throw this.#error('unterminated character set', start)
    this.#at += 1
    if (character !== '\\') return character.codePointAt(0)!
    const category = this.#category(flags)
    if (category) return category
    if (this.#accept('b')) return 8
    const octal = /^[0-7]{1,3}/.exec(this.#text.slice(this.#at, this.#at + 3).join(''))
    if (octal) {
      this.#at += octal[0].length
      const code = Number.parseInt(octal[0], 8)
      if (code > 0o377) throw this.#error('octal escape value outside of range 0-0o377')
      return code
    }
    if (this.#peek() === undefined) throw this.#error('unterminated character set', start)
    return this.#escapedCode(this.#at - 1)
  }
}

function isAnchor(node: Node): boolean {
  return ['boundary', 'end', 'start', 'text-end', 'text-start'].includes(node.type)
}
