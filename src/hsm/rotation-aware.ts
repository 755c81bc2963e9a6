import {fingerprint} from '../lib/crypto/key-fingerprint.js'
import {decodeUtf8} from '../lib/crypto/encodings.js'
import {encryptAll} from '../lib/crypto/secret-values.js'
import {PiError} from '../lib/errors.js'
import {
  hasAbility,
  type BulkEncrypter,
  type DeviceModule,
  type IvSource,
  type KeyCreator,
  type KeyExporter,
  type KeyImporter,
  type KeySlot,
  type SecurityModule,
} from '../lib/security-module.js'
import {markRandomBytes, RunMark} from '../lib/services/key-rotation/mark.js'
import {
  isActive,
  readRunState,
  runStateStamp,
  writesNew,
  type ModuleRef,
  type RunState,
} from '../lib/services/key-rotation/run-state.js'

const ivBytes = 16

export interface RotationAwareOptions {
  /** Where the state of a run would be. */
  statePath: string
  /** Of the state file before `inner` was opened. */
  stamp: string | undefined
  openModule: (ref: ModuleRef) => Promise<SecurityModule>
}

type View =
  | {kind: 'plain'; stamp: string | undefined; module: SecurityModule}
  | {kind: 'run'; stamp: string | undefined; state: RunState; mark: RunMark; old: LazyModule; new: LazyModule}

/**
 * A security module that takes part in a key rotation which begins or ends while it is open: during the run it reads
 * values of both keys, told apart by the mark in their IVs, and writes where the phase of the run wants it; afterwards it
 * goes on with the keys that the run ended with. Without a run it costs one stat() an operation.
 */
export class RotationAwareModule implements SecurityModule, IvSource, BulkEncrypter {
  readonly createKeys?: KeyCreator['createKeys']
  readonly importKeys?: KeyImporter['importKeys']
  readonly exportKeys?: KeyExporter['exportKeys']
  readonly report?: DeviceModule['report']
  readonly #inner: SecurityModule
  /** What is used when there is no run: `inner`, or what the last run ended with. */
  #current: SecurityModule
  readonly #options: RotationAwareOptions
  readonly #opened = new Map<string, LazyModule>()
  #view: View
  #loading: Promise<void> | undefined

  constructor(inner: SecurityModule, options: RotationAwareOptions) {
    this.#inner = inner
    this.#current = inner
    this.#options = options
    this.#view = {kind: 'plain', stamp: options.stamp, module: inner}
    // A run under way was not looked at yet.
    if (options.stamp !== undefined && isActive(readRunState(options.statePath)?.phase ?? 'done')) {
      this.#view.stamp = undefined
    }
    if (hasAbility<KeyCreator>(inner, 'createKeys')) this.createKeys = (labels) => inner.createKeys(labels)
    if (hasAbility<KeyImporter>(inner, 'importKeys')) this.importKeys = (keys, labels) => inner.importKeys(keys, labels)
    if (hasAbility<KeyExporter>(inner, 'exportKeys')) this.exportKeys = () => inner.exportKeys()
    if (hasAbility<DeviceModule>(inner, 'report')) this.report = () => inner.report()
  }

  get description(): string {
    return this.#current.description
  }

  async encrypt(slot: KeySlot, plaintext: Uint8Array, iv: Uint8Array): Promise<Buffer> {
    const view = await this.#look()
    if (view.kind === 'plain') return view.module.encrypt(slot, plaintext, iv)
    const isMarked = view.mark.isMarked(iv)
    // What is written after the last sweep must not need one.
    if (view.state.phase === (isMarked ? 'abort-closing' : 'closing')) {
      throw new PiError('UNAVAILABLE', 'A rotation of the keys is coming to its end.', {
        hints: ['Try again in some seconds'],
      })
    }
    return (await (isMarked ? view.new : view.old).get()).encrypt(slot, plaintext, iv)
  }

  async encryptAll(slot: KeySlot, plaintexts: readonly Uint8Array[], ivs: Buffer): Promise<Buffer[]> {
    const view = await this.#look()
    if (view.kind === 'plain') return encryptAll(view.module, slot, plaintexts, ivs)
    return Promise.all(
      plaintexts.map((plaintext, at) => this.encrypt(slot, plaintext, ivs.subarray(at * ivBytes, (at + 1) * ivBytes))),
    )
  }

  async decrypt(slot: KeySlot, ciphertext: Uint8Array, iv: Uint8Array): Promise<Buffer> {
    const view = await this.#look()
    if (view.kind === 'plain') return view.module.decrypt(slot, ciphertext, iv)
    if (view.mark.isMarked(iv)) return (await view.new.get()).decrypt(slot, ciphertext, iv)
    const old = await view.old.get()
    if (view.state.phase !== 'closing') return old.decrypt(slot, ciphertext, iv)
    return decryptAfterSwitch(old, view.new, slot, ciphertext, iv)
  }

  async random(length: number): Promise<Buffer> {
    await this.#look()
    return this.#current.random(length)
  }

