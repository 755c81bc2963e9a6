import {Flags, type Command} from '@oclif/core'
import {collectGarbage, type SweepResult} from '../lib/services/gc/run.js'
import type {SweepAges} from '../lib/services/gc/sweeps.js'
import {PiError} from '../lib/errors.js'
import {AppCommand} from './app-command.js'
import {dryRun} from './flags/dry-run.js'

/** The flags of commands that run one sweep of `gc`. */
export const sweepFlags = {
  'dry-run': dryRun,
  'chunk-size': Flags.integer({
    aliases: ['chunksize'],
    default: 1000,
    description: 'rows a transaction',
    env: 'PI_MANAGE_CHUNK_SIZE',
    min: 1,
    max: 10_000,
  }),
}

/** The `--json` document of such a command. */
export interface SweepDocument {
  deleted: number
  dryRun?: true
}

/** Commands that run one sweep of `gc`, under the names that the originals have for them. */
export abstract class SweepCommand<T extends typeof Command> extends AppCommand<T> {
  /**
   * @returns what the sweep did
   * @throws PiError CONFIG when this schema has no such table
   */
  protected async sweep(name: string, ages: SweepAges = {}): Promise<SweepResult> {
    const flags = this.flags as {'dry-run'?: boolean; 'chunk-size': number}
    const [result] = await this.withApp(async (app) =>
      collectGarbage(await app.database(), {
        only: [name],
        ages,
        dryRun: flags['dry-run'] ?? false,
        chunkSize: flags['chunk-size'],
        signal: this.interruption,
      }),
    )
    if (result?.skipped === 'no table') {
      throw new PiError('CONFIG', `This release has no table ${result.table}.`, {hints: ['See pi-manage db status']})
    }
    return result!
  }

  protected document({rows}: SweepResult): SweepDocument {
    const {'dry-run': dry} = this.flags as {'dry-run'?: boolean}
    return {deleted: rows, ...(dry && {dryRun: true})}
  }
}
