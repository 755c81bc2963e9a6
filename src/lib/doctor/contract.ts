import type {Settings} from '../config/settings.js'
import type {Database} from '../db/database.js'
import type {DatabaseCheck} from '../services/database.js'
import type {PermissionReport} from '../services/permissions.js'
import type {SecurityModule} from '../security-module.js'

/** `error`: something does not work or will be lost; `warning`: it will, or is unsafe; `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note'

/** One thing that is not in order. */
export interface Fault {
  /** What was found, naming the thing; no secrets. */
  message: string
  /** When it differs from that of the check. */
  severity?: Severity
  /** A command or setting that mends it, when it differs from that of the check. */
  mend?: string
}

/** What a check came to. */
export type Outcome =
  | {faults: readonly Fault[]; /** What was looked at, for a check without faults. */ looked: string}
  /** There is nothing here for the check to look at. */
  | {skipped: string}

/** What checks need, each opened on first use and shared by all of them. */
export interface DoctorPorts {
  settings(): Promise<Settings>
  /** The main database, of a recognised schema. */
  database(): Promise<Database>
  auditDatabase(): Promise<Database>
  security(): Promise<SecurityModule>
  schemaCheck(): Promise<DatabaseCheck>
}

/** Names of the ports that everything behind them depends on: what is said about one is said once, by its owner. */
export type PortName = keyof DoctorPorts

/** What a connection to one user store came to. */
export interface StoreTest {
  name: string
  type: string
  ok: boolean
  message: string
}

/** Names of configured servers with what their settings say, secrets in clear. */
export interface ServerSettings {
  name: string
  settings: Readonly<Record<string, unknown>>
}

/** Beyond which numbers something is a fault. */
export interface DoctorLimits {
  /** Rows of the audit table. */
  auditRows: number
  /** Rows that gc would delete. */
  staleRows: number
  /** Days before the end of a certificate. */
  certificateDays: number
  /** Seconds between the clocks of this machine and the database. */
  clockSeconds: number
  /** Age of the newest backup in days. */
  backupDays: number
  /** Free bytes where something is written. */
  freeBytes: number
}

/** What all checks are given. */
export interface DoctorEnv extends DoctorPorts {
  readonly now: Date
  readonly limits: DoctorLimits
  /** Milliseconds that one remote server gets to answer. */
  readonly answerMs: number
  /** Environment variables of this process. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What reading configuration and schema warned about so far. */
  readonly warnings: readonly string[]
  /** Whether the values of one sample of each kind decrypt. */
  encryptionCheck(): Promise<{checked: number; failed: readonly {table: string; column: string; id: number | string}[]}>
  /** What the doctor of security modules says. */
  hsmChecks(): Promise<readonly {id: string; result: string; message: string; fix?: string}[]>
  permissions(): Promise<PermissionReport>
  /** Whether the journal of an unfinished key rotation lies about; its phase. */
  unfinishedRotation(): Promise<string | undefined>
  /** Rows that a sweep of gc would delete, by its name. */
  sweeps(): Promise<readonly {name: string; rows: number}[]>
  /** Findings of the policy rules. */
  policyFindings(): Promise<readonly {rule: string; severity: string; policy: string; message: string}[]>
  /** How many event handlers are active, and what the rules say of these. */
  eventFindings(): Promise<{
    active: number
    findings: readonly {rule: string; severity: string; event: string; message: string}[]
  }>
  /** Asks every user store. */
  testResolvers(): Promise<readonly StoreTest[]>
  /** Objects of a kind of configuration (`smtp-server`, …) with their secrets in clear. */
  servers(kind: string): Promise<readonly ServerSettings[]>
  /** Owner, mode and time of a file or folder; undefined when it is not there. */
  fileFacts(path: string): Promise<FileFacts | undefined>
  /** Names in a folder; none when it is not there. */
  listFolder(folder: string): Promise<readonly string[]>
  /** Free bytes of the file system of a folder; undefined when that cannot be told. */
  freeBytes(folder: string): Promise<number | undefined>
}

/** What the system says of a file. */
export interface FileFacts {
  isFolder: boolean
  /** Permission bits, e.g. `0o640`. */
  mode: number
  uid: number
  modifiedAt: Date
}

/** One check. To add one, write it into a file of `kinds/`; a new file needs a line in `registry.ts`. */
export interface DoctorCheck {
  /** Kebab-case, for `--check` and `--skip`. */
  readonly id: string
  /** What is looked at, in one line. */
  readonly title: string
  /** Of its faults, unless they say otherwise. */
  readonly severity: Severity
  /** A command or setting that mends its faults, unless they say otherwise. */
  readonly mend: string
  /** The port about whose failure this check speaks; the others that need it are skipped then. */
  readonly owns?: PortName
  /** Default 10 seconds. */
  readonly timeoutMs?: number
  /** Only reads. Anything thrown means that the check itself could not be carried out. */
  run(env: DoctorEnv): Promise<Outcome>
}

/** An outcome with faults, or what was looked at. */
export function outcome(looked: string, faults: readonly Fault[]): Outcome {
  return {faults, looked}
}
