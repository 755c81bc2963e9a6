import {readdir, stat, statfs} from 'node:fs/promises'
import type {DoctorCheck, DoctorEnv, DoctorLimits, Severity} from '../../doctor/contract.js'
import {doctorChecks} from '../../doctor/registry.js'
import {examine, type CheckReport, type DoctorReport} from '../../doctor/run.js'
import {PiError} from '../../errors.js'

export type {CheckReport, DoctorReport} from '../../doctor/run.js'

/** What `doctor --list` tells of a check. */
export interface CheckFacts {
  id: string
  severity: Severity
  title: string
}

export interface DoctorSelection {
  /** Only these checks. */
  only?: readonly string[]
  /** All but these. */
  skip?: readonly string[]
  onCheck?: (report: CheckReport) => void
}

/** Beyond which numbers something is a fault, unless said otherwise. */
export const defaultLimits: DoctorLimits = {
  auditRows: 1_000_000,
  staleRows: 10_000,
  certificateDays: 30,
  clockSeconds: 5,
  backupDays: 8,
  freeBytes: 200_000_000,
}

/** Looks at the whole installation and changes nothing. */
export class DoctorService {
  readonly #env: DoctorEnv

  constructor(env: DoctorEnv) {
    this.#env = env
  }

  /** Carries out checks. @throws PiError USAGE (no check of that name) */
  async examine({only = [], skip = [], onCheck}: DoctorSelection = {}): Promise<DoctorReport> {
    for (const id of [...only, ...skip]) {
      if (doctorChecks.some((check) => check.id === id)) continue
      throw new PiError('USAGE', `There is no check '${id}'.`, {hints: ['See pi-manage doctor --list']})
    }
    const wanted = (check: DoctorCheck) => (only.length === 0 || only.includes(check.id)) && !skip.includes(check.id)
    return examine(doctorChecks.filter(wanted), this.#env, {...(onCheck && {onCheck})})
  }
}

/** Every check, in the order of the report. */
export function listChecks(): CheckFacts[] {
  return doctorChecks.map(({id, severity, title}) => ({id, severity, title}))
}

/** What the system says of files and folders. */
export const fileSystem: Pick<DoctorEnv, 'fileFacts' | 'freeBytes' | 'listFolder'> = {
  async fileFacts(path) {
    const found = await stat(path).catch(() => undefined)
    return found && {isFolder: found.isDirectory(), mode: found.mode & 0o7777, modifiedAt: found.mtime, uid: found.uid}
  },
  listFolder: (folder) => readdir(folder).catch(() => []),
  async freeBytes(folder) {
    const found = await statfs(folder).catch(() => undefined)
    return found && found.bavail * found.bsize
  },
}
