import {NotUnderstood} from './failure.js'
import {formatString} from './f-string.js'
import {functionOf} from './functions.js'
import {numberValue, stringValue} from './literals.js'
import {methodOf, pairsOf} from './methods.js'
import {binary, comparison, isBinaryOperator, item, slice, unary} from './operators.js'
import {childrenOf, type SyntaxNode} from './parse.js'
import {Scope} from './scope.js'
import {str} from './text.js'
import {
  iterate,
  PyDict,
  PyException,
  PyFunction,
  PyList,
  PyModule,
  PyObject,
  PySet,
  PyTuple,
  truthy,
  typeName,
  type Arguments,
  type Py,
} from './values.js'

/** Steps after which a file is taken to be no configuration: generous for any real one, some 0.1 s. */
const maxSteps = 200_000
const maxDepth = 400

/** Names that can define any setting behind the back of a reader. */
const opaque = new Set(['exec', 'execfile', 'globals', 'locals', 'setattr', 'vars'])

/** What expressions are called in messages. */
const names: Record<string, string> = {
  AwaitExpression: 'await',
  YieldExpression: 'yield',
}

/** Evaluates expressions of one file. Nothing is executed: what is not listed here is not understood. */
export class Expressions {
  readonly text: string
  readonly builtins: ReadonlyMap<string, Py>
  #steps = 0
  #depth = 0

  constructor(text: string, builtins: ReadonlyMap<string, Py>) {
    this.text = text
    this.builtins = builtins
  }

