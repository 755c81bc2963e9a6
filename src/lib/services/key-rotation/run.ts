import {readFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {editConfig} from '../../config/edit.js'
import type {Settings} from '../../config/settings.js'
import {databaseSeconds} from '../../db/clock.js'
import type {Database} from '../../db/database.js'
import {writersSince} from '../../db/open-transactions.js'
import {PiError} from '../../errors.js'
import {
  attributesOf,
  removeFile,
  replaceByName,
  secondName,
  writeNewFile,
  type FileAttributes,
} from '../../files/durable.js'
import {hasAbility, type KeyExporter, type SecurityModule} from '../../security-module.js'
import {RunMark} from './mark.js'
import {putMarker, removeMarker} from './marker.js'
import {differ, fingerprintsOf} from './fingerprints.js'
import type {KeyMaking} from './plan.js'
import {BrokenValuesError, foreignRun} from './errors.js'
import {Quarantine, type BrokenValue} from './quarantine.js'
import {writeRunState, type ModuleRef, type Phase, type RunState} from './run-state.js'
import {sealKeys} from './seal.js'
import {sweep, type SweepOptions, type SweepResult} from './sweep.js'

/** What a run needs of the layers above. */
export interface RotationPorts {
  openModule: (ref: ModuleRef) => Promise<SecurityModule>
  makeKeys: (making: KeyMaking, to: ModuleRef, attributes: FileAttributes) => Promise<void>
  /** Writes an audit row. */
  audit: (action: string, info: string) => Promise<void>
}

export type RotationStage = 'checking' | 'rewriting' | 'verifying' | 'closing' | 'going back'

export interface RotationProgress {
  stage: RotationStage
  /** Values looked at in this stage. */
  seen: number
  /** All values, when they were counted. */
  total: number | undefined
  rewritten: number
}

export interface RunOptions {
  settings: Settings
  db: Database
  statePath: string
  stateAttributes: FileAttributes
  keyAttributes: FileAttributes
  ports: RotationPorts
  /** Time for what is under way elsewhere to end, in milliseconds. */
  graceMs: number
  /** Go on when values turn up that cannot be decrypted, and leave these as they are. */
  quarantine: boolean
  total?: number | undefined
  notice: (message: string) => void
  onProgress?: ((progress: RotationProgress) => void) | undefined
  /** Told before each step; what it throws ends the run there, as a crash would. */
  onStep?: ((step: string) => void | Promise<void>) | undefined
  signal?: AbortSignal | undefined
  /** @throws PiError LOCKED when the lock was lost */
  checkLock: () => void
}

/** One rotation from its first file to its last, from whatever point it stands at. */
export class RotationRun {
  readonly #state: RunState
  readonly #options: RunOptions
  readonly #mark: RunMark
  readonly #modules: SecurityModule[] = []
  #quarantine = new Quarantine()

  constructor(state: RunState, options: RunOptions) {
    this.#state = state
    this.#options = options
    this.#mark = new RunMark(Buffer.from(state.markKey, 'hex'))
  }

  get state(): RunState {
    return this.#state
  }

  /** Goes on to the end. @throws PiError INTERRUPTED, INTEGRITY, UNAVAILABLE; the run can be resumed or aborted then */
  async forward(): Promise<void> {
    await this.#guarded(async () => {
      if (this.#state.phase === 'preparing') await this.#prepare()
      const modules = await this.#openBoth('finishing')
      if (this.#state.phase === 'rewriting') {
        await this.#sweepUntilClean(modules, 'forward', 'rewriting')
        await this.#switchForward()
        await this.#enter('closing')
      }
      if (this.#state.phase === 'closing') {
        await this.#close(modules, {direction: 'forward', verify: false, switched: true})
        await this.#seal('old', modules.from, modules.to)
        await this.#enter('finishing')
      }
      await this.#tidyUp('done')
    })
  }

  /** Goes back to the old keys. @throws PiError REFUSED when it is too late */
  async back(): Promise<void> {
    await this.#guarded(async () => {
      const {phase} = this.#state
      if (phase === 'finishing' || phase === 'done') {
        throw new PiError('REFUSED', 'This rotation is complete: nothing uses the old keys any more.', {
          hints: ['Rotate again to go to other keys'],
        })
      }
      if (phase === 'preparing') {
        await this.#tidyUp('aborted')
        return
      }
      if (phase === 'rewriting' || phase === 'closing') await this.#enter('aborting')
      const modules = await this.#openBoth('abort-finishing')
      if (this.#state.phase === 'aborting') {
        await this.#sweepUntilClean(modules, 'back', 'going back')
        await this.#switchBack()
        await this.#enter('abort-closing')
      }
      if (this.#state.phase === 'abort-closing') {
        await this.#close(modules, {direction: 'back', verify: false})
        await this.#seal('new', modules.to, modules.from)
        await this.#enter('abort-finishing')
      }
      await this.#tidyUp('aborted')
    })
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    const {quarantineFile} = this.#state
    if (quarantineFile !== undefined) this.#quarantine = await Quarantine.load(quarantineFile)
    try {
      await work()
    } finally {
      for (const module of this.#modules.splice(0)) await module.close()
    }
  }

  /** Keys, files and configuration of the end are made; nothing that is in use changes. Can be repeated. */
  async #prepare(): Promise<void> {
    const {plan, fingerprints, runId, startedAt, host} = this.#state
    const {ports, db, keyAttributes} = this.#options
    await this.#step('prepare')
    for (const {path, previous} of plan.switches) await secondName(path, previous)
    if (plan.configEdit) await this.#makeConfiguration(plan.configEdit.file)
    if ('path' in plan.making) await removeFile(plan.making.path)
    await this.#step('make keys')
    await ports.makeKeys(plan.making, plan.to, keyAttributes)
    await this.#step('keys made')
    const to = await this.#open(plan.to)
    fingerprints.to = await fingerprintsOf(to)
    if (!differ(fingerprints.from, fingerprints.to)) {
      throw new PiError('REFUSED', 'The new keys are the present ones.', {hints: ['Name other keys with --to']})
    }
    const other = await putMarker(db, {runId, host, startedAt})
    if (other) throw foreignRun(other.host, other.startedAt)
    this.#state.rewritingSince = await databaseSeconds(db)
    await this.#enter('rewriting')
  }

  async #makeConfiguration(file: string): Promise<void> {
    const {plan} = this.#state
    const next = plan.switches.find(({path}) => path === file)?.next
    if (!plan.configEdit || next === undefined) return
    await removeFile(next)
    await writeNewFile(next, editConfig(await readFile(file), plan.configEdit), await attributesOf(file))
    const settings = await this.#options.settings.at?.(next)
    for (const [name, value] of Object.entries(plan.configEdit.set)) {
      if (typeof value === 'object' || settings?.get(name.replace(/^EDUMFA_/, 'PI_')) === value) continue
      throw new PiError('CONFIG', `The setting ${name} would not have the wanted value after a change of ${file}.`, {
        hints: ['Is it set in the environment, too?'],
      })
    }
  }

  /** Brings values over until none is left, then decrypts every one under the keys where it should be. */
  async #sweepUntilClean(
    modules: {from: SecurityModule; to: SecurityModule},
    direction: SweepOptions['direction'],
    stage: RotationStage,
  ): Promise<void> {
    await this.#sweep(modules, {direction, verify: false}, stage)
    for (;;) {
      const {rewritten, overtaken} = await this.#sweep(modules, {direction, verify: true}, 'verifying')
      if (rewritten === 0 && overtaken === 0) return
    }
  }

  /** After the switch: waits for what was under way, and looks again until nothing has come in. */
  async #close(modules: {from: SecurityModule; to: SecurityModule}, options: SweepOptions): Promise<void> {
    for (;;) {
      await sleep(this.#options.graceMs, undefined, {signal: this.#options.signal}).catch(() => {})
      await this.#waitForWriters()
      const {rewritten, overtaken} = await this.#sweep(modules, options, 'closing')
      if (rewritten === 0 && overtaken === 0) return
    }
  }

  async #sweep(
    {from, to}: {from: SecurityModule; to: SecurityModule},
    options: SweepOptions,
    stage: RotationStage,
  ): Promise<SweepResult> {
    const {db, onProgress, total, signal, checkLock} = this.#options
    await this.#step(`sweep ${options.direction}${options.verify ? ' and verify' : ''}`)
    const progress: RotationProgress = {stage, seen: 0, rewritten: 0, total}
    const result = await sweep(
      {
        db,
        from,
        to,
        mark: this.#mark,
        quarantine: this.#quarantine,
        signal,
        onPage: (seen, rewritten) => {
          checkLock()
          progress.seen += seen
          progress.rewritten += rewritten
          onProgress?.({...progress})
        },
      },
      options,
    )
    this.#state.rewritten += options.direction === 'forward' ? result.rewritten : 0
    if (result.broken.length > 0) await this.#quarantineAll(result.broken)
    return result
  }

  async #quarantineAll(broken: readonly BrokenValue[]): Promise<void> {
    const {quarantine} = this.#options
    if (!quarantine) throw new BrokenValuesError(broken, {underWay: true})
    await this.addToQuarantine(broken)
  }

  /** Leaves these values as they are now. */
  async addToQuarantine(broken: readonly BrokenValue[]): Promise<void> {
    const {db, statePath, stateAttributes} = this.#options
    await this.#quarantine.collect(db, broken)
    const file = `${statePath}.quarantine`
    await this.#quarantine.save(file, stateAttributes)
    this.#state.quarantineFile = file
    this.#state.quarantined = this.#quarantine.size
    await writeRunState(statePath, this.#state, stateAttributes)
  }

  /** Old transactions may still bring in values that they encrypted before the run. */
  async #waitForWriters(): Promise<void> {
    const {db, notice, signal} = this.#options
    const {rewritingSince} = this.#state
    if (rewritingSince === undefined) return
    for (let waited = 0; ; waited++) {
      const writers = await writersSince(db, rewritingSince)
      if (!writers || signal?.aborted) return
      if (waited === 0) notice(`Waiting for ${writers} transactions that were open before the rotation began.`)
      await sleep(1000)
    }
  }

  async #switchForward(): Promise<void> {
    for (const {path, next, previous} of this.#state.plan.switches) {
      if (await sameContent(path, next)) continue
      if (!(await sameContent(path, previous))) {
        throw new PiError(
          'REFUSED',
          `${path} was changed while the rotation was under way, and would be overwritten.`,
          {
            hints: [
              `Put it back as it was: cp ${previous} ${path}`,
              'Then go on with enckey rotate --resume, and repeat the change',
            ],
          },
        )
      }
      await this.#step(`switch ${path}`)
      await replaceByName(next, path)
    }
  }

  async #switchBack(): Promise<void> {
    for (const {path, previous} of this.#state.plan.switches) {
      if (await sameContent(path, previous)) continue
      await this.#step(`switch back ${path}`)
      await replaceByName(previous, path)
    }
  }

  /** Keys in files are kept, encrypted by those that are used from now on. */
  async #seal(which: 'old' | 'new', module: SecurityModule, by: SecurityModule): Promise<void> {
    if (!hasAbility<KeyExporter>(module, 'exportKeys')) return
    const {runId, fingerprints, plan} = this.#state
    const base = plan.switches[0]?.path ?? this.#options.statePath
    const sealedFingerprint = (which === 'old' ? fingerprints.from : fingerprints.to).token ?? 'none'
    const path = `${base}.${which}-${sealedFingerprint}-${runId}.sealed`
    await this.#step(`seal ${which} keys`)
    const keys = module.exportKeys()
    try {
      await sealKeys(path, keys, by, {
        runId,
        sealedFingerprint,
        attributes: {...this.#options.keyAttributes, mode: 0o400},
      })
    } catch (error) {
      // Sealed before a crash.
      if (!(error instanceof PiError) || error.code !== 'ALREADY_EXISTS') throw error
    } finally {
      keys.fill(0)
    }
    this.#state.sealed = {...this.#state.sealed, [which]: path}
  }

  async #tidyUp(end: 'done' | 'aborted'): Promise<void> {
    const {plan, runId, rewritten, quarantined} = this.#state
    const {db, ports} = this.#options
    await this.#step('tidy up')
    if (this.#state.rewritingSince !== undefined) {
      // The column has 50 characters.
      const left = quarantined > 0 ? `, ${quarantined} left` : ''
      await ports.audit(
        end === 'done' ? 'CLI enckey rotate' : 'CLI enckey rotate --abort',
        `${rewritten} values${left}, run ${runId}`,
      )
    }
    await removeMarker(db, runId)
    for (const file of end === 'done' ? plan.retireWhenDone : plan.retireWhenAborted) await removeFile(file)
    for (const file of plan.temporaryFiles) await removeFile(file)
    await this.#enter(end)
  }

  /** @param unless the phase from which on only one of them is needed */
  async #openBoth(unless: Phase): Promise<{from: SecurityModule; to: SecurityModule}> {
    const {plan, phase, fingerprints} = this.#state
    if (phase === unless) return {from: nobody, to: nobody}
    const from = await this.#open(plan.from)
    const to = await this.#open(plan.to)
    for (const [module, expected] of [
      [from, fingerprints.from],
      [to, fingerprints.to],
    ] as const) {
      if (!differ(await fingerprintsOf(module), expected)) continue
      throw new PiError('INTEGRITY', `The ${module.description} holds other keys than when the rotation began.`)
    }
    return {from, to}
  }

  async #open(ref: ModuleRef): Promise<SecurityModule> {
    const module = await this.#options.ports.openModule(ref)
    this.#modules.push(module)
    return module
  }

  async #enter(phase: Phase): Promise<void> {
    await this.#step(`enter ${phase}`)
    this.#state.phase = phase
    await writeRunState(this.#options.statePath, this.#state, this.#options.stateAttributes)
    await this.#step(`entered ${phase}`)
  }

  async #step(name: string): Promise<void> {
    if (this.#options.signal?.aborted) throw new PiError('INTERRUPTED', 'Interrupted.')
    await this.#options.onStep?.(name)
  }
}

/** A stand-in where no module is needed any more. */
const nobody: SecurityModule = {
  description: 'no module',
  encrypt: () => Promise.reject(new PiError('INTERNAL', 'No module is open.')),
  decrypt: () => Promise.reject(new PiError('INTERNAL', 'No module is open.')),
  random: () => Promise.reject(new PiError('INTERNAL', 'No module is open.')),
  close: () => Promise.resolve(),
}

async function sameContent(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([readFile(one), readFile(other)])
  return first.equals(second)
}
