import {readFileSync} from 'node:fs'
import {PiError} from '../lib/errors.js'

/**
 * OTP PINs by serial in lower case, from a file with `SERIAL,PIN` in each line; what follows the first comma is the PIN.
 * @throws PiError INVALID_INPUT, without what may be a PIN
 */
export function readPinFile(path: string): ReadonlyMap<string, string> {
  let text: string
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(readFileSync(path))
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    throw new PiError('INVALID_INPUT', `Cannot read ${path}: ${code ?? 'it is not UTF-8'}.`, {cause: error})
  }
  const pins = new Map<string, string>()
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const comma = line.indexOf(',')
    const serial = line.slice(0, Math.max(comma, 0)).trim().toLowerCase()
    const wrong = (reason: string) => new PiError('INVALID_INPUT', `${path}, line ${String(at + 1)}: ${reason}.`)
    if (comma < 0) throw wrong('a line is SERIAL,PIN')
    if (!/^[0-9a-z\-_]{1,40}$/.test(serial)) throw wrong('this is no serial')
    if (pins.has(serial)) throw wrong('the serial came already')
    pins.set(serial, line.slice(comma + 1).trim())
  }
  return pins
}
