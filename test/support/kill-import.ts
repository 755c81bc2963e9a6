import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {openDatabase} from '../../src/lib/db/connect.js'
import type {Database, Row} from '../../src/lib/db/database.js'
import {temporaryFolder} from './folders.js'
import {programEnv, programFile, runProgram} from './program.js'

/** An import that is killed again and again. */
export class KilledImport {
  readonly #count: number
  readonly #config: string
  readonly #file: string
  readonly #uri: string

  /** @param uri of a database with tables and without tokens */
  constructor(uri: string, count: number) {
    const folder = temporaryFolder('killed-import')
    this.#uri = uri
    this.#count = count
    this.#config = join(folder, 'pi.cfg')
    this.#file = join(folder, 'tokens.csv')
    writeFileSync(join(folder, 'enckey'), randomBytes(96))
    writeFileSync(
      this.#config,
      `SQLALCHEMY_DATABASE_URI = ${JSON.stringify(uri)}\nPI_ENCFILE = '${join(folder, 'enckey')}'\n`,
    )
    const rows = Array.from(
      {length: count},
      (_, at) => `KILL${String(at)},${randomBytes(20).toString('hex')},hotp,6,${String(at % 50)}`,
    )
    writeFileSync(this.#file, `${rows.join('\n')}\n`)
  }

  /**
   * Starts the import, kills it when some tokens were written, and checks what is there.
   * @param moment from 0 to 1: how much of the import should be done by then
   * @returns how many tokens were there
   */
  async kill(moment: number): Promise<number> {
    const db = await openDatabase(this.#uri)
    try {
      for (const table of ['tokeninfo', 'token']) await db.k(table).delete()
      const child = spawn(
        process.execPath,
        [programFile('pi-manage'), 'import', 'tokens', this.#file, '-C', this.#config, '--quiet'],
        {env: programEnv({}), stdio: 'ignore'},
      )
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
      while (child.exitCode === null && (await countOf(db, 'token')) < moment * this.#count) await sleep(2)
      await sleep(Math.random() * 20)
      child.kill('SIGKILL')
      await ended
      return await this.#check(db)
    } finally {
      await db.close()
    }
  }

  /** Completes a killed import, and checks that what was there stayed as it was. */
  async complete(existing: 'skip' | 'update'): Promise<void> {
    const db = await openDatabase(this.#uri)
    try {
      // As if a login had happened since.
      await db.k('token').where('serial', 'KILL7').update({count: 1000})
      const before = await this.#counters(db)
      const {status, stderr} = await runProgram(
        'pi-manage',
        ['import', 'tokens', this.#file, '-C', this.#config, '--existing', existing],
        {timeoutMs: 300_000},
      )
      if (status !== 0) throw new Error(`the second import ended with ${String(status)}: ${stderr}`)
      if ((await this.#check(db)) !== this.#count) throw new Error('the second import did not complete the first')
      const after = await this.#counters(db)
      for (const [serial, count] of before) {
        if (after.get(serial) !== count) throw new Error(`the counter of ${serial} moved`)
      }
    } finally {
      await db.close()
    }
  }

  /** Every token is whole: with its details, its secret and its counter. @returns how many there are */
  async #check(db: Database): Promise<number> {
    const tokens = await countOf(db, 'token')
    const details = await countOf(db, 'tokeninfo')
    if (details !== 2 * tokens) throw new Error(`${String(tokens)} tokens have ${String(details)} details`)
    const [odd] = await db
      .k<Row>('token')
      .where((bad) => bad.where('key_enc', '').orWhereNull('key_enc').orWhereNull('count'))
      .limit(1)
    if (odd) throw new Error(`${String(odd['serial'])} is half written`)
    for (const [serial, count] of await this.#counters(db)) {
      if (count !== Number(serial.slice(4)) % 50 && count !== 1000) throw new Error(`${serial} counts ${String(count)}`)
    }
    return tokens
  }

  async #counters(db: Database): Promise<Map<string, number>> {
    const rows = await db.k<Row>('token').select('serial', 'count')
    return new Map(rows.map((row) => [String(row['serial']), Number(row['count'])]))
  }
}

async function countOf(db: Database, table: string): Promise<number> {
  const [row] = await db.k(table).count({n: '*'})
  return Number((row as Row)['n'])
}
