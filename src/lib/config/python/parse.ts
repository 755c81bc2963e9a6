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
    problem = firstError(tree)
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxFailure('this is nested too deeply', {column: 1, line: 1})
    throw error
  }
  if (problem !== undefined) throw new SyntaxFailure('this is not valid Python', position(problem))
  return {position, text, tree}
}

function firstError(tree: Tree): number | undefined {
  let found: number | undefined
  const cursor = tree.cursor()
  do {
    if (cursor.type.isError && !toleratedError(cursor.node)) found = Math.min(found ?? cursor.from, cursor.from)
  } while (cursor.next())
  return found
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
