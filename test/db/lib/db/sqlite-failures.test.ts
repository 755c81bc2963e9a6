import {spawnSync} from 'node:child_process'
import {chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import type {Database} from '../../../../src/lib/db/database.js'
import {failureOf} from '../../../support/failure.js'
import {fixture, projectRoot, removeFolder, temporaryFolder} from '../../../support/folders.js'

const writer = fileURLToPath(new URL('../../../support/writer-process.ts', import.meta.url))

describe('a SQLite file', () => {
  let folder: string
  let file: string
  const opened: Database[] = []

  beforeEach(() => {
    folder = temporaryFolder('sqlite-failures')
    file = join(folder, 'data.sqlite')
    copyFileSync(fixture('interop', 'privacyidea-3.8', 'data.sqlite'), file)
    chmodSync(file, 0o600)
  })
  afterEach(async () => {
    for (const db of opened.splice(0)) await db.close()
    removeFolder(folder)
  })

  async function open(uri = `sqlite:///${file}`, options: Parameters<typeof openDatabase>[1] = {}): Promise<Database> {
    const db = await openDatabase(uri, options)
    opened.push(db)
    return db
  }

  it('that is missing is named, and not made', async () => {
    const failure = await failureOf(open(`sqlite:///${folder}/nosuch.sqlite`))

    expect(failure).to.include({code: 'CONFIG'})
    expect(failure?.message).to.contain(`${folder}/nosuch.sqlite`)
    expect(() => readFileSync(join(folder, 'nosuch.sqlite'))).to.throw('ENOENT')
  })

  it('that is a folder, no database, or damaged is refused', async () => {
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'text'), 'this is not a database, but it is long enough to be one\n'.repeat(100))
    const bytes = readFileSync(file)
    bytes.fill(0xff, 100, 4096)
    writeFileSync(join(folder, 'damaged'), bytes)

    for (const name of ['sub', 'text', 'damaged'])
      expect(await failureOf(open(`sqlite:///${folder}/${name}`)), name).to.include({code: 'CONFIG'})
  })

  it('with a relative path is looked for in the working directory, with a warning', async () => {
    const warnings: string[] = []

    const db = await open('sqlite:///data.sqlite', {
      workingDirectory: folder,
      warn: (message) => warnings.push(message),
    })

    expect(db.schema.version).to.equal('3.8')
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.contain(file)
  })

  it('that must not be written says so and stays as it is', async () => {
    const before = readFileSync(file)
    const db = await open(`sqlite:///file:${file}?uri=true&mode=ro`)

    const failure = await failureOf(db.insert('realm', [{name: 'x'}]))

    expect(failure).to.include({code: 'UNAVAILABLE', kind: 'readonly'})
    expect(readFileSync(file).equals(before)).to.equal(true)
  })

  it('keeps the journal it has; a new one gets the journal that lets readers go on', async () => {
    const old = await open()
    const fresh = await open(`sqlite:///${folder}/new.sqlite`, {create: true})

    expect(await old.k.raw('PRAGMA journal_mode')).to.deep.equal([{journal_mode: 'delete'}])
    expect(await fresh.k.raw('PRAGMA journal_mode')).to.deep.equal([{journal_mode: 'wal'}])
  })

  it('that another program holds is waited for, and then given up', async () => {
    const other = await open()
    const db = await open(`sqlite:///${file}?timeout=0.02`)
    let finish = () => {}
    const held = new Promise<void>((resolve) => (finish = resolve))
    let begin = () => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const holding = other.transaction(async (tx) => {
      await tx.insert('realm', [{name: 'mine'}])
      begin()
      await held
    })
    await begun

    const failure = await failureOf(db.insert('realm', [{name: 'yours'}]))
    finish()
    await holding
    await db.insert('realm', [{name: 'later'}])

    expect(failure).to.include({code: 'UNAVAILABLE', kind: 'conflict'})
    const names = (await db.k('realm')).map((row) => row.name as string)
    expect(names).to.include.members(['mine', 'later'])
    expect(names).not.to.contain('yours')
  })

  it('whose reader refuses the commit leaves no transaction open', async () => {
    const reader = await open()
    const db = await open(`sqlite:///${file}?timeout=0.02`)
    const reading = await reader.k.transaction()
    await reading('realm').select()

    const failure = await failureOf(db.insert('realm', [{name: 'refused'}]))
    await reading.rollback()
    await db.insert('realm', [{name: 'accepted'}])

    expect(failure).to.include({code: 'UNAVAILABLE', kind: 'conflict'})
    const names = (await reader.k('realm')).map((row) => row.name as string)
    expect(names).to.contain('accepted')
    expect(names).not.to.contain('refused')
  })

  it('that cannot grow says that the disk is full, and loses nothing', async () => {
    const db = await open()
    await db.insert('realm', [{name: 'before'}])
    const [{page_count: pages}] = (await db.k.raw('PRAGMA page_count')) as [{page_count: number}]
    await db.k.raw(`PRAGMA max_page_count = ${pages + 5}`)

    const failure = await failureOf(
      db.insert(
        'token',
        Array.from({length: 5000}, (_, at) => ({serial: `FULL${at}`, description: 'x'.repeat(80)})),
      ),
    )

    expect(failure).to.include({code: 'UNAVAILABLE', kind: 'full'})
    expect(await db.k('token').where('serial', 'like', 'FULL%')).to.deep.equal([])
    expect(await db.k('realm').where({name: 'before'})).to.have.length(1)
    expect(await db.k.raw('PRAGMA integrity_check')).to.deep.equal([{integrity_check: 'ok'}])
  })

  it('on a disk that takes no more is whole afterwards', async function () {
    this.timeout(30_000)
    // 1200 blocks of 512 bytes: the file fits, the new rows do not.
    const script = `ulimit -f 1200; exec node --import tsx "$0" insert "sqlite:///$1" FULL 500`

    const ended = spawnSync('/bin/sh', ['-c', script, writer, file], {cwd: projectRoot, encoding: 'utf8'})

    expect(ended.status).not.to.equal(0)
    const db = await open()
    const [row] = await db.k('token').where('serial', 'like', 'FULL%').count({n: '*'})
    expect(Number(row?.['n']) % 10, 'only whole batches').to.equal(0)
    expect(await db.k.raw('PRAGMA integrity_check')).to.deep.equal([{integrity_check: 'ok'}])
  })

  it('that is taken away while it is open fails in words', async () => {
    const db = await open()
    rmSync(file)
    rmSync(folder, {recursive: true})

    const failure = await failureOf(db.insert('realm', [{name: 'x'}]))

    expect(failure).to.have.property('code', 'UNAVAILABLE')
  })
})
