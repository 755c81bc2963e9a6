import type {ClassItem, Node} from './regex-syntax.js'

/** Thrown for what a linear-time engine cannot do: look-around, back references, Unicode word boundaries. */
export class NotRegular extends Error {}

/** Code points of Python's `str.isspace`. */
const spaces: [number, number][] = [
  [0x09, 0x0d],
  [0x1c, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x16_80, 0x16_80],
  [0x20_00, 0x20_0a],
  [0x20_28, 0x20_29],
  [0x20_2f, 0x20_2f],
  [0x20_5f, 0x20_5f],
  [0x30_00, 0x30_00],
]
const asciiSpaces: [number, number][] = [
  [0x09, 0x0d],
  [0x20, 0x20],
]
const wordMembers = {ascii: 'a-zA-Z0-9_', unicode: String.raw`\p{L}\p{N}_`}

export interface EmitOptions {
  target: 'js' | 're2'
  /** All letters of the text are ASCII, so that a word boundary is one for RE2 too. */
  asciiText?: boolean
}

/**
 * Writes a pattern for RE2, which searches in linear time, or for JavaScript (flag `v`).
 * @throws NotRegular when RE2 has no equivalent
 */
export function emitRegex(node: Node, options: EmitOptions): string {
  return emit(node, true, options)
}

/** @param tail whether nothing but the end of the match can follow */
function emit(node: Node, tail: boolean, options: EmitOptions): string {
  const js = options.target === 'js'
  switch (node.type) {
    case 'any': {
      return node.dotAll ? (js ? String.raw`[\s\S]` : '(?s:.)') : js ? String.raw`[^\n]` : String.raw`[^\n]`
    }
    case 'literal': {
      return emitLiteral(node.code, node.ignoreCase, js)
    }
    case 'class': {
      return emitClass(node, js)
    }
    case 'start': {
      if (js) return node.multiline ? String.raw`(?:^|(?<=\n))` : '^'
      return node.multiline ? '(?m:^)' : String.raw`\A`
    }
    case 'end': {
      if (js) return node.multiline ? String.raw`(?=\n|$)` : String.raw`(?=\n?$)`
      if (node.multiline) return '(?m:$)'
      if (!tail) throw new NotRegular()
      return String.raw`(?:\n?\z)`
    }
    case 'text-start': {
      return js ? '^' : String.raw`\A`
    }
    case 'text-end': {
      return js ? '$' : String.raw`\z`
    }
    case 'boundary': {
      return emitBoundary(node, options)
    }
    case 'concat': {
      return node.parts.map((part, index) => emit(part, tail && index === node.parts.length - 1, options)).join('')
    }
    case 'alternation': {
      return `(?:${node.branches.map((branch) => emit(branch, tail, options)).join('|')})`
    }
    case 'group': {
      const body = emit(node.body, tail, options)
      return js && node.number !== undefined ? `(?<g${node.number}>${body})` : `(?:${body})`
    }
    case 'repeat': {
      const body = `(?:${emit(node.body, false, options)})${quantifier(node.min, node.max, js)}`
      if (node.mode === 'possessive') return atomic(body, js)
      return node.mode === 'lazy' ? `${body}?` : body
    }
    case 'look': {
      if (!js) throw new NotRegular()
      return `(?${node.ahead ? '' : '<'}${node.negated ? '!' : '='}${emit(node.body, false, options)})`
    }
    case 'back-reference': {
      if (!js) throw new NotRegular()
      return String.raw`\k<g${node.number}>`
    }
    case 'atomic': {
      return atomic(emit(node.body, false, options), js)
    }
  }
}

let atomicGroups = 0

/** A look-ahead does not give back what it matched. */
function atomic(body: string, js: boolean): string {
  if (!js) throw new NotRegular()
  const name = `a${(atomicGroups += 1)}`
  return String.raw`(?:(?=(?<${name}>${body}))\k<${name}>)`
}

/** RE2 takes at most a thousand repetitions. */
function quantifier(min: number, max: number, js: boolean): string {
  if (!js && (min > 1000 || (Number.isFinite(max) && max > 1000))) throw new NotRegular()
  return max === min ? `{${min}}` : `{${min},${Number.isFinite(max) ? max : ''}}`
}

