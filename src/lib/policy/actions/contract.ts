import type {Release} from '../../types/release.js'

/** How a value is read (spec/07 §6.2): one value of the best priority, all values, or the largest. */
export type Reading = 'unique' | 'multi' | 'max' | 'presence'

/** Against what a policy with this action is matched (spec/07 §10.2). */
export type Variant = 'action_only' | 'no_user' | 'realm' | 'token_owner' | 'admin_or_user' | 'user' | 'session'

/** One action that a policy of a scope may name. */
export interface PolicyAction {
  readonly name: string
  readonly type: 'bool' | 'int' | 'str'
  readonly reading: Reading
  /** The whole text is one value. */
  readonly whiteSpace: boolean
  /** Closed list of values, compared exactly; for multi readings each word. */
  readonly values?: readonly string[]
  /** Inclusive bounds of an integer. */
  readonly range?: readonly [number, number]
  /** First release; absent: 3.8 or older. */
  readonly since?: Release
  /** First release without it. */
  readonly until?: Release
  readonly variant: Variant
  /** May stand without a value although its type is not bool. */
  readonly bare?: boolean
}

type Options = Partial<Omit<PolicyAction, 'name' | 'type'>>

/** A switch: set when named, whatever its value. */
export function flag(name: string, options: Options = {}): PolicyAction {
  return {name, reading: 'presence', type: 'bool', variant: 'user', whiteSpace: false, ...options}
}

/** A whole number. */
export function integer(name: string, options: Options = {}): PolicyAction {
  return {name, reading: 'unique', type: 'int', variant: 'user', whiteSpace: false, ...options}
}

/** One word, of the best priority. */
export function word(name: string, options: Options = {}): PolicyAction {
  return {name, reading: 'unique', type: 'str', variant: 'user', whiteSpace: false, ...options}
}

/** One text that may hold blanks, of the best priority. */
export function text(name: string, options: Options = {}): PolicyAction {
  return {name, reading: 'unique', type: 'str', variant: 'user', whiteSpace: true, ...options}
}

/** Words of all matching policies together. */
export function words(name: string, options: Options = {}): PolicyAction {
  return {name, reading: 'multi', type: 'str', variant: 'user', whiteSpace: false, ...options}
}