  async newIvs(count: number): Promise<Buffer> {
    const view = await this.#look()
    if (view.kind === 'plain') return view.module.random(count * ivBytes)
    if (!writesNew(view.state.phase)) return this.#current.random(count * ivBytes)
    return view.mark.make(await this.#current.random(markRandomBytes(count)))
  }

  async close(): Promise<void> {
    await this.#inner.close()
    for (const module of this.#opened.values()) await module.close()
  }

  #look(): View | Promise<View> {
    const stamp = runStateStamp(this.#options.statePath)
    return stamp === this.#view.stamp ? this.#view : this.#lookAnew()
  }

  /** Until the view is that of the file as it is now: a caller must not get the phase before. */
  async #lookAnew(): Promise<View> {
    for (;;) {
      const stamp = runStateStamp(this.#options.statePath)
      if (stamp === this.#view.stamp) return this.#view
      await (this.#loading ??= this.#load(stamp).finally(() => {
        this.#loading = undefined
      }))
    }
  }

  async #load(stamp: string | undefined): Promise<void> {
    this.#view = await this.#viewOf(readRunState(this.#options.statePath), stamp)
  }

  async #viewOf(state: RunState | undefined, stamp: string | undefined): Promise<View> {
    const now = this.#current
    const keep: View = {kind: 'plain', stamp, module: now}
    if (!state || state.phase === 'preparing') return keep
    const own = await belongsTo(now, state)
    // Another key than those of the run, e.g. given with --enckey.
    if (!own) return keep
    const sides = {
      from: own === 'from' ? LazyModule.of(now) : this.#lazy(state.runId, 'from', state.plan.from),
      to: own === 'to' ? LazyModule.of(now) : this.#lazy(state.runId, 'to', state.plan.to),
    }
    if (state.phase === 'done' || state.phase === 'finishing')
      return this.#settled(stamp, own === 'to', sides.to, state.plan.finalTo, state)
    if (state.phase === 'aborted' || state.phase === 'abort-finishing') {
      return this.#settled(stamp, own === 'from', sides.from, state.plan.finalFrom, state)
    }
    return {
      kind: 'run',
      stamp,
      state,
      mark: new RunMark(Buffer.from(state.markKey, 'hex')),
      old: sides.from,
      new: sides.to,
    }
  }

  /** The run is over: the module opened for it goes on, or is opened now under its final name. */
  async #settled(
    stamp: string | undefined,
    isOwn: boolean,
    side: LazyModule,
    final: ModuleRef,
    state: RunState,
  ): Promise<View> {
    this.#current = await (isOwn || side.isOpen ? side : this.#lazy(state.runId, 'final', final)).get()
    return {kind: 'plain', stamp, module: this.#current}
  }

  #lazy(runId: string, side: string, ref: ModuleRef): LazyModule {
    const key = `${runId} ${side}`
    const known = this.#opened.get(key) ?? new LazyModule(() => this.#options.openModule(ref))
    this.#opened.set(key, known)
    return known
  }
}

/** Opened with its first use; a failure is not remembered. */
class LazyModule {
  readonly #open: () => Promise<SecurityModule>
  #module: Promise<SecurityModule> | undefined
  #isOpen = false

  constructor(open: () => Promise<SecurityModule>) {
    this.#open = open
  }

  static of(module: SecurityModule): LazyModule {
    return new LazyModule(async () => module)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get(): Promise<SecurityModule> {
    this.#module ??= this.#open().then(
      (module) => {
        this.#isOpen = true
        return module
      },
      (error: unknown) => {
        this.#module = undefined
        throw error
      },
    )
    return this.#module
  }

  async close(): Promise<void> {
    await (await this.#module?.catch(() => undefined))?.close()
  }
}

/** Which side of a run a module is on; undefined for neither. */
async function belongsTo(module: SecurityModule, {fingerprints}: RunState): Promise<'from' | 'to' | undefined> {
  for (const slot of ['token', 'config'] as const) {
    const {from, to} = fingerprints
    if (from[slot] === null || to[slot] === null) continue
    const own = await fingerprint(module, slot)
    if (own === from[slot]) return 'from'
    if (own === to[slot]) return 'to'
    return undefined
  }
  return undefined
}

/**
 * A value without mark after the switch: read before it and still under way, or written by an original server that was
 * started again too early. Almost everything stored is text, which another key gives by chance once in millions of times.
 */
async function decryptAfterSwitch(
  old: SecurityModule,
  next: LazyModule,
  slot: KeySlot,
  ciphertext: Uint8Array,
  iv: Uint8Array,
): Promise<Buffer> {
  const underOld = await attempt(old.decrypt(slot, ciphertext, iv))
  if (!(underOld instanceof PiError) && decodeUtf8(underOld) !== undefined) return underOld
  const underNew = await attempt((await next.get()).decrypt(slot, ciphertext, iv))
  if (!(underNew instanceof PiError)) return underNew
  // The secret of a vasco token is no text.
  if (underOld instanceof PiError) throw underOld
  return underOld
}

/** What was decrypted, or that it was not. @throws PiError UNAVAILABLE, CONFIG */
async function attempt(decrypting: Promise<Buffer>): Promise<Buffer | PiError> {
  try {
    return await decrypting
  } catch (error) {
    if (error instanceof PiError && error.code === 'INTEGRITY') return error
    throw error
  }
}
