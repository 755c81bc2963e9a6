import type {Command} from '@oclif/core'
import {AppCommand} from '../app-command.js'
import {exitCodes} from '../exit-codes.js'
import {startProgress} from '../progress.js'
import type {App} from '../../app.js'
import {PiError} from '../../lib/errors.js'
import {actionWords} from '../../lib/services/janitor/actions.js'
import type {Plan} from '../../lib/services/janitor/plan.js'
import {countOf, runPlan, type RunResult} from '../../lib/services/janitor/run.js'
import {newUndoPlace} from './undo-place.js'

/** The flags of `janitorSafety`, with `--yes`. */
export interface SafetyFlags {
  'allow-mass'?: number | undefined
  'undo-file'?: string | undefined
  'no-undo'?: boolean | undefined
  wait: number
  yes?: boolean | undefined
  quiet?: boolean | undefined
}

/** The `--json` document of a run that changes tokens. */
export interface ChangeDocument {
  action: string
  /** Tokens that the run was about. */
  found: number
  changed: string[]
  unchanged: string[]
  skipped: {serial: string; reason: string}[]
  failed: {serial: string; reason: string}[]
  undoFile?: string
  dryRun?: true
}

/** Commands of the janitor that change tokens by a plan. */
export abstract class JanitorChangeCommand<T extends typeof Command> extends AppCommand<T> {
  /**
   * Does what a plan says and reports it; ends with PARTIAL when tokens failed or were no longer what they were.
   * @param options.resume the undo file of an interrupted run of the same plan
   */
  protected async carryOut(
    app: App,
    plan: Plan,
    flags: SafetyFlags,
    options: {resume?: string | undefined} = {},
  ): Promise<ChangeDocument> {
    const progress = await startProgress('tokens', {quiet: flags.quiet ?? false, total: plan.tokens.length})
    let result: RunResult
    try {
      result = await runPlan(await app.janitor(), plan, {
        // Under the old program names nothing trips the breaker, and no undo file is left behind unasked.
        allowMass: flags['allow-mass'] ?? (this.shim ? Number.MAX_SAFE_INTEGER : undefined),
        undoFile: flags['no-undo'] ? undefined : (options.resume ?? flags['undo-file'] ?? this.#undoPlace(plan)),
        resume: options.resume !== undefined,
        confirm: (question) => this.confirm(question, flags.yes ?? false),
        signal: this.interruption,
        waitSeconds: flags.wait,
        onProgress: (tokens) => progress.advance(tokens),
      })
    } finally {
      progress.stop()
    }
    return this.#report(plan, result)
  }

  /** What a run would do. */
  protected rehearse(plan: Plan): ChangeDocument {
    const {verb} = actionWords[plan.action.name]
    const serials = plan.tokens.map(({serial}) => serial)
    for (const serial of serials) this.log(`Would ${verb} ${serial}`)
    this.notice(`${countOf(serials.length)} to ${verb}; nothing was changed.`)
    return {
      action: plan.action.name,
      found: serials.length,
      changed: serials,
      unchanged: [],
      skipped: [],
      failed: [],
      dryRun: true,
    }
  }

  /** What is said of a token that was changed. */
  protected sentence(plan: Plan, serial: string): string {
    return `${actionWords[plan.action.name].done} ${serial}`
  }

  #undoPlace(plan: Plan): string | undefined {
    return this.shim ? undefined : newUndoPlace(plan.action.name, new Date(), process.env)
  }

  #report(plan: Plan, result: RunResult): ChangeDocument {
    const {done} = actionWords[plan.action.name]
    const {changed, unchanged, skipped, failed, undoFile, interrupted} = result
    for (const serial of changed) this.log(this.sentence(plan, serial))
    for (const {serial, reason} of failed) this.notice(`Failed: ${serial}: ${reason}`)
    for (const {serial, reason} of skipped) {
      this.notice(`Left alone: ${serial}: ${reason === 'gone' ? 'it is gone' : 'it was changed since it was found'}`)
    }
    this.notice(
      `${done} ${countOf(changed.length)}` +
        (unchanged.length > 0 ? `, ${unchanged.length} were so already` : '') +
        (skipped.length > 0 ? `, ${skipped.length} left alone` : '') +
        (failed.length > 0 ? `, ${failed.length} failed` : '') +
        '.',
    )
    if (undoFile !== undefined) this.notice(`To take it back: pi-manage token-janitor undo ${undoFile}`)
    if (interrupted) throw new PiError('INTERRUPTED', `Interrupted after ${countOf(changed.length)}.`)
    if (failed.length + skipped.length > 0) process.exitCode = exitCodes.PARTIAL
    return {
      action: plan.action.name,
      found: plan.tokens.length,
      changed,
      unchanged,
      skipped,
      failed,
      ...(undoFile !== undefined && {undoFile}),
    }
  }
}
