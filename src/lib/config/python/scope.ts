import type {Failure} from './failure.js'
import type {Binding, Py} from './values.js'

/** The names of a module, a function call or a comprehension. */
export class Scope {
  readonly names = new Map<string, Binding>()
  readonly parent: Scope | undefined
  /** Names that a `global` statement sends to the module. */
  readonly globalNames = new Set<string>()

  constructor(parent?: Scope) {
    this.parent = parent
  }

  get module(): Scope {
    let scope = this as Scope
    while (scope.parent) scope = scope.parent
    return scope
  }

  find(name: string): Binding | undefined {
    if (this.globalNames.has(name)) return this.module.names.get(name)
    return this.names.get(name) ?? this.parent?.find(name)
  }

  set(name: string, value: Py): void {
    const target = this.globalNames.has(name) ? this.module : this
    target.names.set(name, {value})
  }

  delete(name: string): boolean {
    return (this.globalNames.has(name) ? this.module : this).names.delete(name)
  }

  /** From now on asking for the name tells why it has no value. */
  spoil(name: string, failure: Failure): void {
    this.names.set(name, {failure})
  }
}
