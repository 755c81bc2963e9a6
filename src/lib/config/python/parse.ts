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
  let found = unexpectedIndent(tree, text)
  const note = (at: number) => {
    found = Math.min(found ?? at, at)
  }
  const cursor = tree.cursor()
  do {
    if (cursor.type.isError) {
      if (!toleratedError(cursor.node))
        note(cursor.from >= text.trimEnd().length ? openBracket(cursor.node, text) : cursor.from)
    } else if (cursor.name === 'String' && !isClosed(text.slice(cursor.from, cursor.to))) note(cursor.from)
  } while (cursor.next())
  return found
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
