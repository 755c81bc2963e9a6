// Not from the index, which loads what --help does not need.
import {CLIError, ExitError} from '@oclif/core/errors'
import {PiError, reasonOf, type ErrorCode} from '../lib/errors.js'

/** The `--json` document of a failure. */
export interface ErrorDocument {
  error: {code: ErrorCode; message: string; hints: readonly string[]}
}

/**
 * Any failure in the operator's words; `undefined` for oclif's own way of ending (`this.exit()`, help). What nobody
 * foresaw is a defect, except what the file system says about a path, which explains itself.
 */
export function asPiError(error: unknown): PiError | undefined {
  if (error instanceof PiError) return error
  if (error instanceof ExitError) return undefined
  if (error instanceof CLIError) return usageError(error)
  if (error instanceof Error && error.name === 'ExitPromptError') {
    return new PiError('INTERRUPTED', 'Interrupted; nothing was changed.', {cause: error})
  }
  return (
    fileSystemError(error) ??
    pathError(error) ??
    new PiError('INTERNAL', `This is a defect: ${reasonOf(error)}`, {
      hints: ['Run it again with DEBUG=* and report the trace'],
      cause: error,
    })
  )
}

export function errorDocument(failure: PiError): ErrorDocument {
  return {error: {code: failure.code, message: failure.message, hints: failure.hints}}
}

/** What a failure looks like on stderr, without a final line feed. */
export function failureText(failure: PiError): string {
  return [`Error: ${failure.message}`, ...failure.hints.map((hint) => `  ${hint}`)].join('\n')
}

/** The trace with all causes, for DEBUG. */
export function traceOf(error: unknown): string {
  const lines: string[] = []
  for (
    let current: unknown = error;
    current !== undefined;
    current = current instanceof Error ? current.cause : undefined
  ) {
    lines.push(current instanceof Error ? (current.stack ?? current.message) : String(current))
  }
  return lines.join('\nCaused by: ')
}

/** oclif writes several lines, tables of arguments among them; here it is one. */
function usageError(error: Error): PiError {
  const message = error.message
    .replace(/\n?See more help with --help/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .trim()
    .replace(/[:;]?\s*\n\s*/g, ': ')
    .replace(/\s{2,}/g, ' - ')
  return new PiError('USAGE', message, {hints: ['See the same command with --help'], cause: error})
}

/** What oclif's file and directory arguments say. */
function pathError(error: unknown): PiError | undefined {
  const message = reasonOf(error)
  if (!/^(?:No (?:file|directory) found at |.* exists but is not a (?:file|directory)$)/.test(message)) return undefined
  return new PiError('INVALID_INPUT', `${message}.`, {cause: error})
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is no directory',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
}

function fileSystemError(error: unknown): PiError | undefined {
  const {code, path, syscall} = (error ?? {}) as {code?: string; path?: string; syscall?: string}
  const reason = code === undefined ? undefined : reasons[code]
  if (!reason || !syscall) return undefined
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new PiError(full ? 'UNAVAILABLE' : 'INVALID_INPUT', path ? `${path}: ${reason}.` : `${syscall}: ${reason}.`, {
    cause: error,
  })
}
