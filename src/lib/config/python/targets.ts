import {childrenOf, type SyntaxNode} from './parse.js'

const changing = new Set([
  'add',
  'append',
  'clear',
  'discard',
  'extend',
  'insert',
  'pop',
  'remove',
  'reverse',
  'setdefault',
  'sort',
  'update',
])

/** The names of the module that a statement could set or change, whatever way through it is taken. */
export function targetsOf(statement: SyntaxNode, text: string): string[] {
  const names = new Set<string>()
  collect(statement, text, names)
  return [...names]
}

function collect(node: SyntaxNode, text: string, names: Set<string>): void {
  const parts = childrenOf(node)
  const textOf = (part: SyntaxNode) => text.slice(part.from, part.to)
  const add = (part: SyntaxNode | undefined): void => {
    if (!part) return
    if (part.name === 'VariableName') names.add(textOf(part))
    else if (part.name === 'MemberExpression') add(part.firstChild ?? undefined)
    else if (['ArrayExpression', 'ParenthesizedExpression', 'TupleExpression'].includes(part.name))
      for (const inner of childrenOf(part)) add(inner)
  }
  switch (node.name) {
    case 'AssignStatement': {
      const last = parts.findLastIndex((part) => part.name === 'AssignOp')
      for (const part of parts.slice(0, last)) add(part)
      break
    }
    case 'UpdateStatement':
    case 'NamedExpression':
      add(parts[0])
      break
    case 'DeleteStatement':
    case 'ScopeStatement':
      for (const part of parts.slice(1)) add(part)
      break
    case 'ForStatement': {
      const at = parts.findIndex((part) => part.name === 'in')
      for (const part of parts.slice(1, at)) add(part)
      break
    }
    case 'WithStatement':
    case 'TryStatement':
      for (const [index, part] of parts.entries()) if (part.name === 'as') add(parts[index + 1])
      break
    case 'ImportStatement':
      for (const [index, part] of parts.entries())
        if (part.name === 'VariableName' && parts[index + 1]?.name !== 'as') add(part)
      break
    case 'CallExpression': {
      const callee = parts[0]
      if (callee?.name === 'MemberExpression' && changing.has(textOf(childrenOf(callee).at(-1)!))) add(callee)
      break
    }
    case 'FunctionDefinition':
    case 'ClassDefinition':
      add(parts.find((part) => part.name === 'VariableName'))
      return
    case 'LambdaExpression':
      return
  }
  for (const part of parts) collect(part, text, names)
}
