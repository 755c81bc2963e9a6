import {PiError} from '../errors.js'
import {childrenOf, parsePython, SyntaxFailure, type SyntaxNode} from './python/parse.js'

/** What a setting is to be: a literal, or Python source that gives it. */
export type NewValue = string | number | boolean | null | {expression: string}

export interface ConfigEdit {
  /** Settings to be set, by their full name (`EDUMFA_…` for eduMFA). */
  set: Readonly<Record<string, NewValue>>
  /** Settings that are to be absent. */
  remove?: readonly string[]
  /** One line that says what the new settings are for. */
  comment: string
}

/**
 * Changes settings in the text of a configuration file and leaves everything else as it is, byte for byte. Earlier
 * assignments become comments; new ones are appended, because of several assignments the last counts (spec/02 §1.3).
 * @param content the file as it is; bytes beyond ASCII are kept whatever the encoding
 * @throws PiError CONFIG when the file is no Python, or a setting to be removed is set in a way that cannot be taken out
 */
export function editConfig(content: Uint8Array, {set, remove = [], comment}: ConfigEdit): Buffer {
  // One character a byte: positions are offsets, and what is not touched comes out as it went in.
  const text = Buffer.from(content).toString('latin1')
  const names = new Set([...Object.keys(set), ...remove])
  const found = assignments(text, names)
  for (const name of remove) {
    if (!found.elsewhere.has(name)) continue
    throw new PiError(
      'CONFIG',
      `The setting ${name} cannot be taken out of the configuration file: it is not set by a line of its own.`,
      {
        hints: [`Take ${name} out by hand first`],
      },
    )
  }
  let edited = ''
  let at = 0
  for (const {from, to} of found.lines) {
    edited += text.slice(at, from) + commented(text.slice(from, to))
    at = to
  }
  edited += text.slice(at)
  const lines = Object.entries(set).map(([name, value]) => `${name} = ${pythonSource(value)}`)
  if (lines.length > 0) {
    const gap = edited === '' || edited.endsWith('\n\n') ? '' : edited.endsWith('\n') ? '\n' : '\n\n'
    edited += `${gap}# ${comment}\n${lines.join('\n')}\n`
  }
  return Buffer.from(edited, 'latin1')
}

interface Span {
  from: number
  to: number
}

/** Whole lines that assign one of the names at module level and do nothing else; names that are also set otherwise. */
function assignments(text: string, names: ReadonlySet<string>): {lines: Span[]; elsewhere: Set<string>} {
  const lines: Span[] = []
  const elsewhere = new Set<string>()
  let root: SyntaxNode
  try {
    root = parsePython(text).tree.topNode
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error
    throw new PiError(
      'CONFIG',
      `The configuration file is not valid Python (line ${error.position.line}): ${error.message}.`,
    )
  }
  for (const statement of childrenOf(root)) {
    const assigned = namesAssigned(statement, text, names)
    if (assigned.length === 0) continue
    const span = linesOf(text, statement)
    const isSimple =
      statement.name === 'AssignStatement' &&
      isSingleTarget(statement) &&
      text.slice(span.from, statement.from).trim() === '' &&
      /^\s*(#.*)?$/.test(text.slice(statement.to, span.to))
    if (isSimple) lines.push(span)
    else for (const name of assigned) elsewhere.add(name)
  }
  return {lines, elsewhere}
}

/** Names in the position of a target anywhere below a statement. */
function namesAssigned(statement: SyntaxNode, text: string, names: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  statement.cursor().iterate((node) => {
    const isAssignment =
      node.name === 'AssignStatement' ||
      node.name === 'UpdateStatement' ||
      node.name === 'WithStatement' ||
      node.name === 'ForStatement' ||
      node.name === 'ImportStatement' ||
      node.name === 'NamedExpression'
    if (!isAssignment) return
    for (const part of childrenOf(node.node)) {
      if (part.name === 'AssignOp' && !hasFurtherAssignment(part)) break
      const name = text.slice(part.from, part.to)
      if (part.name === 'VariableName' && names.has(name)) found.add(name)
      if (part.name === 'TupleExpression' || part.name === 'ArrayExpression') {
        for (const inner of childrenOf(part))
          if (names.has(text.slice(inner.from, inner.to))) found.add(text.slice(inner.from, inner.to))
      }
    }
  })
  return [...found]
}

/** `NAME = …` or `NAME: type = …`, not `A, B = …` or `A = B = …`. */
function isSingleTarget(statement: SyntaxNode): boolean {
  const [first, second, third] = childrenOf(statement)
  const operator = second?.name === 'TypeDef' ? third : second
  return first?.name === 'VariableName' && operator?.name === 'AssignOp' && !hasFurtherAssignment(operator)
}

/** `A = B = 1` assigns to both. */
function hasFurtherAssignment(operator: SyntaxNode): boolean {
  for (let node = operator.nextSibling; node; node = node.nextSibling) if (node.name === 'AssignOp') return true
  return false
}

function linesOf(text: string, {from, to}: Span): Span {
  const end = text.indexOf('\n', to)
  return {from: text.lastIndexOf('\n', from - 1) + 1, to: end < 0 ? text.length : end}
}

function commented(lines: string): string {
  return lines.replaceAll(/^/gm, '# ')
}

/** ASCII only, so that the encoding of the file does not matter. */
function pythonSource(value: NewValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object') return value.expression
  return `'${[...value].map(escaped).join('')}'`
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === "'" || character === '\\') return `\\${character}`
  if (code >= 0x20 && code < 0x7f) return character
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
