import type {Expressions} from './expressions.js'
import {childrenOf, type SyntaxNode} from './parse.js'
import {Scope} from './scope.js'
import {PyDict, PyException, PyFunction, PyTuple, type Arguments, type Py} from './values.js'

interface Parameter {
  name: string
  kind: 'plain' | 'rest' | 'named'
  fallback: Py | undefined
}

/** A `def` or `lambda` of the file; its defaults are evaluated now, as in Python. */
export function functionOf(
  expressions: Expressions,
  name: string,
  list: SyntaxNode,
  scope: Scope,
  body: (inner: Scope) => Py,
): PyFunction {
  const parameters = parametersOf(expressions, list, scope)
  return new PyFunction(name, (args) => {
    const inner = new Scope(scope)
    bind(name, parameters, args, inner)
    return body(inner)
  })
}

function parametersOf(expressions: Expressions, list: SyntaxNode, scope: Scope): Parameter[] {
  const parameters: Parameter[] = []
  let kind: Parameter['kind'] = 'plain'
  const parts = childrenOf(list)
  for (const [index, part] of parts.entries()) {
    if (part.name === '*') kind = 'rest'
    else if (part.name === '**') kind = 'named'
    else if (part.name === ',') kind = 'plain'
    else if (part.name === 'AssignOp') parameters.at(-1)!.fallback = expressions.evaluate(parts[index + 1]!, scope)
    else if (part.name === 'VariableName' && parts[index - 1]?.name !== 'AssignOp') {
      parameters.push({fallback: undefined, kind, name: expressions.textOf(part)})
    }
  }
  return parameters
}

function bind(name: string, parameters: readonly Parameter[], {named, positional}: Arguments, inner: Scope): void {
  const left = new Map(named)
  let next = 0
  for (const parameter of parameters) {
    if (parameter.kind === 'rest') {
      inner.set(parameter.name, new PyTuple(positional.slice(next)))
      next = positional.length
    } else if (parameter.kind === 'named') {
      inner.set(parameter.name, PyDict.of(left))
      left.clear()
    } else {
      const given =
        next < positional.length
          ? positional[next++]
          : left.has(parameter.name)
            ? left.get(parameter.name)
            : parameter.fallback
      left.delete(parameter.name)
      if (given === undefined) throw new PyException('TypeError', `${name}() misses the argument '${parameter.name}'`)
      inner.set(parameter.name, given)
    }
  }
  if (next < positional.length || left.size > 0) throw new PyException('TypeError', `${name}() got too many arguments`)
}
