import {isOlder, type Release} from '../types/release.js'
import type {Severity} from '../types/severity.js'

/** The server that a handler is meant for. */
export interface EventServer {
  /** Of privacyIDEA; eduMFA branched off at 3.9. */
  readonly release: Release
  readonly eduMfa: boolean
}

/** Where something of document spec/09 exists; everywhere when empty. */
export interface Existence {
  /** First release of privacyIDEA with it. */
  readonly since?: Release
  /** First release without it. */
  readonly until?: Release
  /** Whether eduMFA has it, when that does not follow from the release it branched off; `only`: nobody else has. */
  readonly eduMfa?: boolean | 'only'
}

/** What is wrong with a value; an `error` fails at run time or never has an effect. */
export interface ValueFault {
  readonly message: string
  readonly severity: Severity
}

/** How a value of an option or condition is written. All of them are texts in the tables (spec/09 §1). */
export interface ValueForm {
  /** In words, e.g. `comma list of networks`. */
  readonly form: string
  /** Closed list of values, for completion; whether another one is wrong is for `check` to say. */
  readonly choices?: readonly string[]
  /** Undefined when the value is sound. */
  check?(text: string, server: EventServer): ValueFault | undefined
}

/** What a value names that must exist in the installation. */
export type Reference =
  | 'smtp-server'
  | 'sms-gateway'
  | 'remote-server'
  | 'realm'
  | 'realms'
  | 'resolver'
  | 'resolvers'
  | 'token-group'
  | 'admin'
  | 'text-file'

/** One option that an action reads. */
export interface EventOption extends Existence {
  readonly name: string
  readonly description: string
  readonly value: ValueForm
  /** The action fails or does nothing without it. */
  readonly required?: boolean
  readonly reference?: Reference
}

/** One thing that a module can do. */
export interface EventAction extends Existence {
  readonly name: string
  readonly description: string
  readonly options: readonly EventOption[]
}

/** The fields of a definition that a module may judge together. */
export interface EventDefinition {
  readonly position: 'pre' | 'post'
  readonly events: readonly string[]
  readonly action: string
  readonly options: Readonly<Record<string, string>>
  readonly conditions: Readonly<Record<string, string>>
}

/**
 * One handler module (spec/09 §8): which actions it has and which options they read. To add one, write a file in
 * `kinds/` and a line in `registry.ts`.
 */
export interface EventHandlerKind extends Existence {
  /** Value of `eventhandler.handlermodule`. */
  readonly name: string
  readonly description: string
  readonly positions: readonly ('pre' | 'post')[]
  readonly actions: readonly EventAction[]
  /** The action is the name of a file; there is one entry in `actions`, which stands for all of them. */
  readonly actionIsFile?: boolean
  /** Whether a differently cased action does nothing; the others are lower-cased first. */
  readonly exactAction?: boolean
  /** What only several fields together tell. */
  check?(definition: EventDefinition, server: EventServer): Iterable<ValueFault>
}

/** Whether something exists on a server. */
export function existsOn({eduMfa, since, until}: Existence, server: EventServer): boolean {
  if (server.eduMfa && eduMfa !== undefined) return eduMfa !== false
  if (eduMfa === 'only') return false

  return !(since && isOlder(server.release, since)) && !(until && !isOlder(server.release, until))
}

export const error = (message: string): ValueFault => ({message, severity: 'error'})
export const warning = (message: string): ValueFault => ({message, severity: 'warning'})
