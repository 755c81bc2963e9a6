import {RE2JS} from 're2js'
import {PiError} from '../../errors.js'
import type {ImportedRow} from '../../types/imported-token.js'

/** What the operator wants otherwise than the file says. */
export interface Adjustments {
  /** Gives the serial under which a token is stored. */
  rename: ((token: {serial: string; type: string; line: number}) => string) | undefined
  /** OTP PINs in clear, by the serial of the file in lower case. */
  pins: ReadonlyMap<string, string> | undefined
}

const serialPattern = /^[0-9a-zA-Z\-_]{1,40}$/

/** The rows as they are to be imported; a token whose new serial is none becomes a refused row. */
export async function* adjusted(
  rows: AsyncIterable<ImportedRow>,
  {rename, pins}: Adjustments,
): AsyncIterable<ImportedRow> {
  for await (const row of rows) {
    if (!('token' in row)) {
      yield row
      continue
    }
    const {line, token} = row
    const pin = pins?.get(token.serial.toLowerCase())
    const serial = rename ? rename({serial: token.serial, type: token.type, line}) : token.serial
    if (!serialPattern.test(serial)) {
      yield {
        line,
        serial: token.serial,
        type: token.type,
        error: 'the new serial is empty, too long or has other signs',
      }
    } else yield {line, token: {...token, serial, ...(pin !== undefined && {pin})}}
  }
}

/**
 * Reads a pattern for serials: `/REGEX/REPLACEMENT/` (RE2's syntax, `\1` is a group, every match is replaced), or a text
 * with `{serial}`, `{type}` and `{line}`.
 * @throws PiError USAGE
 */
export function serialRenamer(pattern: string): NonNullable<Adjustments['rename']> {
  if (pattern.startsWith('/')) return byRegex(pattern)
  const names = [...pattern.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name)
  if (!names.includes('serial') && !names.includes('line')) {
    throw new PiError('USAGE', `The pattern '${pattern}' would give all tokens one serial.`, {
      hints: ['It needs {serial} or {line}, or the form /REGEX/REPLACEMENT/'],
    })
  }
  if (names.some((name) => !['line', 'serial', 'type'].includes(name ?? ''))) {
    throw new PiError('USAGE', `The pattern '${pattern}' may have {serial}, {type} and {line} only.`)
  }
  return (token) =>
    pattern.replace(/\{(serial|type|line)\}/g, (_, name: 'line' | 'serial' | 'type') => String(token[name]))
}

function byRegex(pattern: string): NonNullable<Adjustments['rename']> {
  const [, regex, replacement] = /^\/((?:[^/\\]|\\.)+)\/([^/]*)\/$/.exec(pattern) ?? []
  if (regex === undefined || replacement === undefined) {
    throw new PiError('USAGE', `The pattern '${pattern}' is not of the form /REGEX/REPLACEMENT/.`)
  }
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(regex)
  } catch (error) {
    throw new PiError('USAGE', `'${regex}' is not a regular expression that can be used here.`, {cause: error})
  }
  const groups = replacement.replaceAll('$', '$$$$').replaceAll(/\\(\d)/g, '$$$1')
  return ({serial}) => compiled.matcher(serial).replaceAll(groups)
}
