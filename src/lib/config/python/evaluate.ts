import {builtinsFor, isException, isExceptionName} from './builtins.js'
import {Expressions} from './expressions.js'
import {NotUnderstood, type Failure} from './failure.js'
import {functionOf} from './functions.js'
import type {PythonHost} from './host.js'
import {modulesFor} from './modules.js'
import {binary, isBinaryOperator} from './operators.js'
import {childrenOf, parsePython, type ParsedFile, type SyntaxNode} from './parse.js'
import {failureOf} from './reasons.js'
import {Scope} from './scope.js'
import {str} from './text.js'
import {targetsOf} from './targets.js'
import {
  iterate,
  PyDict,
  PyException,
  PyFunction,
  PyList,
  type PyModule,
  PyObject,
  truthy,
  type Binding,
  type Py,
} from './values.js'

/** What a file defines: values, or reasons why there is none, by name. */
export interface EvaluatedFile {
  readonly file: ParsedFile
  readonly names: ReadonlyMap<string, Binding>
  /** Set when something that was not understood could have set any name; names set later are certain again. */
  readonly anyName: Failure | undefined
  /** Statements that were left out, with the names they may have set. */
  readonly skipped: readonly SkippedStatement[]
}

export interface SkippedStatement {
  failure: Failure
  names: readonly string[]
  /** The file itself raises here, or something that could have set any name; worth a warning in any case. */
  raised: boolean
}

/** How a statement ended other than by reaching its end. */
type Completion = undefined | 'break' | 'continue' | {returned: Py}

/**
 * Evaluates a configuration file (spec/02 §1.3) without executing anything: a small part of Python over its syntax
 * tree. A statement that is not understood, or that raises, spoils the names it would have set and nothing else.
 * @throws SyntaxFailure
 */
export function evaluatePython(text: string, host: PythonHost): EvaluatedFile {
  const file = parsePython(text)
  return new Evaluation(file, host).run()
}

class Evaluation {
  readonly #file: ParsedFile
  readonly #modules: ReadonlyMap<string, PyModule>
  readonly #expressions: Expressions
  readonly #module = new Scope()
  readonly #skipped: SkippedStatement[] = []
  #anyName: Failure | undefined

  constructor(file: ParsedFile, host: PythonHost) {
    this.#file = file
    this.#modules = modulesFor(host)
    this.#expressions = new Expressions(file.text, builtinsFor(host))
    this.#module.set('__file__', host.file)
    this.#module.set('__name__', 'config')
  }

  run(): EvaluatedFile {
    this.#block(childrenOf(this.#file.tree.topNode), this.#module, true)
    return {anyName: this.#anyName, file: this.#file, names: this.#module.names, skipped: this.#skipped}
  }

  /** `recover`: at module level, where a failing statement spoils its names only; in functions and loops it ends them. */
  #block(statements: readonly SyntaxNode[], scope: Scope, recover: boolean): Completion {
    for (const statement of statements) {
      if (statement.name === ':' || statement.name === ';') continue
      const completion = recover ? this.#guarded(statement, scope) : this.#statement(statement, scope, false)
      if (completion) return completion
    }
    return undefined
  }

