import {fork} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import type {Database} from '../../../../src/lib/db/database.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'

/** A second program on the same database. */
const writer = fileURLToPath(new URL('../../../support/writer-process.ts', import.meta.url))

describeEachDatabase('transactions', (open) => {
  let db: Database

  before(async () => {
    db = await open()
  })

  const names = async () => (await db.k('realm').orderBy('name')).map((row) => row.name as string)

  it('keep everything or nothing', async () => {
    const failure = await failureOf(
      db.transaction(async (tx) => {
        await tx.insert('realm', [{name: 'lost'}])
        throw new Error('changed my mind')
      }),
    )
    const result = await db.transaction(async (tx) => {
      const [id] = await tx.insert('realm', [{name: 'kept'}])
      return id
    })

    expect(failure?.message).to.equal('changed my mind')
    expect(result).to.be.a('number')
    expect(await names()).to.deep.equal(['kept'])
  })

  it('are joined by those begun inside', async () => {
    expect(db.inTransaction).to.equal(false)
    const failure = await failureOf(
      db.transaction(async (outer) => {
        expect(outer.inTransaction).to.equal(true)
        await outer.transaction(async (inner) => {
          expect(inner).to.equal(outer)
          await inner.insert('realm', [{name: 'inner'}])
        })
        throw new Error('outer fails')
      }),
    )

    expect(failure?.message).to.equal('outer fails')
    expect(await names()).to.deep.equal(['kept'])
  })

  it('lose no update among many writers in one process', async () => {
    await db.insert('eventcounter', [{counter_name: 'one', node: 'n'}])

    await Promise.all(Array.from({length: 100}, () => readAndAdd(db, 'one')))

    const row = await db.k('eventcounter').where({counter_name: 'one'}).first()
    expect(row.counter_value).to.equal(100)
  })

  it('lose no update among several processes', async function () {
    this.timeout(60_000)
    await db.insert('eventcounter', [{counter_name: 'many', node: 'n'}])
    const uri = await open.uri()

    const ended = await Promise.all([1, 2, 3].map(() => runWriter(['add', uri, 'many', '40'])))

    const row = await db.k('eventcounter').where({counter_name: 'many'}).first()
    expect(ended).to.deep.equal([0, 0, 0])
    expect(row.counter_value).to.equal(120)
  })

  it('allot ids to several processes', async function () {
    this.timeout(60_000)
    const uri = await open.uri()

    const ended = await Promise.all(['a', 'b', 'c'].map((name) => runWriter(['insert', uri, name, '20'])))

    expect(ended).to.deep.equal([0, 0, 0])
    const [row] = await db.k('token').count({n: '*'})
    expect(row?.['n']).to.equal(3 * 20 * 10)
  })

  it('leave nothing of a program that was killed in the middle', async function () {
    this.timeout(60_000)
    const uri = await open.uri()
    const child = fork(writer, ['hang', uri, 'killed'], {execArgv: ['--import', 'tsx'], stdio: 'inherit'})
    await new Promise((resolve) => child.once('message', resolve))

    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    await db.transaction((tx) => tx.insert('realm', [{name: 'after the kill'}]))

    expect(await names()).to.deep.equal(['after the kill', 'kept'])
  })

  it('repeat the work after a deadlock', async () => {
    await db.insert('eventcounter', [
      {counter_name: 'left', node: 'n'},
      {counter_name: 'right', node: 'n'},
    ])
    let attempts = 0
    const addTo = (tx: Database, name: string) =>
      tx.k('eventcounter').where({counter_name: name}).increment('counter_value', 1)
    const crossing = (first: string, second: string) =>
      db.transaction(async (tx) => {
        attempts++
        await addTo(tx, first)
        await sleep(100)
        await addTo(tx, second)
      })

    await Promise.all([crossing('left', 'right'), crossing('right', 'left')])

    const rows = await db.k('eventcounter').whereIn('counter_name', ['left', 'right'])
    expect(rows.map((row) => row.counter_value)).to.deep.equal([2, 2])
    // SQLite lets one in after the other.
    if (db.dialect === 'sqlite') expect(attempts).to.equal(2)
    else expect(attempts).to.be.greaterThan(2)
  })

  it('go on while others read', async () => {
    const reader = await openDatabase(await open.uri())
    let finish = () => {}
    const held = new Promise<void>((resolve) => (finish = resolve))
    const writing = db.transaction(async (tx) => {
      await tx.insert('realm', [{name: 'unfinished'}])
      await held
    })

    const seen = (await reader.k('realm')).map((row) => row.name as string)
    finish()
    await writing

    expect(seen).not.to.contain('unfinished')
    expect((await reader.k('realm')).map((row) => row.name as string)).to.contain('unfinished')
    await reader.close()
  })
})

async function readAndAdd(db: Database, name: string): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await tx.k('eventcounter').where({counter_name: name}).forUpdate().first()
    await tx
      .k('eventcounter')
      .where({counter_name: name})
      .update({counter_value: row.counter_value + 1})
  })
}

function runWriter(parameters: string[]): Promise<number | null> {
  const child = fork(writer, parameters, {execArgv: ['--import', 'tsx'], stdio: 'inherit'})
  return new Promise((resolve) => child.once('exit', resolve))
}
