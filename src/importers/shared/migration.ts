import type {ImportedRow} from '../../lib/types/imported-token.js'
import type {ReadOptions} from '../contract.js'
import {readBase64} from './key-encoding.js'
import {bytesField, numberField, readMessage, type Field} from './protobuf.js'
import {RowError, rowOf} from './rows.js'
import {softwareToken} from './software-token.js'

const algorithms: readonly (string | undefined)[] = [undefined, 'sha1', 'sha256', 'sha512', 'md5']
const digits: readonly (number | undefined)[] = [undefined, 6, 8]
const types: readonly string[] = ['totp', 'hotp', 'totp']

/** Parts of an export that is spread over several codes. */
export class MigrationBatches {
  readonly #batches = new Map<number, {line: number; size: number; seen: Set<number>}>()

  note(line: number, message: readonly Field[]): void {
    const [size, index, id] = [3, 4, 5].map((number) => numberField(message, number) ?? 0)
    if (!size || size < 2) return
    const batch = this.#batches.get(id ?? 0) ?? {line, size, seen: new Set()}
    this.#batches.set(id ?? 0, batch)
    batch.seen.add(index ?? 0)
  }

  /** A refused row for each export of which a part is missing. */
  *missing(): Iterable<ImportedRow> {
    for (const {line, size, seen} of this.#batches.values()) {
      if (seen.size >= size) continue
      yield {line, error: `the export has ${String(size)} parts, of which only ${String(seen.size)} are here`}
    }
  }
}

/** The accounts of one `otpauth-migration://offline?data=…`, a protocol buffer in base64 (spec/04 §12.2). */
export function* readMigration(
  uri: string,
  line: number,
  options: ReadOptions,
  batches: MigrationBatches,
): Iterable<ImportedRow> {
  const data = /[?&]data=([^&#]+)/i.exec(uri)?.[1]
  const payload = data === undefined ? undefined : decode(data)
  const message = payload && readMessage(payload)
  if (!message) {
    yield {line, error: 'the migration data cannot be read'}
    return
  }
  batches.note(line, message)
  const entries = message.filter(({number, value}) => number === 1 && Buffer.isBuffer(value))
  if (entries.length === 0) yield {line, error: 'there are no accounts in the migration data'}
  for (const {value} of entries) yield rowOf(line, {}, () => readAccount(value as Buffer, options))
}

function readAccount(bytes: Buffer, options: ReadOptions) {
  const fields = readMessage(bytes)
  if (!fields) throw new RowError('the account cannot be read')
  const at = <T>(table: readonly T[], number: number): T | undefined => table[numberField(fields, number) ?? 0]
  const name = bytesField(fields, 2)?.toString('utf8') ?? ''
  const issuer = bytesField(fields, 3)?.toString('utf8') ?? ''
  const colon = name.indexOf(':')
  return softwareToken(
    {
      type: at(types, 6) ?? 'unknown',
      secret: bytesField(fields, 1) ?? Buffer.alloc(0),
      issuer: issuer || (colon < 0 ? undefined : name.slice(0, colon).trim()),
      account: (colon < 0 ? name : name.slice(colon + 1)).trim(),
      algorithm: at(algorithms, 4),
      digits: at(digits, 5),
      counter: numberField(fields, 7),
    },
    'otpauth-migration',
    options,
  )
}

/** Standard or URL-safe base64, percent-encoded or not. */
function decode(data: string): Buffer | undefined {
  try {
    return readBase64(decodeURIComponent(data.replaceAll('+', '%2B')).replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
}
