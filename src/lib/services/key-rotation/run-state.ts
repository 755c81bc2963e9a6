import {readFileSync, statSync} from 'node:fs'
import {hostname} from 'node:os'
import type {Settings, SettingValue} from '../../config/settings.js'
import {PiError, reasonOf} from '../../errors.js'
import {replaceFile, type FileAttributes} from '../../files/durable.js'
import type {KeySlot} from '../../security-module.js'
import {RunMark} from './mark.js'
import type {Plan} from './plan.js'

/**
 * `preparing` – nothing is rewritten yet;
 * `rewriting` – values go over to the new keys, everybody who takes part writes under these;
 * `closing` – key file or configuration are switched, stragglers are looked for;
 * `finishing` – only the new keys are needed, the rest is tidied up; `done`;
 * `aborting`, `abort-closing`, `abort-finishing`, `aborted` – the same way back.
 */
export type Phase =
  | 'preparing'
  | 'rewriting'
  | 'closing'
  | 'finishing'
  | 'done'
  | 'aborting'
  | 'abort-closing'
  | 'abort-finishing'
  | 'aborted'

/** How a module is opened, without any secret. */
export interface ModuleRef {
  /** For messages. */
  description: string
  /** Configuration file whose settings count; the installation's when left out. */
  configFile?: string
  /** Settings of the module (PI_HSM_MODULE…, PI_ENCFILE) that replace those of the configuration file. */
  settings?: Record<string, SettingValue>
  /** File with the password of the key file or the PIN. */
  passwordFile?: string
  /** Its password is the one that was given for the installation's module. */
  givenPassword?: boolean
}

export type Fingerprints = Record<KeySlot, string | null>

/** What is to be switched at the end: `path` becomes what `next` is; `previous` is what it was. */
export interface FileSwitch {
  path: string
  next: string
  previous: string
}

/**
 * The journal of a rotation. It is written before the first value changes and replaced as a whole with every phase, so
 * that a crash leaves one or the other; which key a value is under is told by `markKey` and the value itself.
 */
export interface RunState {
  format: 1
  runId: string
  phase: Phase
  /** ISO 8601, UTC. */
  startedAt: string
  updatedAt: string
  host: string
  /** Which database, without credentials. */
  database: string
  /** Key of the mark in the IVs (see mark.ts), hex. */
  markKey: string
  /** Modules, files and configuration. */
  plan: Plan
  fingerprints: {from: Fingerprints; to: Fingerprints}
  /** When the first value was rewritten at the earliest: seconds by the clock of the database. */
  rewritingSince?: number
  /** Where the keys that are no longer used are kept, sealed; absent when they never left a device. */
  sealed?: {old?: string; new?: string}
  /** Values that do not decrypt, left as they were (`--quarantine`): file of JSON lines. */
  quarantineFile?: string
  quarantined: number
  rewritten: number
}

/**
 * Where the state of a run lies: beside the configuration file, because that stays when key file and module change; without
 * one, beside the key file.
 * @returns undefined for an installation that has neither
 */
export function runStatePath(settings: Settings): string | undefined {
  const base = settings.file ?? settings.path('PI_ENCFILE')
  return base === undefined ? undefined : `${base}.key-rotation`
}

/** Changes with every change of the file; undefined without one. Synchronous and cheap: it is asked with every operation. */
export function runStateStamp(path: string): string | undefined {
  const found = statSync(path, {throwIfNoEntry: false, bigint: true})
  return found && `${found.ino}:${found.mtimeNs}:${found.size}`
}

/**
 * @returns undefined when there never was a run
 * @throws PiError CONFIG (unreadable, no state)
 */
export function readRunState(path: string): RunState | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new PiError('CONFIG', `The state of the key rotation, ${path}, cannot be read: ${reasonOf(error)}`, {
      hints: ['Every program that uses the keys must be able to read it'],
      cause: error,
    })
  }
  try {
    const state = JSON.parse(text) as RunState
    if (state.format === 1 && typeof state.runId === 'string' && typeof state.markKey === 'string') return state
  } catch {
    // Reported below: the file is replaced as a whole, so this is no half-written one.
  }
  throw new PiError('CONFIG', `${path} is no state of a key rotation that this version understands.`)
}

/** Makes a new state durable before it returns. @throws PiError CONFIG */
export async function writeRunState(path: string, state: RunState, attributes: FileAttributes): Promise<void> {
  state.updatedAt = new Date().toISOString()
  await replaceFile(path, `${JSON.stringify(state, undefined, 2)}\n`, attributes)
}

/** Whether values of two keys may be in the database. */
export function isActive(phase: Phase): boolean {
  return phase !== 'done' && phase !== 'aborted'
}

/** Whether new values belong under the new keys. */
export function writesNew(phase: Phase): boolean {
  return phase === 'rewriting' || phase === 'closing'
}

/** A new state, before anything was made. */
export function newRunState(
  given: Pick<RunState, 'runId' | 'database' | 'plan'> & {from: RunState['fingerprints']['from']},
): RunState {
  const {from, ...rest} = given
  const now = new Date().toISOString()
  return {
    format: 1,
    ...rest,
    phase: 'preparing',
    startedAt: now,
    updatedAt: now,
    host: hostname(),
    markKey: RunMark.newKey().toString('hex'),
    fingerprints: {from, to: {token: null, config: null, value: null}},
    quarantined: 0,
    rewritten: 0,
  }
}
