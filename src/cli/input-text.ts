import {readFile} from 'node:fs/promises'
import {text as readAll} from 'node:stream/consumers'
import {PiError, reasonOf} from '../lib/errors.js'

/** The text of a file, or of standard input for `-` or nothing. @throws PiError INVALID_INPUT */
export async function readInputText(path: string | undefined): Promise<string> {
  if (path === undefined || path === '-') return readAll(process.stdin)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The file ${path} cannot be read: ${reasonOf(error).split(',')[0]}.`, {
      cause: error,
    })
  }
}