function emitLiteral(code: number, ignoreCase: boolean, js: boolean): string {
  if (!ignoreCase) return escaped(code, js)
  if (!js) return `(?i:${escaped(code, js)})`
  return `[${caseVariants(code)
    .map((variant) => escaped(variant, js))
    .join('')}]`
}

function caseVariants(code: number): number[] {
  const text = String.fromCodePoint(code)
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])]
    .filter((variant) => [...variant].length === 1)
    .map((variant) => variant.codePointAt(0)!)
}

function emitClass(node: Node & {type: 'class'}, js: boolean): string {
  const {items, negated, ignoreCase} = node
  const notWords = items.filter((item) => item.type === 'category' && item.name === 'word' && item.negated)
  const others = items.filter((item) => !notWords.includes(item))
  const wrap = (text: string) => (ignoreCase && !js ? `(?i:${text})` : text)
  if (notWords.length === 0) return wrap(`[${negated ? '^' : ''}${members(others, ignoreCase, js)}]`)
  const ascii = notWords.every((item) => item.type === 'category' && item.ascii)
  const notWord = `[^${ascii ? wordMembers.ascii : wordMembers.unicode}]`
  if (js) return `[${negated ? '^' : ''}${notWord}${members(others, ignoreCase, js)}]`
  if (negated) {
    if (others.length > 0) throw new NotRegular()
    return `[${ascii ? wordMembers.ascii : wordMembers.unicode}]`
  }
  return others.length === 0 ? notWord : `(?:${notWord}|${wrap(`[${members(others, ignoreCase, js)}]`)})`
}

function members(items: ClassItem[], ignoreCase: boolean, js: boolean): string {
  return items.map((item) => (item.type === 'range' ? rangeMembers(item, ignoreCase, js) : category(item, js))).join('')
}

function rangeMembers({from, to}: {from: number; to: number}, ignoreCase: boolean, js: boolean): string {
  const ranges: [number, number][] = [[from, to]]
  if (ignoreCase && js) {
    if (to - from < 0x2_00) {
      for (let code = from; code <= to; code++)
        for (const variant of caseVariants(code)) ranges.push([variant, variant])
    } else {
      ranges.push([0x41, 0x5a], [0x61, 0x7a])
    }
  }
  return ranges.map((range) => emitRange(range, js)).join('')
}

function emitRange([from, to]: [number, number], js: boolean): string {
  return from === to ? escaped(from, js) : `${escaped(from, js)}-${escaped(to, js)}`
}

function category(item: ClassItem & {type: 'category'}, js: boolean): string {
  if (item.name === 'word') return item.ascii ? wordMembers.ascii : wordMembers.unicode
  if (item.name === 'digit') {
    if (!item.ascii) return item.negated ? String.raw`\P{Nd}` : String.raw`\p{Nd}`
    return ranges([[0x30, 0x39]], item.negated, js)
  }
  return ranges(item.ascii ? asciiSpaces : spaces, item.negated, js)
}

function ranges(sorted: [number, number][], negated: boolean, js: boolean): string {
  if (!negated) return sorted.map((range) => emitRange(range, js)).join('')
  let next = 0
  let out = ''
  for (const [from, to] of sorted) {
    if (from > next) out += emitRange([next, from - 1], js)
    next = to + 1
  }
  return out + emitRange([next, 0x10_ff_ff], js)
}

function emitBoundary(node: Node & {type: 'boundary'}, {target, asciiText}: EmitOptions): string {
  if (target === 're2') {
    if (!node.ascii && !asciiText) throw new NotRegular()
    return node.negated ? String.raw`\B` : String.raw`\b`
  }
  const word = `[${node.ascii ? wordMembers.ascii : wordMembers.unicode}]`
  const [one, other] = node.negated
    ? [`(?<=${word})(?=${word})`, `(?<!${word})(?!${word})`]
    : [`(?<=${word})(?!${word})`, `(?<!${word})(?=${word})`]
  return `(?:${one}|${other})`
}

function escaped(code: number, js: boolean): string {
  const character = String.fromCodePoint(code)
  if (/^[a-zA-Z0-9]$/.test(character)) return character
  return js ? `\\u{${code.toString(16)}}` : `\\x{${code.toString(16)}}`
}
