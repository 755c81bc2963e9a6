import {expect} from 'chai'
import {generateKeyPairSync, type KeyObject} from 'node:crypto'
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {signAuditRow} from '../../../../../src/lib/audit/sign.js'
import {loadSettings} from '../../../../../src/lib/config/load.js'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {AuditRotationService} from '../../../../../src/lib/services/audit-rotation/index.js'
import {AuditVerifyService, type VerifyResult} from '../../../../../src/lib/services/audit-verify/index.js'
import {signedFields} from '../../../../../src/lib/store/audit.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {temporaryFolder} from '../../../../support/folders.js'

const pair = () => generateKeyPairSync('rsa', {modulusLength: 2048})
const count = 240

interface Fault {
  name: string
  plant: (db: Database, random: () => number) => Promise<(result: VerifyResult) => boolean>
}

/** Columns that the signature covers, and another value for each. */
const columns: [string, (row: Row) => unknown][] = [
  ['action', () => 'POST /token/init'],
  ['success', (row) => 1 - Number(row['success'])],
  ['user', () => 'mallory'],
  ['realm', () => null],
  ['serial', () => 'OATHOTHER'],
  ['info', () => 'matching 1 tokens '],
  ['administrator', () => 'admin'],
  ['client', () => '10.0.0.66'],
  ['date', () => '2025-03-01 00:00:00.000001'],
  ['startdate', () => null],
]

const bad =
  (...ids: number[]) =>
  (result: VerifyResult) =>
    ids.every((id) => result.problems.some((problem) => problem.id === id)) && result.problems.length === ids.length
const missing = (from: number, to: number, reason: string) => (result: VerifyResult) =>
  result.gaps.some((gap) => gap.from === from && gap.to === to && gap.reason === reason) &&
  result.unexplained === to - from + 1 &&
  result.problems.length === 0

function faults(other: KeyObject): Fault[] {
  const pick = (random: () => number) => 2 + Math.floor(random() * (count - 3))
  return [
    {
      name: 'changed column',
      async plant(db, random) {
        const id = pick(random)
        const [column, change] = columns[Math.floor(random() * columns.length)]!
        const row = (await db.k('pidea_audit').where({id}).first()) as Row
        await db
          .k('pidea_audit')
          .where({id})
          .update({[column]: change(row)})
        return bad(id)
      },
    },
    {
      name: 'swapped rows',
      async plant(db, random) {
        const [one, two] = [pick(random), pick(random)]
        const another = two === one ? one - 1 : two
        await db.k('pidea_audit').where({id: one}).update({id: 100_000})
        await db.k('pidea_audit').where({id: another}).update({id: one})
        await db.k('pidea_audit').where({id: 100_000}).update({id: another})
        return bad(one, another)
      },
    },
    {
      name: 'deleted middle',
      async plant(db, random) {
        const from = Math.min(pick(random), count - 8)
        const to = from + Math.floor(random() * 4)
        await db.k('pidea_audit').whereBetween('id', [from, to]).delete()
        return missing(from, to, 'middle')
      },
    },
    {
      name: 'deleted head',
      async plant(db, random) {
        const to = 1 + Math.floor(random() * 10)
        await db.k('pidea_audit').where('id', '<=', to).delete()
        return missing(1, to, 'head')
      },
    },
    {
      name: 'deleted tail',
      async plant(db, random) {
        const from = count - Math.floor(random() * 10)
        await db.k('pidea_audit').where('id', '>=', from).delete()
        return missing(from, count, 'tail')
      },
    },
    {
      name: 're-signed with another key',
      async plant(db, random) {
        const id = pick(random)
        await db.k('pidea_audit').where({id}).update({info: 'forged'})
        const row = (await db.k('pidea_audit').where({id}).first()) as Row
        await db
          .k('pidea_audit')
          .where({id})
          .update({signature: await signAuditRow(other, signedFields(row, db.schema))})
        return bad(id)
      },
    },
  ]
}

