import {closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync} from 'node:fs'
import {PiError, reasonOf} from '../lib/errors.js'
import type {ImportedToken} from '../lib/types/imported-token.js'
import type {TokenWriter} from '../importers/writers/contract.js'

/** Where the text of an export goes: a new file that only the owner can read, or standard output. */
export interface ExportTarget {
  write(text: string): void
  /** The file appears under its name. */
  finish(): void
  /** Nothing is left of it. */
  discard(): void
}

/** @throws PiError REFUSED when the file exists, INVALID_INPUT when it cannot be written */
export function openTarget(path: string | undefined): ExportTarget {
  if (path === undefined) {
    return {
      write(text) {
        process.stdout.write(text)
      },
      finish() {},
      discard() {},
    }
  }
  const part = `${path}.part`
  const guarded = <R>(work: () => R): R => {
    try {
      return work()
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      throw new PiError(
        code === 'ENOSPC' ? 'UNAVAILABLE' : 'INVALID_INPUT',
        `Cannot write ${path}: ${code ?? reasonOf(error)}.`,
        {
          cause: error,
        },
      )
    }
  }
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new PiError('REFUSED', `${path} exists already.`, {hints: ['Name another file']})
    }
    guarded(() => {
      throw error
    })
  }
  const file = guarded(() => openSync(part, 'w', 0o600))
  return {
    write: (text) => void guarded(() => writeSync(file, text)),
    finish() {
      guarded(() => {
        fsyncSync(file)
        closeSync(file)
        renameSync(part, path)
      })
    },
    discard() {
      rmSync(part, {force: true})
      rmSync(path, {force: true})
    },
  }
}

export interface WriteCounts {
  written: number
  skipped: {serial: string; reason: string}[]
}

/** Writes tokens as they come; what has no place in the format is named. */
export async function writeTokens(
  tokens: AsyncIterable<{token: ImportedToken} | {serial: string; error: string}>,
  writer: TokenWriter,
  write: (text: string) => void,
): Promise<WriteCounts> {
  const counts: WriteCounts = {written: 0, skipped: []}
  write(await writer.begin())
  for await (const one of tokens) {
    const reason = 'error' in one ? one.error : writer.problem(one.token)
    if (reason !== undefined) {
      counts.skipped.push({serial: 'error' in one ? one.serial : one.token.serial, reason})
    } else if ('token' in one) {
      write(writer.token(one.token))
      counts.written += 1
    }
  }
  write(writer.end())
  return counts
}
