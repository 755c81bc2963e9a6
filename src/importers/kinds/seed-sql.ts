import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {Importer, ReadOptions, TokenInput} from '../contract.js'
import {hashlibByLength, readCounter, readHashlib, readOtplen, readSeed, readTimeStep} from '../shared/key-encoding.js'
import {need, needSerial, RowError, rowOf} from '../shared/rows.js'
import {dumpRows, type DumpRow} from '../shared/sql-dump.js'
import {damaged} from '../shared/text.js'
import {readWholeText} from '../shared/whole.js'

/** Names that columns of such lists have, lower case, without separators. */
const names = {
  serial: ['esn', 'serial', 'serialno', 'serialnumber', 'sn', 'tokenid', 'tokensn', 'tokenserial'],
  seed: ['authkey', 'eseed', 'key', 'otpkey', 'secret', 'secretkey', 'seed', 'tokenkey', 'tokenseed'],
  counter: ['counter', 'eventcounter', 'movingfactor', 'otpcounter'],
  digits: ['digits', 'otpdigits', 'otplen', 'otplength'],
  step: ['interval', 'step', 'timeinterval', 'timestep'],
  hash: ['algorithm', 'hash', 'hashlib'],
} as const

type Field = keyof typeof names

/**
 * INSERT statements of a vendor, such as those of Authenex, whose tokens ZyXEL sells: each row has a serial and a seed in hex,
 * found by the names of the columns; without names they are the first two.
 */
export const seedSql: Importer = {
  format: 'seed-sql',
  aliases: ['authenex', 'zyxel', 'authenex-sql', 'sql'],
  title: 'INSERT statements with serial and seed: Authenex, ZyXEL',
  detect: ({text}) => {
    const columns = /\bINSERT\s+INTO\s+\S+\s*\(([^)]*)\)\s*VALUES/i.exec(text)?.[1]?.split(',').map(plainName) ?? []
    return columns.some((name) => is('serial', name)) && columns.some((name) => is('seed', name))
  },
  read: (input, options) => readRows(input, options),
}

function plainName(column: string): string {
  return column.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function is(field: Field, name: string): boolean {
  return (names[field] as readonly string[]).includes(name)
}

async function* readRows(input: TokenInput, options: ReadOptions): AsyncIterable<ImportedRow> {
  let found = false
  for (const {line, values} of dumpRows(input.name, await readWholeText(input, options.encoding))) {
    const fields = fieldsOf(values)
    if (!fields) continue
    found = true
    yield readRow(line, fields, options)
  }
  if (!found) throw damaged(input.name, undefined, 'no statement inserts a serial and a seed')
}

/** `undefined` for a row of a table that holds no tokens. */
function fieldsOf(values: DumpRow['values']): Partial<Record<Field, string>> | undefined {
  const named: Partial<Record<Field, string>> = {}
  for (const [column, value] of Object.entries(values)) {
    const field = (Object.keys(names) as Field[]).find((one) => is(one, plainName(column)))
    if (field && value !== null) named[field] ??= value.trim()
  }
  if (named.serial !== undefined && named.seed !== undefined) return named
  const [serial, seed] = [values['0'], values['1']]
  return typeof serial === 'string' && typeof seed === 'string' ? {serial: serial.trim(), seed: seed.trim()} : undefined
}

function readRow(line: number, fields: Partial<Record<Field, string>>, options: ReadOptions): ImportedRow {
  const type = options.type ?? (fields.step ? 'totp' : 'hotp')
  return rowOf(line, {serial: fields.serial, type}, () => {
    if (type !== 'hotp' && type !== 'totp') throw new RowError(`these tokens are hotp or totp, not ${type}`)
    const secret = need(readSeed(fields.seed ?? '', options.seedEncoding ?? 'hex'))
    const hash = options.hashlib ?? fields.hash
    return {
      serial: needSerial(fields.serial ?? ''),
      type,
      secret,
      otplen: fields.digits ? need(readOtplen(fields.digits)) : (options.otplen ?? 6),
      hashlib: hash ? need(readHashlib(hash)) : hashlibByLength(secret.length),
      ...(type === 'totp' && {timeStep: fields.step ? need(readTimeStep(fields.step)) : (options.timeStep ?? 30)}),
      ...(type === 'hotp' && fields.counter && {counter: need(readCounter(fields.counter))}),
    }
  })
}
