import type {Settings} from '../config/settings.js'
import type {AuditEntry} from '../types/audit.js'

/** Where audit entries go. */
export interface AuditSink {
  /** Never rejects: an entry that cannot be written is lost, as in the original, with a warning. */
  write(entry: AuditEntry): Promise<void>
  /** Waits for everything that was given so far. */
  close(): Promise<void>
}

/** What a module is opened with. */
export interface AuditEnv {
  settings: Settings
  /** Milliseconds since 1970, UTC. */
  clock: () => number
  warn: (message: string) => void
  /** Writes signed rows into the audit table. @throws PiError UNAVAILABLE, CONFIG */
  openTable: () => Promise<AuditSink>
  /** Opens another module, by the last part of its name. @throws PiError CONFIG */
  open: (module: string) => Promise<AuditSink>
}

/** A module of PI_AUDIT_MODULE (spec/11 §A1). */
export interface AuditKind {
  /** Last part of the module's name. */
  module: string
  open: (env: AuditEnv) => Promise<AuditSink>
}
