import {PiError} from '../../lib/errors.js'
import {pythonInteger} from '../../lib/python/integers.js'
import type {RotationMode, RotationResult, RotationStep} from '../../lib/services/audit-rotation/run.js'

/** The flags that say what goes, as typed. */
export interface RotationFlags {
  config?: string | undefined
  age?: string | undefined
  highwatermark?: string | undefined
  lowwatermark?: string | undefined
  'strict-compat': boolean
}

const [defaultHigh, defaultLow] = [10_000, 5000]

/**
 * What goes: rules before age before watermarks (spec/03-cli.md §A.3.2). Without the mode a rule file has to be read.
 * Under an old spelling every number counts that the original took.
 * @throws PiError USAGE
 */
export function rotationMode(
  flags: RotationFlags,
  {shim}: {shim: boolean},
): {mode: RotationMode | undefined; banner: string} {
  const high = wholeNumber('--highwatermark', flags.highwatermark) ?? defaultHigh
  const low = wholeNumber('--lowwatermark', flags.lowwatermark) ?? defaultLow
  const days = wholeNumber('--age', flags.age)
  if (flags.config) return {mode: undefined, banner: 'Cleaning up with config file.'}
  const banner = days === undefined ? `Cleaning up with high: ${high}, low: ${low}.` : `Cleaning up with age: ${days}.`
  if (days !== undefined && (days !== 0 || !shim)) {
    if (days < 1 && !shim) {
      throw new PiError('USAGE', `--age ${days} would delete everything.`, {hints: ['Give a number of days from 1 on']})
    }
    return {mode: {kind: 'age', days}, banner}
  }
  if (!shim && (low < 1 || low > high)) {
    throw new PiError('USAGE', `The low watermark ${low} must be from 1 to the high one, ${high}.`)
  }
  return {mode: {kind: 'watermark', high, low, byId: shim || flags['strict-compat']}, banner}
}

/** An empty text is as good as none. */
function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  const value = pythonInteger(text)
  if (value !== undefined && value > -1_000_000_000_000n && value < 1_000_000_000_000n) return Number(value)
  throw new PiError('USAGE', `${flag} must be a whole number, not '${text}'.`)
}

/** What the original prints at each step; scripts read it. */
export function rotationLines(step: Exclude<RotationStep, {step: 'judged'}>): string[] {
  if (step.step === 'counted') return [`The log audit log has ${step.rows} entries, the last one is ${step.lastId}`]
  if (step.step === 'limit') return [`Deleting entries older than ${step.before}`]
  return [`More than ${step.high} entries, deleting...`, `Deleting entries smaller than ${step.below}`]
}

/** What the original prints at the end. */
export function rotationSummary(
  {mode, rows, rules, cut}: RotationResult,
  {dryRun, shim}: {dryRun: boolean; shim: boolean},
): string[] {
  if (mode === 'watermark') {
    if (cut === undefined) return []
    // 3.8 says of a dry run, too, that they were deleted.
    return [dryRun && !shim ? `Would delete ${rows} entries.` : `${rows} entries deleted.`]
  }
  if (mode === 'age') return [dryRun ? `Would delete ${rows} entries.` : `${rows} entries deleted.`]
  return [
    ...(shim ? [] : (rules ?? []).map((rule) => `Rule ${rule.rule} matched ${rule.rows} times.`)),
    dryRun ? `If you only would let me I would clean up ${rows} entries!` : `Cleaning up ${rows} entries.`,
  ]
}
