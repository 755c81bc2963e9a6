import {expect} from 'chai'
import {generateKeyPairSync} from 'node:crypto'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {loadSettings} from '../../../../../src/lib/config/load.js'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import type {PiError} from '../../../../../src/lib/errors.js'
import {AuditRestoreService} from '../../../../../src/lib/services/audit-archive/restore.js'
import {AuditRotationService} from '../../../../../src/lib/services/audit-rotation/index.js'
import {AuditSearchService} from '../../../../../src/lib/services/audit-search/index.js'
import type {AuditFilters} from '../../../../../src/lib/services/audit-search/filters.js'
import {auditStats} from '../../../../../src/lib/services/audit-stats/index.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {temporaryFolder} from '../../../../support/folders.js'

describeEachDatabase('archives, search and statistics of the audit log', (open) => {
  const folder = temporaryFolder('archive')
  const archives = join(folder, 'archives')
  const key = generateKeyPairSync('rsa', {modulusLength: 2048})
  let db: Database
  let rotation: AuditRotationService
  let restoring: AuditRestoreService
  let searching: AuditSearchService

  before(async () => {
    db = await open()
    writeFileSync(join(folder, 'private.pem'), key.privateKey.export({format: 'pem', type: 'pkcs1'}))
    writeFileSync(join(folder, 'public.pem'), key.publicKey.export({format: 'pem', type: 'spki'}))
    writeFileSync(
      join(folder, 'pi.cfg'),
      `PI_AUDIT_KEY_PRIVATE = '${folder}/private.pem'\nPI_AUDIT_KEY_PUBLIC = '${folder}/public.pem'\n`,
    )
    const settings = await loadSettings({configFile: join(folder, 'pi.cfg'), env: {}})
    const database = async () => db
    rotation = new AuditRotationService({settings, database, warn() {}})
    restoring = new AuditRestoreService({settings, database})
    searching = new AuditSearchService({settings, database})
    await db.insert(
      'pidea_audit',
      Array.from({length: 60}, (_, at) => ({
        date: `2025-03-0${1 + (at % 5)} 1${at % 3}:00:00.000${at % 2 === 0 ? '000' : '120'}`,
        startdate: at % 4 === 0 ? null : '2025-03-01 11:59:59.000000',
        duration: at % 4 === 0 ? null : '1970-01-02 00:00:01.000120',
        action: at % 2 === 0 ? 'POST /validate/check' : 'POST /auth',
        success: at % 3 === 0 ? 0 : 1,
        serial: at % 6 === 0 ? null : `OATH_${at}`,
        user: at % 5 === 0 ? null : at % 5 === 1 ? 'nilsson' : "o'ünï\n\\",
        realm: 'corp',
        info: at % 7 === 0 ? '' : `100% of row ${at}`,
        signature: 'x',
      })),
    )
  })

  const all = () => db.k<Row>('pidea_audit').orderBy('id') as unknown as Promise<Row[]>
  const manifests = () =>
    readdirSync(archives)
      .filter((name) => name.endsWith('.manifest.json'))
      .map((name) => join(archives, name))
  const codeOf = async (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => (error as PiError).code,
    )
  const count = async (filters: AuditFilters) => {
    let rows = 0
    for await (const page of searching.search(filters)) rows += page.length
    return rows
  }

  it('brings back exactly what a rotation archived, and only once', async () => {
    const before = await all()

    const rotated = await rotation.rotate({
      mode: {kind: 'age', days: 1},
      now: new Date(2025, 2, 4, 11, 30).getTime(),
      archive: archives,
      chunkSize: 7,
    })
    const left = await all()
    const restored = await restoring.restore(rotated.archive!)
    const again = await restoring.restore(rotated.archive!)

    expect(rotated.rows)
      .to.equal(60 - left.length)
      .and.be.greaterThan(20)
    expect(restored).to.deep.equal({restored: rotated.rows, present: 0, conflicts: [], signed: true})
    expect(again).to.deep.include({restored: 0, present: rotated.rows})
    expect(await all()).to.deep.equal(before)
    const [next] = await db.insert('pidea_audit', [{action: 'next', signature: ''}])
    expect(next).to.be.greaterThan(60)
    await db.k('pidea_audit').where({id: next!}).delete()
  })

  it('leaves another row with the same id alone', async () => {
    const [manifest] = manifests()
    const id = (JSON.parse(readFileSync(manifest!, 'utf8')) as {manifest: {firstId: number}}).manifest.firstId
    await db.k('pidea_audit').where({id}).update({info: 'another'})

    expect(await restoring.restore(manifest!, {dryRun: true})).to.deep.include({restored: 0, conflicts: [id]})
  })

  it('refuses archives that are damaged or signed by somebody else, and writes nothing', async () => {
    const [manifest] = manifests()
    const text = readFileSync(manifest!, 'utf8')
    const data = manifest!.replace('.manifest.json', '.jsonl.gz')
    const bytes = readFileSync(data)
    await db.k('pidea_audit').delete()

    writeFileSync(data, bytes.subarray(0, -20))
    const truncated = await codeOf(restoring.restore(manifest!))
    writeFileSync(
      data,
      bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
    )
    const damaged = await codeOf(restoring.restore(manifest!))
    writeFileSync(data, bytes)
    writeFileSync(manifest!, text.replace(/"rows": \d+/, '"rows": 1'))
    const forged = await codeOf(restoring.restore(manifest!))
    writeFileSync(manifest!, text.replace(/"signature": "[^"]*"/, '"signature": ""'))
    const unsigned = await codeOf(restoring.restore(manifest!))
    writeFileSync(manifest!, text.replace(/"file": "/, '"file": "../'))
    const outside = await codeOf(restoring.restore(manifest!))
    writeFileSync(manifest!, text)

    expect([truncated, damaged, forged, unsigned]).to.deep.equal(Array.from({length: 4}, () => 'INTEGRITY'))
    expect(outside).to.equal('INVALID_INPUT')
    expect(await all()).to.deep.equal([])
    await restoring.restore(manifest!)
  })

  it('finds rows by what stands in their columns', async () => {
    const rows = await all()
    const expected = (test: (row: Row) => boolean) => rows.filter((row) => test(row)).length

    expect(await count({columns: {user: 'nilsson'}})).to.equal(expected((row) => row['user'] === 'nilsson'))
    expect(await count({columns: {user: '!nils*'}})).to.equal(expected((row) => String(row['user']).startsWith("o'")))
    expect(await count({columns: {info: '100% of*'}})).to.equal(expected((row) => row['info'] !== ''))
    expect(await count({columns: {info: '1_0*'}})).to.equal(0)
    expect(await count({columns: {serial: 'OATH_1'}, success: true})).to.equal(
      expected((row) => row['serial'] === 'OATH_1' && Number(row['success']) === 1),
    )
    expect(await count({since: '2025-03-02', until: '2025-03-03T11:00'})).to.equal(
      expected((row) => String(row['date']) >= '2025-03-02' && String(row['date']) < '2025-03-03 11:00:00.000000'),
    )
    expect(await codeOf(count({columns: {colour: 'red'}}))).to.equal('USAGE')
    expect(await codeOf(count({since: 'yesterday'}))).to.equal('USAGE')
  })

  it('reads every row once in the order of dates', async () => {
    const seen: string[] = []
    for await (const page of searching.search({}, {order: 'date'})) {
      seen.push(...page.map(({row}) => `${String(row['date'])} ${String(row['id']).padStart(3, '0')}`))
    }

    expect(seen).to.deep.equal(seen.toSorted())
    expect(new Set(seen).size).to.equal((await all()).length)
  })

  it('counts what the database counts', async () => {
    const stats = await auditStats(db, {}, {top: 3})
    const [failed] = (await db.k('pidea_audit').where({success: 0}).count({n: '*'})) as Row[]

    expect(stats.failed).to.equal(Number(failed!['n']))
    expect(stats.hours.reduce((sum, {rows}) => sum + rows, 0)).to.equal(stats.rows)
    expect(stats.hoursOfDay.reduce((sum, {rows}) => sum + rows, 0)).to.equal(stats.rows)
    expect(stats.actions.map(({name}) => name)).to.have.members(['POST /auth', 'POST /validate/check'])
  })
})
