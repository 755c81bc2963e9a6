import {closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {PiError, reasonOf} from '../lib/errors.js'
import {writeNewFile} from '../lib/files/durable.js'
import type {ImportedToken} from '../lib/types/imported-token.js'
import type {TokenWriter} from '../importers/writers/contract.js'
import {openPgpSink, type PgpProtection} from '../importers/writers/open-pgp.js'

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
  tokens: Tokens,
  writer: TokenWriter,
  write: (text: string) => Promise<void> | void,
): Promise<WriteCounts> {
  const counts: WriteCounts = {written: 0, skipped: []}
  await write(await writer.begin())
  for await (const one of tokens) {
    const reason = 'error' in one ? one.error : writer.problem(one.token)
    if (reason !== undefined) {
      counts.skipped.push({serial: 'error' in one ? one.serial : one.token.serial, reason})
    } else if ('token' in one) {
      const waited = write(writer.token(one.token))
      if (waited) await waited
      counts.written += 1
    }
  }
  await write(writer.end())
  return counts
}

type Tokens = AsyncIterable<{token: ImportedToken} | {serial: string; error: string}>

/**
 * Writes a whole file: encrypted by OpenPGP if wanted, and there only once it is complete.
 * @throws PiError as {@link openTarget}, and INVALID_INPUT when there are no tokens and `required` names their source
 */
export async function writeTokenFile(
  tokens: Tokens,
  writer: TokenWriter,
  {output, pgp, required}: {output: string | undefined; pgp: PgpProtection | undefined; required?: string},
): Promise<WriteCounts> {
  const target = openTarget(output)
  try {
    const sink = pgp && (await openPgpSink(pgp, (text) => target.write(text)))
    const counts = await writeTokens(tokens, writer, (text) => (sink ? sink.write(text) : target.write(text)))
    if (required !== undefined && counts.written + counts.skipped.length === 0) {
      throw new PiError('INVALID_INPUT', `There are no tokens in ${required}.`)
    }
    await sink?.finish()
    target.finish()
    return counts
  } catch (error) {
    target.discard()
    throw error
  }
}

/**
 * A PNG with the QR code of each token in a folder, named after the serial and readable by the owner only.
 * @throws PiError ALREADY_EXISTS, CONFIG, INVALID_INPUT
 */
export async function writePictures(tokens: Tokens, folder: string): Promise<WriteCounts> {
  const {qrPng, qrProblem} = await import('../importers/writers/qr.js')
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
  } catch (error) {
    throw new PiError('INVALID_INPUT', `Cannot make the folder ${folder}: ${reasonOf(error)}.`, {cause: error})
  }
  const counts: WriteCounts = {written: 0, skipped: []}
  for await (const one of tokens) {
    const reason = 'error' in one ? one.error : qrProblem(one.token)
    if ('token' in one && reason === undefined) {
      await writeNewFile(join(folder, `${one.token.serial}.png`), qrPng(one.token), {mode: 0o600})
      counts.written += 1
    } else counts.skipped.push({serial: 'error' in one ? one.serial : one.token.serial, reason: reason ?? ''})
  }
  return counts
}