  #guarded(statement: SyntaxNode, scope: Scope): Completion {
    try {
      return this.#statement(statement, scope, true)
    } catch (error) {
      this.#spoil(statement, error)
      return undefined
    }
  }

  #spoil(statement: SyntaxNode, error: unknown): void {
    const failure = failureOf(error, statement)
    const names = targetsOf(statement, this.#file.text)
    if (error instanceof NotUnderstood && error.anyName) {
      for (const name of this.#module.names.keys())
        if (/^[\dA-Z_]*[A-Z][\dA-Z_]*$/.test(name)) this.#module.spoil(name, failure)
      this.#anyName = failure
    }
    for (const name of names) this.#module.spoil(name, failure)
    this.#skipped.push({failure, names, raised: !(error instanceof NotUnderstood) || error.anyName})
  }

  #statement(node: SyntaxNode, scope: Scope, recover: boolean): Completion {
    this.#expressions.step(node.from)
    const parts = childrenOf(node)
    switch (node.name) {
      case 'StatementGroup':
        return this.#block(parts, scope, recover)
      case 'PassStatement':
        return undefined
      case 'ExpressionStatement':
        for (const part of parts) if (part.name !== ',') this.#expressions.evaluate(part, scope)
        return undefined
      case 'AssignStatement':
        return this.#assign(parts, scope)
      case 'UpdateStatement':
        return this.#update(parts, scope)
      case 'ImportStatement':
        return this.#import(node, parts, scope)
      case 'IfStatement':
        return this.#if(parts, scope, recover)
      case 'ForStatement':
        return this.#for(parts, scope)
      case 'WhileStatement':
        return this.#while(parts, scope)
      case 'WithStatement':
        return this.#with(parts, scope, recover)
      case 'TryStatement':
        return this.#try(parts, scope, recover)
      case 'FunctionDefinition':
        return this.#define(node, parts, scope)
      case 'ReturnStatement':
        return {returned: parts[1] ? this.#values(parts.slice(1), scope) : null}
      case 'BreakStatement':
        return 'break'
      case 'ContinueStatement':
        return 'continue'
      case 'RaiseStatement':
        return this.#raise(node, parts, scope)
      case 'AssertStatement':
        if (!truthy(this.#expressions.evaluate(parts[1]!, scope)))
          throw new PyException('AssertionError', 'an assertion of the file fails')
        return undefined
      case 'ScopeStatement':
        if (this.#text(parts[0]!) !== 'global') throw new NotUnderstood('nonlocal', node.from)
        for (const part of parts.slice(1))
          if (part.name === 'VariableName' && scope !== this.#module) scope.globalNames.add(this.#text(part))
        return undefined
      case 'DeleteStatement':
        return this.#delete(parts, scope)
      default:
        throw new NotUnderstood(statementNames[node.name] ?? `'${node.name}'`, node.from)
    }
  }

  #text(node: SyntaxNode): string {
    return this.#file.text.slice(node.from, node.to)
  }

  /** One value, or a tuple when there are commas. */
  #values(nodes: readonly SyntaxNode[], scope: Scope): Py {
    if (nodes.length === 1) return this.#expressions.evaluate(nodes[0]!, scope)
    return this.#expressions.tuple(nodes, scope)
  }

  #assign(parts: readonly SyntaxNode[], scope: Scope): Completion {
    const groups: SyntaxNode[][] = [[]]
    for (const part of parts) {
      if (part.name === 'AssignOp') groups.push([])
      else if (part.name !== 'TypeDef') groups.at(-1)!.push(part)
    }
    const last = groups.pop()!
    if (groups.length === 0) return undefined
    const value = this.#values(last, scope)
    for (const targets of groups) this.#expressions.assign(targets, value, scope)
    return undefined
  }

  #update([target, operatorNode, ...rest]: readonly SyntaxNode[], scope: Scope): Completion {
    const operator = this.#text(operatorNode!).slice(0, -1)
    if (!isBinaryOperator(operator)) throw new NotUnderstood(`the operator ${operator}=`, operatorNode!.from)
    const before = this.#expressions.evaluate(target!, scope)
    const value = this.#values(rest, scope)
    // `+=` changes a list in place, so that other names for it see the change.
    if (before instanceof PyList && operator === '+') for (const item of [...iterate(value)]) before.items.push(item)
    else if (before instanceof PyDict && operator === '|' && value instanceof PyDict) {
      for (const [key, item] of value.entries.values()) before.set(key, item)
    } else this.#expressions.assign([target!], binary(operator, before, value), scope)
    return undefined
  }

  #import(node: SyntaxNode, parts: readonly SyntaxNode[], scope: Scope): Completion {
    const from = parts[0]!.name === 'from'
    const at = from ? parts.findIndex((part) => part.name === 'import') : 0
    const moduleName = parts
      .slice(1, at)
      .map((part) => this.#text(part))
      .join('')
    const clauses: SyntaxNode[][] = [[]]
    for (const part of parts.slice(at + 1)) {
      if (part.name === ',') clauses.push([])
      else if (part.name !== '(' && part.name !== ')') clauses.at(-1)!.push(part)
    }
    for (const clause of clauses.filter((some) => some.length > 0)) {
      const as = clause.findIndex((part) => part.name === 'as')
      const name = (as < 0 ? clause : clause.slice(0, as)).map((part) => this.#text(part)).join('')
      const alias = as < 0 ? undefined : this.#text(clause[as + 1]!)
      if (from) this.#importFrom(moduleName, name, alias, node, scope)
      else this.#importModule(name, alias, node, scope)
    }
    return undefined
  }

  /** An unknown module is no fault of its own: only using it is. */
  #importModule(name: string, alias: string | undefined, node: SyntaxNode, scope: Scope): void {
    const bound = alias ?? name.split('.')[0]!
    const module = this.#modules.get(alias ? name : bound)
    if (module) scope.set(bound, module)
    else scope.spoil(bound, {at: node.from, reason: `the module '${name}' is not understood`})
  }

  #importFrom(moduleName: string, name: string, alias: string | undefined, node: SyntaxNode, scope: Scope): void {
    const module = this.#modules.get(moduleName)
    if (name === '*') {
      if (!module) throw new NotUnderstood(`'from ${moduleName} import *'`, node.from, {anyName: true})
      for (const [member, value] of module.members) scope.set(member, value)
      return
    }
    const value = module?.members.get(name) ?? this.#modules.get(`${moduleName}.${name}`)
    if (value === undefined && moduleName !== '__future__') {
      scope.spoil(alias ?? name, {at: node.from, reason: `'${name}' of the module '${moduleName}' is not understood`})
    } else if (value !== undefined) scope.set(alias ?? name, value)
  }

  #if(parts: readonly SyntaxNode[], scope: Scope, recover: boolean): Completion {
    for (let index = 0; index < parts.length;) {
      if (parts[index]!.name === 'else') return this.#body(parts[index + 1]!, scope, recover)
      const [condition, body] = [parts[index + 1]!, parts[index + 2]!]
      if (truthy(this.#expressions.evaluate(condition, scope))) return this.#body(body, scope, recover)
      index += 3
    }
    return undefined
  }

  #body(body: SyntaxNode, scope: Scope, recover: boolean): Completion {
    return this.#block(childrenOf(body), scope, recover)
  }

  #for(parts: readonly SyntaxNode[], scope: Scope): Completion {
    const at = parts.findIndex((part) => part.name === 'in')
    const bodyAt = parts.findIndex((part) => part.name === 'Body')
    for (const value of [...iterate(this.#values(parts.slice(at + 1, bodyAt), scope))]) {
      this.#expressions.assign(parts.slice(1, at), value, scope)
      const completion = this.#body(parts[bodyAt]!, scope, false)
      if (completion === 'break') return undefined
      if (typeof completion === 'object') return completion
    }
    const otherwise = parts[bodyAt + 2]
    return otherwise ? this.#body(otherwise, scope, false) : undefined
  }

  #while(parts: readonly SyntaxNode[], scope: Scope): Completion {
    while (truthy(this.#expressions.evaluate(parts[1]!, scope))) {
      const completion = this.#body(parts[2]!, scope, false)
      if (completion === 'break') return undefined
      if (typeof completion === 'object') return completion
    }
    return parts[4] ? this.#body(parts[4], scope, false) : undefined
  }

  #with(parts: readonly SyntaxNode[], scope: Scope, recover: boolean): Completion {
    for (let index = 1; index < parts.length - 1; index++) {
      const part = parts[index]!
      if (part.name === ',') continue
      const value = this.#expressions.evaluate(part, scope)
      if (!(value instanceof PyObject) || value.typeName !== 'file')
        throw new NotUnderstood("a 'with' of something other than a file", part.from)
      if (parts[index + 1]?.name === 'as') {
        this.#expressions.assign([parts[index + 2]!], value, scope)
        index += 2
      }
    }
    return this.#body(parts.at(-1)!, scope, recover)
  }

  #try(parts: readonly SyntaxNode[], scope: Scope, recover: boolean): Completion {
    const bodyAfter = (keyword: string) => {
      const at = parts.findIndex((part) => part.name === keyword)
      return at < 0 ? undefined : parts[at + 1]
    }
    let completion: Completion
    try {
      completion = this.#body(bodyAfter('try')!, scope, false)
      const otherwise = bodyAfter('else')
      if (!completion && otherwise) completion = this.#body(otherwise, scope, recover)
    } catch (error) {
      const handler = error instanceof PyException ? this.#handler(parts, error, scope) : undefined
      if (!handler) throw error
      completion = this.#body(handler, scope, recover)
    }
    const last = bodyAfter('finally')
    return (last && this.#body(last, scope, recover)) ?? completion
  }

  #handler(parts: readonly SyntaxNode[], error: PyException, scope: Scope): SyntaxNode | undefined {
    for (const [index, part] of parts.entries()) {
      if (part.name !== 'except') continue
      let next = index + 1
      let caught = true
      if (parts[next]!.name !== 'Body') {
        const types = parts[next]!
        const nodes = types.name === 'TupleExpression' ? childrenOf(types).filter((one) => one.name !== ',' && one.name !== '(' && one.name !== ')') : [types] // prettier-ignore
        caught = nodes.some((one) => {
          const name = this.#text(one).split('.').at(-1)!
          if (!isExceptionName(name) && name !== 'JSONDecodeError')
            throw new NotUnderstood(`the exception '${name}'`, one.from)
          return isException(error.type, name === 'JSONDecodeError' ? 'ValueError' : name)
        })
        next += 1
      }
      if (parts[next]?.name === 'as') {
        if (caught) scope.set(this.#text(parts[next + 1]!), new PyObject(error.type, {__str__: error.message}))
        next += 2
      }
      if (caught) return parts[next]
    }
    return undefined
  }

  #define(node: SyntaxNode, parts: readonly SyntaxNode[], scope: Scope): Completion {
    const name = this.#text(parts.find((part) => part.name === 'VariableName')!)
    const parameters = parts.find((part) => part.name === 'ParamList')!
    const body = parts.at(-1)!
    if (parts[0]!.name === 'async' || containsYield(body)) {
      scope.spoil(name, {at: node.from, reason: `the generator or coroutine '${name}' is not understood`})
      return undefined
    }
    const defined = functionOf(this.#expressions, name, parameters, scope, (inner) => {
      const completion = this.#body(body, inner, false)
      return typeof completion === 'object' ? completion.returned : null
    })
    scope.set(name, defined)
    return undefined
  }

  #raise(node: SyntaxNode, parts: readonly SyntaxNode[], scope: Scope): never {
    const value = parts[1] && this.#expressions.evaluate(parts[1], scope)
    const raised = value instanceof PyFunction && isExceptionName(value.name) ? new PyObject(value.name, {}) : value
    if (!(raised instanceof PyObject)) throw new NotUnderstood('this raise', node.from)
    const exception = new PyException(raised.typeName, str(raised))
    const said = parts[1]?.name === 'CallExpression' ? childrenOf(childrenOf(parts[1])[1]!).slice(1, -1) : []
    exception.private = said.some((part) => part.name !== 'String')
    throw exception
  }

  #delete(parts: readonly SyntaxNode[], scope: Scope): Completion {
    for (const part of parts.slice(1)) {
      if (part.name === ',') continue
      if (part.name === 'VariableName') scope.delete(this.#text(part))
      else {
        const [container, , index] = childrenOf(part)
        const value = container && this.#expressions.evaluate(container, scope)
        if (!(value instanceof PyDict) || !index) throw new NotUnderstood('this del', part.from)
        value.delete(this.#expressions.evaluate(index, scope))
      }
    }
    return undefined
  }
}

const statementNames: Record<string, string> = {
  ClassDefinition: 'a class',
  DecoratedStatement: 'a decorator',
  MatchStatement: 'match',
}

function containsYield(node: SyntaxNode): boolean {
  const cursor = node.cursor()
  let found = false
  cursor.iterate((inner) => {
    if (inner.name === 'YieldExpression' || inner.name === 'YieldStatement') found = true
    return !found
  })
  return found
}
