import {readFile} from 'node:fs/promises'
import {buffer as readAll} from 'node:stream/consumers'
import {PiError, reasonOf} from '../lib/errors.js'

/** The text of a file, or of standard input for `-` or nothing. @throws PiError INVALID_INPUT */
export async function readInputText(path: string | undefined): Promise<string> {
  return (await readInputBytes(path)).toString('utf8')
}

/** The bytes of a file, or of standard input for `-` or nothing. @throws PiError INVALID_INPUT */
export async function readInputBytes(path: string | undefined): Promise<Buffer> {
  if (path === undefined || path === '-') return readAll(process.stdin)
  try {
    return await readFile(path)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The file ${path} cannot be read: ${reasonOf(error).split(',')[0]}.`, {
      cause: error,
    })
  }
}
