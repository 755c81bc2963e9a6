import type {EventDefinition, EventServer, Reference} from '../contract.js'
import type {Severity} from '../../types/severity.js'

/** A handler as it stands in the tables, or as it would. */
export interface LintedEvent extends EventDefinition {
  readonly id: number
  /** Unique; where the tables hold one name twice, the later ones have a number behind it. */
  readonly name: string
  /** As it stands in the table. */
  readonly storedName: string
  readonly active: boolean
  readonly ordering: number
  readonly handler: string
}

/** One thing that a rule found. */
export interface EventFinding {
  /** Rule id, e.g. `E004`. */
  rule: string
  severity: Severity
  /** Name of the handler. */
  event: string
  /** The second handler of a pair. */
  other?: string
  message: string
}

/** What the rules need to know of the installation; absent knowledge is not checked. */
export interface EventSurroundings {
  readonly server: EventServer
  /** Names that there are, by what they name. */
  readonly known: Partial<Readonly<Record<Reference, ReadonlySet<string>>>>
  /** Length of the column that holds `POST-EVENT event>>handler:action`. */
  readonly auditActionLength?: number | undefined
  /** Whether a file named by a text can be read. */
  readonly canRead?: (path: string) => boolean
  /** What hinders running a file of the script folder; undefined when nothing does. */
  readonly scriptFault?: (name: string) => string | undefined
}

/** What a rule says of one handler. */
export interface EventFault {
  readonly message: string
  /** When it differs from that of the rule. */
  readonly severity?: Severity
}

/** A rule over one handler. */
export interface EventRule {
  readonly id: string
  readonly severity: Severity
  /** What the rule looks for, for its documentation. */
  readonly title: string
  check(event: LintedEvent, surroundings: EventSurroundings): Iterable<EventFault>
}

/** A rule over two handlers. */
export interface EventPairRule {
  readonly id: string
  readonly severity: Severity
  readonly title: string
  check(first: LintedEvent, second: LintedEvent): Iterable<EventFault>
}
