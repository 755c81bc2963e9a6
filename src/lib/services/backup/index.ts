import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Settings} from '../../config/settings.js'
import {createBackup, type CreatedBackup, type CreateOptions} from './create.js'
import {listBackups, pruneBackups, type KeepRules, type ListedBackup, type PrunedBackup} from './list.js'
import {planRestore, runRestore, type RestoreEnv, type RestoreOptions, type RestorePlan} from './restore.js'
import {verifyBackup, type VerifiedBackup, type VerifyOptions} from './verify.js'

export type {CreatedBackup} from './create.js'
export type {ListedBackup, PrunedBackup} from './list.js'
export type {RestorePlan} from './restore.js'
export type {VerifiedBackup} from './verify.js'

interface BackupEnv extends RestoreEnv {
  toolVersion: string
}

/** Backups of an installation: database, configuration, and on wish the keys. */
export class BackupService {
  readonly #env: BackupEnv
  readonly #folders: string[] = []

  constructor(env: BackupEnv) {
    this.#env = env
  }

  /** @throws PiError CONFIG, ALREADY_EXISTS, UNAVAILABLE, INTERRUPTED */
  async create(settings: Settings, options: CreateOptions): Promise<CreatedBackup> {
    const {toolVersion, warn} = this.#env
    return createBackup({settings, toolVersion, warn}, options)
  }

  /** Newest first. @throws PiError NOT_FOUND */
  list(directory: string, now: Date): Promise<ListedBackup[]> {
    return listBackups(directory, now)
  }

  /** @throws PiError INVALID_INPUT, USAGE, INTEGRITY, REFUSED */
  verify(options: VerifyOptions): Promise<VerifiedBackup> {
    return verifyBackup(this.#env, options)
  }

  /** Checks everything and writes nothing. @throws PiError INVALID_INPUT, USAGE, INTEGRITY, CONFIG, REFUSED */
  async planRestore(options: RestoreOptions): Promise<RestorePlan> {
    const folder = await mkdtemp(join(tmpdir(), 'pi-manage-'))
    this.#folders.push(folder)
    return planRestore(this.#env, options, folder)
  }

  /** @returns the files written @throws PiError INTEGRITY, REFUSED, LOCKED, UNAVAILABLE, CONFIG */
  restore(plan: RestorePlan): Promise<string[]> {
    return runRestore(this.#env, plan)
  }

  /** Takes away what a plan needed. */
  async close(): Promise<void> {
    for (const folder of this.#folders.splice(0)) await rm(folder, {force: true, recursive: true})
  }

  /** @throws PiError USAGE, NOT_FOUND, UNAVAILABLE */
  prune(
    directory: string,
    rules: KeepRules,
    options: {dryRun: boolean; now: Date},
  ): Promise<{kept: PrunedBackup[]; removed: PrunedBackup[]}> {
    return pruneBackups(directory, rules, options)
  }
}