/** A small generator of numbers, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

describeEachDatabase('verification of the audit log', (open) => {
  const folder = temporaryFolder('verify')
  const [first, second, other] = [pair(), pair(), pair()]
  const file = (name: string) => join(folder, name)
  let db: Database
  let pristine: Row[]
  let service: AuditVerifyService
  let rotation: AuditRotationService

  before(async () => {
    db = await open()
    // The first half was signed before the key was changed.
    for (let at = 0; at < count; at++) {
      await db.insert('pidea_audit', [
        {
          id: at + 1,
          date: `2025-03-0${1 + (at % 9)} 12:00:00.${String(at).padStart(6, '0')}`,
          startdate: '2025-03-01 11:59:59.000000',
          duration: '1970-01-01 00:00:01.000120',
          action: at % 2 === 0 ? 'POST /validate/check' : 'POST /auth',
          success: at % 3 === 0 ? 0 : 1,
          serial: `OATH${at}`,
          user: at % 5 === 0 ? null : 'ünï',
          realm: 'corp',
          info: at % 7 === 0 ? '' : `row ${at}`,
          client: '10.0.0.1',
          privacyidea_server: 'localnode',
          signature: '',
        },
      ])
    }
    await db.raiseSequences(['pidea_audit'])
    for (const row of (await db.k('pidea_audit').orderBy('id')) as Row[]) {
      const {privateKey} = Number(row['id']) <= count / 2 ? first : second
      await db
        .k('pidea_audit')
        .where({id: Number(row['id'])})
        .update({signature: await signAuditRow(privateKey, signedFields(row, db.schema))})
    }
    pristine = (await db.k('pidea_audit').orderBy('id')) as Row[]
    writeFileSync(file('private.pem'), second.privateKey.export({format: 'pem', type: 'pkcs1'}))
    writeFileSync(file('public.pem'), second.publicKey.export({format: 'pem', type: 'spki'}))
    const old = {
      fingerprint: 'first',
      publicKey: first.publicKey.export({format: 'pem', type: 'spki'}),
      firstId: null,
      lastId: count / 2,
      retiredAt: '2025-03-05T00:00:00.000Z',
    }
    writeFileSync(file('public.pem.old.json'), JSON.stringify({format: 1, keys: [old]}))
    writeFileSync(
      file('pi.cfg'),
      `SQLALCHEMY_DATABASE_URI = '${await open.uri()}'\n` +
        `PI_AUDIT_KEY_PRIVATE = '${file('private.pem')}'\nPI_AUDIT_KEY_PUBLIC = '${file('public.pem')}'\n`,
    )
    const settings = await loadSettings({configFile: file('pi.cfg'), env: {}})
    service = new AuditVerifyService({settings, database: async () => db})
    rotation = new AuditRotationService({settings, database: async () => db, warn() {}})
  })

  const restore = async () => {
    await db.transaction(async (tx) => {
      await tx.k('pidea_audit').delete()
      for (let at = 0; at < pristine.length; at += 80) await tx.insert('pidea_audit', pristine.slice(at, at + 80))
    })
  }
  const verify = (options: Partial<Parameters<AuditVerifyService['verify']>[0]> = {}) =>
    service.verify({threads: 0, ...options})

  it('finds nothing in a clean table, whichever key signed', async () => {
    const result = await verify()

    expect(result).to.deep.include({ok: true, rows: count, problems: [], gaps: [], unexplained: 0})
    expect(Object.values(result.byKey)).to.deep.equal([count / 2, count / 2])
  })

  it('finds every planted fault, and nothing after it was taken back', async () => {
    await service.checkpoint()
    const kinds = faults(other.privateKey)
    const random = seeded(7)
    const planted = db.dialect === 'sqlite' ? 100 : 12
    for (let number = 0; number < planted; number++) {
      const fault = kinds[number % kinds.length]!
      const found = await fault.plant(db, random)

      const result = await verify()

      expect(found(result), `${number} ${fault.name}: ${JSON.stringify({...result, byKey: 0})}`).to.equal(true)
      expect(result.ok).to.equal(false)
      await restore()
    }
    expect((await verify()).ok).to.equal(true)
  }).timeout(60_000)

  it('knows what a rotation deleted, and what somebody deleted beside it', async () => {
    await rotation.rotate({mode: {kind: 'watermark', high: 10, low: count - 20}})
    await rotation.rotate({mode: {kind: 'age', days: 1}, now: Date.parse('2025-03-03T00:00:00Z'), chunkSize: 7})
    const clean = await verify()
    await db
      .k('pidea_audit')
      .where({id: count - 1})
      .delete()
    const missed = await verify()

    expect(clean.ok, JSON.stringify(clean.gaps.slice(0, 5))).to.equal(true)
    expect(clean.missing.rotated).to.be.greaterThan(30)
    expect(missed.gaps.filter(({reason}) => reason === 'middle')).to.deep.equal([
      {from: count - 1, to: count - 1, reason: 'middle'},
    ])
    await restore()
  })

  it('believes no rotation that nobody of the site signed', async () => {
    const path = file('public.pem.evidence.jsonl')
    const kept = readFileSync(path, 'utf8')
    await rotation.rotate({mode: {kind: 'watermark', high: 10, low: 200}})
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/"rows":(\d+)/g, '"rows":1$1'))

    const result = await verify()

    expect(result).to.include({ok: false, forgedStatements: kept.split('\n').length})
    writeFileSync(path, kept)
    await restore()
  })

  it('finds a last row that was replaced by another', async () => {
    const row = (await db.k('pidea_audit').where({id: count}).first()) as Row
    const changed = {...row, info: 'another'}
    await db
      .k('pidea_audit')
      .where({id: count})
      .update({info: 'another', signature: await signAuditRow(second.privateKey, signedFields(changed, db.schema))})

    expect(await verify()).to.include({ok: false, replacedLastRow: count, badSignatures: 0})
    await restore()
  })

  it('takes distances up to the increment of a cluster for none', async () => {
    rmSync(file('public.pem.evidence.jsonl'))
    await db.k('pidea_audit').whereRaw('id % 3 <> 1').delete()
    const alone = await verify()
    const cluster = await verify({increment: 3})
    await db.k('pidea_audit').where({id: 100}).delete()
    const deleted = await verify({increment: 3})

    expect(alone.unexplained).to.be.greaterThan(100)
    expect(cluster).to.include({ok: true, unexplained: 0})
    expect(deleted.gaps).to.deep.include({from: 98, to: 102, reason: 'middle'})
    await restore()
  })

  it('goes on where it was interrupted, and comes to the same', async () => {
    const resume = file('state.json')
    const controller = new AbortController()
    const whole = await verify()
    controller.abort()
    let failure: unknown
    await verify({resume, signal: controller.signal}).catch((error: unknown) => (failure = error))

    expect(failure).to.include({code: 'INTERRUPTED'})
    expect(existsSync(resume)).to.equal(true)
    expect(await verify({resume})).to.deep.equal(whole)
    expect(existsSync(resume)).to.equal(false)
  })

  it('refuses a checkpoint of a table with holes, unless they are accepted', async () => {
    await db.k('pidea_audit').where({id: 50}).delete()
    let failure: unknown
    await service.checkpoint().catch((error: unknown) => (failure = error))

    expect(failure).to.include({code: 'REFUSED'})
    expect((await service.checkpoint({acceptGaps: true})).accepted).to.equal(1)
    expect(await verify()).to.deep.include({ok: true, missing: {known: 1}})
    await restore()
  })
})
