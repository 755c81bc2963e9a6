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
  planRestore(options: RestoreOptions): Promise<RestorePlan> {
    return planRestore(this.#env, options)
  }

  /** @returns the files written @throws PiError INTEGRITY, REFUSED, LOCKED, UNAVAILABLE, CONFIG */
  restore(plan: RestorePlan): Promise<string[]> {
    return runRestore(this.#env, plan)
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
