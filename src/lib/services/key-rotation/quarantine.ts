import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {PiError, reasonOf} from '../../errors.js'
import {replaceFile, type FileAttributes} from '../../files/durable.js'
import type {Database} from '../../db/database.js'
import {EncryptedValueRepository, type EncryptedValue} from '../../store/encrypted-values.js'

/** A value that does not decrypt. */
export interface BrokenValue {
  table: string
  column: string
  id: number | string
}

interface Entry extends BrokenValue {
  /** SHA-256 of the stored text: a value that was mended is no longer the one in quarantine. */
  digest: string
}

/** The values that did not decrypt before a run began, which it leaves as they are. */
export class Quarantine {
  readonly #entries = new Map<string, Entry>()

  get size(): number {
    return this.#entries.size
  }

  /** Adds values as they are stored now. */
  async collect(db: Database, broken: readonly BrokenValue[]): Promise<void> {
    const wanted = new Set(broken.map(({table, column, id}) => `${table} ${column} ${id}`))
    for await (const page of new EncryptedValueRepository(db).pages()) {
      for (const value of page) if (wanted.has(keyOf(value))) this.#add(value)
    }
  }

  #add(value: EncryptedValue): void {
    const {
      place: {table, column},
      id,
    } = value
    this.#entries.set(keyOf(value), {table, column, id, digest: digestOf(value)})
  }

  has(value: EncryptedValue): boolean {
    return this.#entries.size > 0 && this.#entries.get(keyOf(value))?.digest === digestOf(value)
  }

  values(): BrokenValue[] {
    return [...this.#entries.values()].map(({table, column, id}) => ({table, column, id}))
  }

  /** @throws PiError CONFIG */
  async save(path: string, attributes: FileAttributes): Promise<void> {
    const lines = [...this.#entries.values()].map((entry) => `${JSON.stringify(entry)}\n`)
    await replaceFile(path, lines.join(''), attributes)
  }

  /** @throws PiError CONFIG (unreadable, damaged) */
  static async load(path: string): Promise<Quarantine> {
    const quarantine = new Quarantine()
    try {
      for (const line of (await readFile(path, 'utf8')).split('\n')) {
        if (line === '') continue
        const entry = JSON.parse(line) as Entry
        quarantine.#entries.set(`${entry.table} ${entry.column} ${entry.id}`, entry)
      }
    } catch (error) {
      throw new PiError('CONFIG', `The list of values in quarantine, ${path}, cannot be read: ${reasonOf(error)}`, {
        cause: error,
      })
    }
    return quarantine
  }
}

export function brokenValue({place: {table, column}, id}: EncryptedValue): BrokenValue {
  return {table, column, id}
}

function keyOf({place: {table, column}, id}: EncryptedValue): string {
  return `${table} ${column} ${id}`
}

function digestOf({stored, iv = ''}: EncryptedValue): string {
  return createHash('sha256').update(`${iv}:${stored}`).digest('hex')
}
