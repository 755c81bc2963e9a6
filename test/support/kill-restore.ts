import {spawn} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import type {DialectName} from '../../src/lib/db/database.js'
import {backUp, emptyDatabase, restoreInto, tablesOf} from './backup.js'
import {fixtureInstance, type Instance} from './instance.js'
import {programEnv, programFile} from './program.js'

/** A backup, and what it says about the tables. */
interface State {
  file: string
  tables: string
}

/** Restores into a filled database that are killed again and again. */
export class KilledRestore {
  readonly #instance: Instance
  readonly #uri: string
  readonly #old: State
  readonly #new: State
  readonly counts = {old: 0, new: 0}

  private constructor(instance: Instance, uri: string, before: State, after: State) {
    this.#instance = instance
    this.#uri = uri
    this.#old = before
    this.#new = after
  }

  static async create(kind: DialectName): Promise<KilledRestore> {
    const instance = await fixtureInstance('privacyidea-3.8')
    const before = await backUp(instance.config)
    await instance.sql([
      "UPDATE token SET description = 'of the new content'",
      'DELETE FROM pidea_audit WHERE id % 2 = 0',
      "INSERT INTO realm (name) VALUES ('newrealm')",
    ])
    const after = await backUp(instance.config)
    const uri = await emptyDatabase(kind)
    await restoreInto(instance.config, before, uri)
    const state = async (file: string) => ({file, tables: await contentOf(file)})
    return new KilledRestore(instance, uri, await state(before), await state(after))
  }

  /**
   * Kills a restore after some milliseconds, and looks at what is there; the old content is put back.
   * @throws Error when it is neither the old content nor the new
   */
  async kill(milliseconds: number): Promise<'new' | 'old'> {
    const child = spawn(
      process.execPath,
      [
        ...[programFile('pi-manage'), 'backup', 'restore', this.#new.file, '--db-uri', this.#uri],
        ...['--skip-config', '--yes', '--quiet', '-C', this.#instance.config],
      ],
      {cwd: this.#instance.folder, env: programEnv({}), stdio: 'ignore'},
    )
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    await Promise.race([sleep(milliseconds), ended])
    child.kill('SIGKILL')
    await ended
    // A server notices the end of its client a little later.
    await sleep(50)
    const tables = await contentOf(await backUp(this.#instance.config, this.#uri))
    const found = tables === this.#old.tables ? 'old' : tables === this.#new.tables ? 'new' : undefined
    if (!found) throw new Error(`a restore killed after ${milliseconds} ms left a mixture`)
    this.counts[found] += 1
    if (found === 'new') await restoreInto(this.#instance.config, this.#old.file, this.#uri)
    return found
  }

  remove(): void {
    this.#instance.remove()
  }
}

/** All tables but those that say when something was done: `config` has the mark of the change, and the audit a row. */
async function contentOf(file: string): Promise<string> {
  const tables = (await tablesOf(file)).filter(({name}) => name !== 'config' && name !== 'pidea_audit')
  return JSON.stringify(tables)
}