  textOf(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to)
  }

  /** Counts one step of work. @throws NotUnderstood after too many */
  step(at: number): void {
    if (++this.#steps > maxSteps) throw new NotUnderstood('a computation that takes this long', at)
  }

  /** @throws NotUnderstood, PyException (with the place filled in) */
  evaluate(node: SyntaxNode, scope: Scope): Py {
    this.step(node.from)
    if (++this.#depth > maxDepth) {
      this.#depth = 0
      throw new NotUnderstood('something nested this deeply', node.from)
    }
    try {
      const value = this.#dispatch(node, scope)
      this.#depth -= 1
      return value
    } catch (error) {
      this.#depth = Math.max(0, this.#depth - 1)
      if (error instanceof PyException) error.at ??= node.from
      if (error instanceof NotUnderstood && error.at < 0) error.at = node.from
      throw error
    }
  }

  #dispatch(node: SyntaxNode, scope: Scope): Py {
    switch (node.name) {
      case 'None':
        return null
      case 'Boolean':
        return this.textOf(node) === 'True'
      case 'Number':
        return numberValue(this.textOf(node), node.from)
      case 'String':
        return stringValue(this.textOf(node), node.from)
      case 'FormatString':
        return formatString(node, this.text, (nodes) => this.sequence(nodes, scope))
      case 'ContinuedString':
        return childrenOf(node)
          .map((part) => this.evaluate(part, scope))
          .reduce((left, right) => binary('+', left, right))
      case 'VariableName':
        return this.#variable(node, scope)
      case 'ParenthesizedExpression':
        return this.evaluate(childrenOf(node)[1] ?? node, scope)
      case 'TupleExpression':
        return new PyTuple(this.sequence(childrenOf(node).slice(1, -1), scope))
      case 'ArrayExpression':
        return new PyList(this.sequence(childrenOf(node).slice(1, -1), scope))
      case 'SetExpression':
        return new PySet(this.sequence(childrenOf(node).slice(1, -1), scope))
      case 'DictionaryExpression':
        return this.#dictionary(node, scope)
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression':
        return new PyList(this.#comprehension(childrenOf(node).slice(1, -1), scope).map(([value]) => value ?? null))
      case 'SetComprehensionExpression':
        return new PySet(this.#comprehension(childrenOf(node).slice(1, -1), scope).map(([value]) => value ?? null))
      case 'DictionaryComprehensionExpression':
        return PyDict.of(
          this.#comprehension(childrenOf(node).slice(1, -1), scope).map(
            ([key, value]) => [key ?? null, value ?? null] as const,
          ),
        )
      case 'ConditionalExpression': {
        const [yes, , condition, , no] = childrenOf(node)
        return this.evaluate(truthy(this.evaluate(condition!, scope)) ? yes! : no!, scope)
      }
      case 'NamedExpression': {
        const [name, , value] = childrenOf(node)
        const result = this.evaluate(value!, scope)
        scope.set(this.textOf(name!), result)
        return result
      }
      case 'UnaryExpression': {
        const [operator, operand] = childrenOf(node)
        return unary(this.textOf(operator!), this.evaluate(operand!, scope))
      }
      case 'BinaryExpression':
        return this.#binary(node, scope)
      case 'MemberExpression':
        return this.#member(node, scope)
      case 'CallExpression':
        return this.#call(node, scope)
      case 'LambdaExpression': {
        const [, parameters, , body] = childrenOf(node)
        if (!body) throw new NotUnderstood('this lambda', node.from)
        return functionOf(this, '<lambda>', parameters!, scope, (inner) => this.evaluate(body, inner))
      }
      default:
        throw new NotUnderstood(names[node.name] ?? `'${node.name}'`, node.from)
    }
  }

  #variable(node: SyntaxNode, scope: Scope): Py {
    const name = this.textOf(node)
    const found = scope.find(name)
    if (found) {
      if ('failure' in found) throw new NotUnderstood(found.failure.reason, found.failure.at, {sentence: true})
      return found.value
    }
    const builtin = this.builtins.get(name)
    if (builtin !== undefined) return builtin
    if (opaque.has(name)) throw new NotUnderstood(`${name}()`, node.from, {anyName: true})
    throw new NotUnderstood(`the name '${name}' is not known here`, node.from, {sentence: true})
  }

  /** Values between commas, `*values` unpacked. */
  sequence(nodes: readonly SyntaxNode[], scope: Scope): Py[] {
    const values: Py[] = []
    let star = false
    for (const node of nodes) {
      if (node.name === ',') continue
      if (node.name === '*') {
        star = true
        continue
      }
      const value = this.evaluate(node, scope)
      if (star) for (const part of iterate(value)) values.push(part)
      else values.push(value)
      star = false
    }
    return values
  }

  tuple(nodes: readonly SyntaxNode[], scope: Scope): PyTuple {
    return new PyTuple(this.sequence(nodes, scope))
  }

  #dictionary(node: SyntaxNode, scope: Scope): PyDict {
    const dict = new PyDict()
    const parts = childrenOf(node).filter((part) => !['{', '}', ',', ':'].includes(part.name))
    for (let index = 0; index < parts.length; index += 2) {
      const [first, second] = [parts[index]!, parts[index + 1]]
      if (!second) throw new NotUnderstood('this dictionary', node.from)
      if (first.name === '**') {
        for (const [key, value] of pairsOf(this.evaluate(second, scope))) dict.set(key, value)
      } else {
        const key = this.evaluate(first, scope)
        dict.set(key, this.evaluate(second, scope))
      }
    }
    return dict
  }

  /** Values of `[a for …]` or pairs of `{a: b for …}`. */
  #comprehension(nodes: readonly SyntaxNode[], scope: Scope): Py[][] {
    const start = nodes.findIndex((node) => node.name === 'for')
    const elements = nodes.slice(0, start).filter((node) => node.name !== ':')
    const results: Py[][] = []
    const run = (clauses: readonly SyntaxNode[], inner: Scope): void => {
      const [keyword, ...rest] = clauses
      if (!keyword) {
        results.push(elements.map((element) => this.evaluate(element, inner)))
      } else if (keyword.name === 'if') {
        if (truthy(this.evaluate(rest[0]!, inner))) run(rest.slice(1), inner)
      } else if (keyword.name === 'for') {
        const at = rest.findIndex((node) => node.name === 'in')
        const targets = rest.slice(0, at)
        for (const value of iterate(this.evaluate(rest[at + 1]!, inner))) {
          this.step(keyword.from)
          const deeper = new Scope(inner)
          this.assign(targets, value, deeper)
          run(rest.slice(at + 2), deeper)
        }
      } else throw new NotUnderstood('this comprehension', keyword.from)
    }
    if (start < 0 || elements.length === 0) throw new NotUnderstood('this comprehension', nodes[0]?.from ?? 0)
    run(nodes.slice(start), scope)
    return results
  }

  /** Assigns to one target, or to several separated by commas. */
  assign(targets: readonly SyntaxNode[], value: Py, scope: Scope): void {
    const single = targets.filter((target) => target.name !== ',')
    const [first] = single
    if (!first) return
    if (single.length > 1 || targets.length > 1) return this.#unpack(single, value, scope)
    if (first.name === 'VariableName') scope.set(this.textOf(first), value)
    else if (first.name === 'ParenthesizedExpression') this.assign(childrenOf(first).slice(1, -1), value, scope)
    else if (first.name === 'TupleExpression' || first.name === 'ArrayExpression') {
      this.#unpack(
        childrenOf(first)
          .slice(1, -1)
          .filter((part) => part.name !== ','),
        value,
        scope,
      )
    } else if (first.name === 'MemberExpression') this.#assignItem(first, value, scope)
    else throw new NotUnderstood('this target of an assignment', first.from)
  }

  #unpack(targets: readonly SyntaxNode[], value: Py, scope: Scope): void {
    const star = targets.find((target) => target.name === '*')
    if (star) throw new NotUnderstood('a starred target of an assignment', star.from)
    const values = iterate(value)
    if (values.length !== targets.length)
      throw new PyException('ValueError', `${targets.length} values to unpack were expected`)
    for (const [index, target] of targets.entries()) this.assign([target], values[index] ?? null, scope)
  }

  #assignItem(node: SyntaxNode, value: Py, scope: Scope): void {
    const parts = childrenOf(node)
    const container = this.evaluate(parts[0]!, scope)
    if (parts[1]?.name !== '[' || parts.length !== 4)
      throw new NotUnderstood('an assignment to an attribute or a slice', node.from)
    const index = this.evaluate(parts[2]!, scope)
    if (container instanceof PyDict) container.set(index, value)
    else if (container instanceof PyList && typeof index === 'bigint' && item(container, index) !== undefined) {
      container.items[Number(index) < 0 ? container.items.length + Number(index) : Number(index)] = value
    } else throw new PyException('TypeError', `'${typeName(container)}' object does not support item assignment`)
  }

  #binary(node: SyntaxNode, scope: Scope): Py {
    const parts = childrenOf(node)
    const [left, right] = [parts[0]!, parts.at(-1)!]
    const operator = parts
      .slice(1, -1)
      .map((part) => this.textOf(part))
      .join(' ')
    if (operator === 'and' || operator === 'or') {
      const value = this.evaluate(left, scope)
      return truthy(value) === (operator === 'or') ? value : this.evaluate(right, scope)
    }
    if (isBinaryOperator(operator)) return binary(operator, this.evaluate(left, scope), this.evaluate(right, scope))
    return this.#compareChain(node, scope).result
  }

  /** `a < b < c` compares neighbours; the tree has it as `(a < b) < c`. */
  #compareChain(node: SyntaxNode, scope: Scope): {last: Py; result: boolean} {
    const parts = childrenOf(node)
    const [left, right] = [parts[0]!, parts.at(-1)!]
    const operator = parts.slice(1, -1).map((part) => this.textOf(part)).join(' ') // prettier-ignore
    if (!/^(?:[<>]=?|[=!]=|(?:not )?in|is(?: not)?)$/.test(operator))
      throw new NotUnderstood(`the operator ${operator}`, node.from)
    if (isComparison(left)) {
      const before = this.#compareChain(left, scope)
      if (!before.result) return before
      const value = this.evaluate(right, scope)
      return {last: value, result: comparison(operator, before.last, value)}
    }
    const first = this.evaluate(left, scope)
    const value = this.evaluate(right, scope)
    return {last: value, result: comparison(operator, first, value)}
  }

  #member(node: SyntaxNode, scope: Scope): Py {
    const parts = childrenOf(node)
    const value = this.evaluate(parts[0]!, scope)
    if (parts[1]?.name === '[') return this.#subscript(value, parts.slice(2, -1), scope)
    const name = this.textOf(parts.at(-1)!)
    const found =
      value instanceof PyModule
        ? value.members.get(name)
        : value instanceof PyObject
          ? value.attributes.get(name)
          : methodOf(value, name)
    if (found !== undefined) return found
    throw new NotUnderstood(
      value instanceof PyModule ? `${value.name}.${name}` : `.${name} of a ${typeName(value)}`,
      node.from,
    )
  }

  #subscript(value: Py, nodes: readonly SyntaxNode[], scope: Scope): Py {
    if (!nodes.some((node) => node.name === ':')) {
      const index = this.sequence(nodes, scope)
      return item(value, index.length === 1 && nodes.length === 1 ? index[0]! : new PyTuple(index))
    }
    const bounds: (Py | undefined)[] = []
    let bound: Py | undefined
    for (const node of nodes) {
      if (node.name === ':') {
        bounds.push(bound)
        bound = undefined
      } else bound = this.evaluate(node, scope)
    }
    return slice(value, [...bounds, bound])
  }

  #call(node: SyntaxNode, scope: Scope): Py {
    const [calleeNode, argumentList] = childrenOf(node)
    const callee = this.evaluate(calleeNode!, scope)
    const args = this.#arguments(argumentList!, scope)
    if (!(callee instanceof PyFunction))
      throw new PyException('TypeError', `'${typeName(callee)}' object is not callable`)
    return callee.call(args)
  }

  #arguments(list: SyntaxNode, scope: Scope): Arguments {
    const parts = childrenOf(list).slice(1, -1)
    if (parts.some((part) => part.name === 'for')) {
      return {
        named: new Map(),
        positional: [new PyList(this.#comprehension(parts, scope).map(([value]) => value ?? null))],
      }
    }
    const positional: Py[] = []
    const named = new Map<string, Py>()
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!
      if (part.name === ',') continue
      if (part.name === '*') for (const value of iterate(this.evaluate(parts[++index]!, scope))) positional.push(value)
      else if (part.name === '**')
        for (const [key, value] of pairsOf(this.evaluate(parts[++index]!, scope))) named.set(str(key), value)
      else if (parts[index + 1]?.name === 'AssignOp') {
        named.set(this.textOf(part), this.evaluate(parts[index + 2]!, scope))
        index += 2
      } else positional.push(this.evaluate(part, scope))
    }
    return {named, positional}
  }
}

function isComparison(node: SyntaxNode): boolean {
  return node.name === 'BinaryExpression' && childrenOf(node).slice(1, -1).some((part) => ['CompareOp', 'in', 'not', 'is'].includes(part.name)) // prettier-ignore
}
