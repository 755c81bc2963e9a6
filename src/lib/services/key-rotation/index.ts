import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import type {Settings} from '../../config/settings.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {attributesOf, type FileAttributes} from '../../files/durable.js'
import {ahead} from '../../jobs/ahead.js'
import {DatabaseLock} from '../../jobs/lock.js'
import type {SecurityModule} from '../../security-module.js'
import {EncryptedValueRepository} from '../../store/encrypted-values.js'
import {BrokenValuesError, foreignRun} from './errors.js'
import {fingerprintsOf} from './fingerprints.js'
import {readMarker} from './marker.js'
import {makePlan, type Plan} from './plan.js'
import {brokenValue, type BrokenValue} from './quarantine.js'
import {RotationRun, type RotationPorts, type RotationProgress, type RunOptions} from './run.js'
import {isActive, newRunState, readRunState, runStatePath, writeRunState, type RunState} from './run-state.js'
import type {Target} from './target.js'
import {decryptStored, partsOf} from './values.js'

export {BrokenValuesError} from './errors.js'
export type {BrokenValue} from './quarantine.js'
export type {RotationPorts, RotationProgress} from './run.js'
export {parseTarget, type Target} from './target.js'

export interface RotationEnv {
  settings: Settings
  db: Database
  /** Which database, without credentials. */
  databaseName: string
  ports: RotationPorts
  notice: (message: string) => void
  onProgress?: ((progress: RotationProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

export interface RotationOptions {
  graceMs?: number
  quarantine?: boolean
  /** Seconds to wait for another run. */
  waitSeconds?: number
  /** See {@link RunOptions.onStep}. */
  onStep?: RunOptions['onStep']
}

/** What is known of a rotation, without secrets. */
export interface RotationReport {
  runId: string
  phase: RunState['phase']
  startedAt: string
  updatedAt: string
  host: string
  from: string
  to: string
  fingerprints: RunState['fingerprints']
  rewritten: number
  quarantined: number
  quarantineFile?: string
  /** Files with the keys that are no longer used. */
  sealed?: RunState['sealed']
}

export interface RotationPreview {
  /** Encrypted values. */
  values: number
  broken: BrokenValue[]
  from: string
  to: string
  /** Files whose content changes at the end. */
  changes: string[]
  /** Key files that are sealed and removed at the end. */
  removes: string[]
}

/** Changes the keys of an installation: from any module to any module, while it is in use (docs/key-rotation.md). */
export class KeyRotationService {
  readonly #env: RotationEnv

  constructor(env: RotationEnv) {
    this.#env = env
  }

  /**
   * Rotates to new keys.
   * @throws BrokenValuesError when values do not decrypt and `quarantine` is not set; nothing was changed
   * @throws PiError REFUSED (a run is under way), LOCKED, CONFIG, UNAVAILABLE, INTEGRITY, INTERRUPTED
   */
  async start(
    target: Target,
    options: RotationOptions & {newPasswordFile?: string | undefined} = {},
  ): Promise<RotationReport> {
    const {settings, db, ports, databaseName} = this.#env
    const statePath = this.#statePath()
    const present = readRunState(statePath)
    if (present && isActive(present.phase)) throw underWay(present)
    return this.#locked(options, async (checkLock) => {
      const marker = await readMarker(db)
      if (marker) throw foreignRun(marker.host, marker.startedAt)
      const runId = randomBytes(8).toString('hex')
      const plan = makePlan({settings, target, runId, newPasswordFile: options.newPasswordFile})
      const attributes = await this.#attributes(plan)
      refuseExisting(plan)
      const old = await ports.openModule({description: 'the present keys', givenPassword: true})
      const {total, broken, from} = await this.#checkAll(old, checkLock).finally(() => old.close())
      if (broken.length > 0 && !options.quarantine) throw new BrokenValuesError(broken, {underWay: false})
      const state = newRunState({runId, database: databaseName, plan, from})
      await writeRunState(statePath, state, attributes.stateAttributes)
      const run = this.#run(state, attributes, {...options, total, checkLock})
      if (broken.length > 0) await run.addToQuarantine(broken)
      try {
        await run.forward()
      } catch (error) {
        // Nothing was rewritten yet: leave no half-made rotation behind.
        if (state.phase === 'preparing') await run.back().catch(() => {})
        throw error
      }
      return reportOf(state)
    })
  }

  /** What {@link start} would find and do; nothing is changed. @throws PiError as {@link start} */
  async preview(
    target: Target,
    {newPasswordFile}: {newPasswordFile?: string | undefined} = {},
  ): Promise<RotationPreview> {
    const {settings, ports} = this.#env
    const plan = makePlan({settings, target, runId: 'run', newPasswordFile})
    refuseExisting(plan)
    const old = await ports.openModule({description: 'the present keys', givenPassword: true})
    const {total, broken} = await this.#checkAll(old, () => {}).finally(() => old.close())
    return {
      values: total,
      broken,
      from: old.description,
      to: plan.finalTo.description,
      changes: plan.switches.map(({path}) => path),
      removes: plan.retireWhenDone,
    }
  }

  /** Goes on with a run that was cut off. @throws PiError NOT_FOUND, and as {@link start} */
  async resume(options: RotationOptions = {}): Promise<RotationReport> {
    return this.#goOn(options, async (run) => {
      if (run.state.phase.startsWith('abort')) await run.back()
      else await run.forward()
    })
  }

  /** Brings everything back under the old keys. @throws PiError NOT_FOUND, REFUSED (it is complete), and as {@link start} */
  async abort(options: RotationOptions = {}): Promise<RotationReport> {
    return this.#goOn(options, (run) => run.back())
  }

  /** The present run or the last one; undefined when there never was one. @throws PiError CONFIG */
  status(): RotationReport | undefined {
    const state = readRunState(this.#statePath())
    return state && reportOf(state)
  }

  async #goOn(options: RotationOptions, work: (run: RotationRun) => Promise<void>): Promise<RotationReport> {
    const statePath = this.#statePath()
    return this.#locked(options, async (checkLock) => {
      const state = readRunState(statePath)
      if (!state || !isActive(state.phase)) {
        throw new PiError('NOT_FOUND', 'No rotation of the keys is under way.', {hints: ['See enckey rotate --status']})
      }
      if (state.database !== this.#env.databaseName) {
        throw new PiError('REFUSED', `The rotation that is under way is of another database: ${state.database}.`, {
          hints: ['Name that database with --db-uri, or leave --db-uri out'],
        })
      }
      const attributes = await this.#attributes(state.plan)
      await work(this.#run(state, attributes, {...options, checkLock}))
      return reportOf(state)
    })
  }

  #run(
    state: RunState,
    attributes: {stateAttributes: FileAttributes; keyAttributes: FileAttributes},
    {graceMs = 3000, quarantine = false, ...options}: RotationOptions & {total?: number; checkLock: () => void},
  ): RotationRun {
    const {settings, db, ports, notice, onProgress, signal} = this.#env
    return new RotationRun(state, {
      settings,
      db,
      statePath: this.#statePath(),
      ...attributes,
      ports,
      graceMs,
      quarantine,
      total: options.total,
      notice,
      onProgress,
      onStep: options.onStep,
      signal,
      checkLock: options.checkLock,
    })
  }

  /** Every value under the present keys, before anything is changed. */
  async #checkAll(
    old: SecurityModule,
    checkLock: () => void,
  ): Promise<{total: number; broken: BrokenValue[]; from: RunState['fingerprints']['from']}> {
    const {db, onProgress, signal} = this.#env
    const from = await fingerprintsOf(old)
    const broken: BrokenValue[] = []
    let total = 0
    for await (const page of ahead(new EncryptedValueRepository(db).pages())) {
      checkLock()
      if (signal?.aborted) throw new PiError('INTERRUPTED', 'Interrupted; nothing was changed.')
      const fine = await Promise.all(
        page.map(async (value) => {
          const parts = partsOf(value)
          return parts !== undefined && (await decryptStored(old, value, parts)) !== undefined
        }),
      )
      page.forEach((value, at) => fine[at] || broken.push(brokenValue(value)))
      total += page.length
      onProgress?.({stage: 'checking', seen: total, total: undefined, rewritten: 0})
    }
    return {total, broken, from}
  }

  async #locked<R>({waitSeconds = 0}: RotationOptions, work: (checkLock: () => void) => Promise<R>): Promise<R> {
    const lock = await DatabaseLock.acquire(this.#env.db, {name: 'key-rotation', work: 'enckey rotate', waitSeconds})
    try {
      return await work(() => lock.check())
    } finally {
      await lock.release()
    }
  }

  /** Whoever can read the keys or the configuration now can read what the run makes. */
  async #attributes(plan: Plan): Promise<{stateAttributes: FileAttributes; keyAttributes: FileAttributes}> {
    const {settings} = this.#env
    const model = [
      settings.path('PI_ENCFILE'),
      settings.path('PI_HSM_MODULE_ENCFILE'),
      settings.file,
      ...plan.switches.map(({path}) => path),
    ].find((path): path is string => path !== undefined && existsSync(path))
    if (model === undefined) throw new PiError('CONFIG', 'There is neither a key file nor a configuration file.')
    const {mode, ...owner} = await attributesOf(model)
    return {
      stateAttributes: {...owner, mode: 0o600 | (mode & 0o040)},
      keyAttributes: {...owner, mode: 0o400 | (mode & 0o040)},
    }
  }

  #statePath(): string {
    const path = runStatePath(this.#env.settings)
    if (path !== undefined) return path
    throw new PiError('CONFIG', 'There is neither a configuration file nor a key file, so there are no keys to rotate.')
  }
}

function refuseExisting({making}: Plan): void {
  if (!('path' in making) || !existsSync(making.path)) return
  throw new PiError('ALREADY_EXISTS', `The file '${making.path}' exists already.`, {
    hints: ['New keys never overwrite a file; name another one'],
  })
}

function underWay({phase, host, startedAt}: RunState): PiError {
  return new PiError('REFUSED', `A rotation of the keys, begun on ${host} at ${startedAt}, is under way (${phase}).`, {
    hints: ['Go on: enckey rotate --resume', 'Go back to the old keys: enckey rotate --abort'],
  })
}

function reportOf(state: RunState): RotationReport {
  const {runId, phase, startedAt, updatedAt, host, plan, fingerprints, rewritten, quarantined} = state
  return {
    runId,
    phase,
    startedAt,
    updatedAt,
    host,
    from: plan.finalFrom.description,
    to: plan.finalTo.description,
    fingerprints,
    rewritten,
    quarantined,
    ...(state.quarantineFile !== undefined && {quarantineFile: state.quarantineFile}),
    ...(state.sealed && {sealed: state.sealed}),
  }
}
