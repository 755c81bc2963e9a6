import {PiError, reasonOf} from '../errors.js'
import type {DoctorCheck, DoctorEnv, DoctorPorts, Fault, Outcome, PortName, Severity} from './contract.js'

/** What became of a check: `failed` when it could not be carried out, `skipped` when there was nothing to look at. */
export type CheckStatus = 'ok' | 'fault' | 'failed' | 'skipped'

/** One line of the report. */
export interface CheckReport {
  id: string
  /** The worst of its faults; of a check without faults, what they would be. */
  severity: Severity
  status: CheckStatus
  message: string
  /** A command or setting that mends it. */
  mend?: string
  /** Every fault, when there are several. */
  findings?: {severity: Severity; message: string; mend: string}[]
}

export interface DoctorReport {
  checks: CheckReport[]
  summary: {
    /** Checks without faults. */
    ok: number
    skipped: number
    /** Faults by severity; a check that could not be carried out is a warning. */
    errors: number
    warnings: number
    notes: number
  }
}

export interface ExamineOptions {
  /** Checks at a time. */
  concurrency?: number
  /** Instead of that of each check. */
  timeoutMs?: number
  /** Told after each check. */
  onCheck?: (report: CheckReport) => void
}

const ranks: Record<Severity, number> = {error: 0, warning: 1, note: 2}
const defaultTimeoutMs = 10_000

/** Something that a check needs is not to be had; another check, which owns it, says why. */
class PortFailure extends Error {
  readonly port: PortName
  readonly reason: unknown

  constructor(port: PortName, reason: unknown) {
    super(reasonOf(reason))
    this.port = port
    this.reason = reason
  }
}

/** Runs checks beside each other, each with its own time limit; none can stop another. Reports are in their order. */
export async function examine(
  checks: readonly DoctorCheck[],
  given: DoctorEnv,
  {concurrency = 8, timeoutMs, onCheck = () => {}}: ExamineOptions = {},
): Promise<DoctorReport> {
  const env = {...given, ...guarded(given, timeoutMs ?? defaultTimeoutMs - 1000)}
  const reports: CheckReport[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < checks.length; at = next++) {
      const check = checks[at]!
      const report = await examineOne(check, env, timeoutMs ?? check.timeoutMs ?? defaultTimeoutMs)
      reports[at] = report
      onCheck(report)
    }
  }
  await Promise.all(Array.from({length: concurrency}, lane))
  return {checks: reports, summary: summaryOf(reports)}
}

async function examineOne(check: DoctorCheck, env: DoctorEnv, timeoutMs: number): Promise<CheckReport> {
  const {id, severity, mend} = check
  try {
    const result = await within(timeoutMs, check.run(env), () => 'it took too long')
    return reportOf(check, result)
  } catch (error) {
    if (error instanceof PortFailure) {
      if (error.port !== check.owns)
        return {id, severity, status: 'skipped', message: `Needs what failed: ${error.port}.`}
      const hints = error.reason instanceof PiError ? error.reason.hints.join('; ') : ''
      return {id, severity, status: 'fault', message: error.message, mend: hints || mend}
    }
    return {id, severity: 'warning', status: 'failed', message: `Could not be checked: ${textOf(error)}`, mend}
  }
}

/** A defect's message may name SQL or values; a foreseen failure's does not. */
function textOf(error: unknown): string {
  return error instanceof PiError ? error.message : reasonOf(error).split('\n', 1)[0]!.slice(0, 200)
}

function reportOf({id, mend, severity}: DoctorCheck, result: Outcome): CheckReport {
  if ('skipped' in result) return {id, severity, status: 'skipped', message: result.skipped}
  const findings = result.faults
    .map((fault: Fault) => ({severity: fault.severity ?? severity, message: fault.message, mend: fault.mend ?? mend}))
    .sort((one, other) => ranks[one.severity] - ranks[other.severity])
  const [worst, ...more] = findings
  if (!worst) return {id, severity, status: 'ok', message: result.looked}
  return {id, status: 'fault', ...worst, ...(more.length > 0 && {findings})}
}

function summaryOf(reports: readonly CheckReport[]): DoctorReport['summary'] {
  const summary = {ok: 0, skipped: 0, errors: 0, warnings: 0, notes: 0}
  for (const report of reports) {
    if (report.status === 'ok' || report.status === 'skipped') summary[report.status]++
    else for (const {severity} of report.findings ?? [report]) summary[`${severity}s`]++
  }
  return summary
}

/** Ports that are asked once, within the time of one check, and whose failures are told apart from those of a check. */
function guarded(ports: DoctorPorts, timeoutMs: number): DoctorPorts {
  const known = new Map<PortName, Promise<unknown>>()
  const guard = <R>(port: PortName, open: () => Promise<R>) => {
    return (): Promise<R> => {
      let opened = known.get(port) as Promise<R> | undefined
      if (!opened) {
        opened = within(timeoutMs, open(), () => 'it does not answer in time').catch((error: unknown) => {
          throw error instanceof PortFailure ? error : new PortFailure(port, error)
        })
        opened.catch(() => {})
        known.set(port, opened)
      }
      return opened
    }
  }
  const settings = guard('settings', () => ports.settings())
  const database = guard('database', async () => {
    await settings()
    return ports.database()
  })
  const behind = <R>(port: PortName, open: () => Promise<R>) =>
    guard(port, async () => {
      await database()
      return open()
    })
  return {
    settings,
    database,
    auditDatabase: guard('auditDatabase', async () => {
      if (!(await settings()).text('PI_AUDIT_SQL_URI')) await database()
      return ports.auditDatabase()
    }),
    security: guard('security', async () => {
      await settings()
      return ports.security()
    }),
    schemaCheck: behind('schemaCheck', () => ports.schemaCheck()),
  }
}

async function within<R>(timeoutMs: number, work: Promise<R>, reason: () => string): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new PiError('UNAVAILABLE', `${reason()} (${(timeoutMs / 1000).toFixed(0)} s).`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
