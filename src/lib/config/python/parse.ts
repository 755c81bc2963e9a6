import {parser} from '@lezer/python'

type Tree = ReturnType<typeof parser.parse>
export type SyntaxNode = Tree['topNode']

/** 1-based, columns counted in UTF-16 units. */
export interface Position {
  line: number
  column: number
}

/** The syntax tree of a Python file beside its text. */
export interface ParsedFile {
  readonly text: string
  readonly tree: Tree
  position(offset: number): Position
}

/** The text is no Python. */
export class SyntaxFailure extends Error {
  readonly position: Position
  constructor(message: string, position: Position) {
    super(message)
    this.position = position
  }
}

/**
 * Parses a Python file as a whole; the original refuses to start with a file that has a syntax error anywhere.
 * @throws SyntaxFailure
 */
export function parsePython(text: string): ParsedFile {
  const position = (offset: number): Position => {
    const before = text.slice(0, offset)
    return {column: offset - before.lastIndexOf('\n'), line: before.split('\n').length}
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) throw new SyntaxFailure('a NUL character is no Python source', position(nul))
  const excessive = excessiveBracket(text)
  if (excessive !== undefined) throw new SyntaxFailure('there are too many nested brackets', position(excessive))
  let tree: Tree
  let problem: number | undefined
  try {
    tree = parser.parse(text)
    problem = firstError(tree, text)
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxFailure('this is nested too deeply', {column: 1, line: 1})
    throw error
  }
  if (problem !== undefined) throw new SyntaxFailure('this is not valid Python', position(problem))
  return {position, text, tree}
}

/** The offset of the first thing that is no Python. */
function firstError(tree: Tree, text: string): number | undefined {
  const indent = unexpectedIndent(tree, text)
  const cursor = tree.cursor()
  // In the order of the text, so that the first is the one to tell.
  do {
    if (indent !== undefined && cursor.from > indent) return indent
    if (cursor.type.isError) {
      if (toleratedError(cursor.node)) continue
      return cursor.from >= text.trimEnd().length ? openBracket(cursor.node, text) : cursor.from
    }
    if (cursor.name === 'String' && !isClosed(text.slice(cursor.from, cursor.to))) return cursor.from
  } while (cursor.next())
  return indent
}

/** As many as Python's tokenizer takes; with many more the parser would take long to find that nothing fits. */
const maxBrackets = 200

const pieces = /#[^\n]*|'''[^]*?'''|"""[^]*?"""|'(?:\\[^]|[^'\\\n])*'|"(?:\\[^]|[^"\\\n])*"|[([{]|[)\]}]/g

/** The offset of a bracket inside too many others; brackets in texts and comments do not count. */
function excessiveBracket(text: string): number | undefined {
  let depth = 0
  for (const {0: piece, index} of text.matchAll(pieces)) {
    if (piece === '(' || piece === '[' || piece === '{') depth += 1
    else if (piece === ')' || piece === ']' || piece === '}') depth = Math.max(0, depth - 1)
    if (depth > maxBrackets) return index
  }
  return undefined
}

/** The grammar takes a line with more blanks before it for a part of the module. */
function unexpectedIndent(tree: Tree, text: string): number | undefined {
  for (let node = tree.topNode.firstChild; node; node = node.nextSibling) {
    const lineStart = text.lastIndexOf('\n', node.from - 1) + 1
    if (node.name !== 'Comment' && node.from > lineStart && /^[ \t\f]+$/.test(text.slice(lineStart, node.from)))
      return node.from
  }
  return undefined
}

/** The grammar ends a text literal at the end of the file, too. */
function isClosed(literal: string): boolean {
  const [, quote = ''] = /^[A-Za-z]*('''|"""|'|")/.exec(literal) ?? []
  const body = literal.slice(literal.indexOf(quote) + quote.length)
  if (quote === '' || !body.endsWith(quote)) return false
  return quote.length === 3 || !/(?<!\\)(?:\\\\)*\n/.test(body)
}

/** Of what is missing at the end of the file, the place where it began. */
function openBracket(node: SyntaxNode, text: string): number {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if ('([{'.includes(text[outer.from] ?? ' ')) return outer.from
  }
  return node.from
}

/** The grammar wants a value after `yield`, Python does not; a file of settings can have one only inside `def`. */
function toleratedError(node: SyntaxNode): boolean {
  return node.parent?.name === 'YieldExpression' && node.from === node.to
}

/** Children without punctuation that carries no meaning (comments). */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child)
  }
  return children
}
