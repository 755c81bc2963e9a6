import {expect} from 'chai'
import {readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {PiError} from '../../../../../src/lib/errors.js'
import type {SecurityModule} from '../../../../../src/lib/security-module.js'
import {applyChange} from '../../../../../src/lib/services/janitor/apply.js'
import type {PlannedToken} from '../../../../../src/lib/services/janitor/plan.js'
import {fingerprint, readSnapshots, snapshotTables} from '../../../../../src/lib/services/janitor/snapshot.js'
import {readUndoFile, UndoWriter} from '../../../../../src/lib/services/janitor/undo-file.js'
import {undoRecords} from '../../../../../src/lib/services/janitor/undo.js'
import * as changes from '../../../../../src/lib/services/tokens/changes.js'
import type {Change} from '../../../../../src/lib/services/tokens/changes.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {temporaryFolder} from '../../../../support/folders.js'

const types = ['hotp', 'totp', 'pw', 'spass', 'question', 'push', 'certificate', 'webauthn']

/** A key module that needs no key: what matters here is that nothing can be read without it. */
function security(mask: number): SecurityModule {
  const turn = (bytes: Uint8Array) => Buffer.from(bytes.map((byte) => byte ^ mask))
  return {
    description: 'test',
    encrypt: async (_slot, plaintext) =>
      Buffer.concat([turn(plaintext), Buffer.alloc(16 - (plaintext.length % 16), mask)]),
    decrypt: async (_slot, ciphertext) => turn(ciphertext.subarray(0, 64)),
    random: async (length) => Buffer.alloc(length, 7),
    close: async () => {},
  }
}

/** Tokens with rows in every table that can belong to one. */
async function fill(db: Database, count: number): Promise<number[]> {
  const ids = await db.insert(
    'token',
    Array.from({length: count}, (_, index) => ({
      serial: `TOK${String(index).padStart(5, '0')}`,
      tokentype: types[index % types.length],
      description: index % 5 === 0 ? null : `token "${index}" – ü`,
      key_enc: 'ab'.repeat(24),
      key_iv: 'cd'.repeat(16),
      pin_hash: '$argon2id$v=19$m=1024,t=1,p=1$c2FsdA$aGFzaA',
      failcount: index % 11,
      active: index % 3 !== 0,
      locked: false,
    })),
  )
  const [realm, other] = await db.insert('realm', [{name: 'one'}, {name: 'two'}])
  const [group] = await db.insert('tokengroup', [{name: 'group'}])
  await db.insert(
    'tokeninfo',
    ids.flatMap((id, index) => [
      {token_id: id, Key: 'tokenkind', Value: 'software', Type: null, Description: null},
      {token_id: id, Key: 'secret', Value: 'aa:bb', Type: 'password'},
      ...(index % 2 === 0 ? [{token_id: id, Key: 'failcounter_exceeded', Value: '2025-01-01T10:00+0000'}] : []),
    ]),
  )
  await db.insert(
    'tokenowner',
    ids.map((id, index) => ({
      token_id: id,
      resolver: 'res',
      user_id: `u${index}`,
      realm_id: index % 4 === 0 ? null : realm,
    })),
  )
  await db.insert(
    'tokenrealm',
    ids.flatMap((id) => [
      {token_id: id, realm_id: realm},
      {token_id: id, realm_id: other},
    ]),
  )
  await db.insert(
    'tokentokengroup',
    ids.filter((_, index) => index % 3 === 0).map((id) => ({token_id: id, tokengroup_id: group})),
  )
  const machines = await db.insert(
    'machinetoken',
    ids.map((id) => ({token_id: id, machine_id: '1.2.3.4', application: 'offline'})),
  )
  await db.insert(
    'machinetokenoptions',
    machines.flatMap((id) => [
      {machinetoken_id: id, mt_key: 'count', mt_value: '100'},
      {machinetoken_id: id, mt_key: 'rounds', mt_value: '7'},
    ]),
  )
  await db.insert(
    'challenge',
    ids.map((_, index) => ({
      serial: `TOK${String(index).padStart(5, '0')}`,
      transaction_id: `${index}`,
      timestamp: '2025-03-01 10:00:00.123456',
      expiration: '2025-03-01 10:02:00.000000',
    })),
  )
  if (db.schema.hasTable('tokencontainertoken')) {
    const [container] = await db.insert('tokencontainer', [{serial: 'CONT1', type: 'generic'}])
    await db.insert(
      'tokencontainertoken',
      ids.map((id) => ({token_id: id, container_id: container})),
    )
  }
  if (db.schema.hasTable('tokencredentialidhash')) {
    await db.insert(
      'tokencredentialidhash',
      ids.map((id) => ({token_id: id, credential_id_hash: `hash${id}`})),
    )
  }
  return ids
}

/** Every row of every table that the janitor may touch. */
async function dump(db: Database): Promise<Record<string, Row[]>> {
  const state: Record<string, Row[]> = {}
  for (const table of [...snapshotTables, 'realm', 'tokengroup', 'config']) {
    if (!db.schema.hasTable(table)) continue
    const rows = await db.k<Row>(table)
    state[table] = rows.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  }
  return state
}

async function plan(db: Database, ids: readonly number[]): Promise<PlannedToken[]> {
  const planned: PlannedToken[] = []
  for (let at = 0; at < ids.length; at += 500) {
    for (const snapshot of (await readSnapshots(db, ids.slice(at, at + 500))).values()) {
      planned.push({id: snapshot.id, serial: snapshot.serial, fingerprint: fingerprint(snapshot)})
    }
  }
  return planned
}

const head = {
  action: 'delete',
  created: '2025-03-03T00:00:00.000Z',
  database: {product: 'privacyidea', version: '3.8'},
} as const

for (const [version, many] of [
  ['3.8', 1000],
  ['3.14dev1', 120],
] as const) {
  describeEachDatabase(`the way back of the janitor on ${version}`, (open) => {
    let db: Database
    let folder: string
    let files = 0

    before(() => {
      folder = temporaryFolder('undo')
    })
    beforeEach(async () => {
      db = await open.fresh({version})
    })

    async function change(ids: readonly PlannedToken[], how: Change): Promise<{file: string; changed: number}> {
      const file = join(folder, `${(files += 1)}.undo`)
      const undo = await UndoWriter.create(file, head, security(1))
      const result = await applyChange(db, ids, how, {undo})
      undo.close()
      return {file, changed: result.changed.length}
    }

    it(`brings back ${many} deleted tokens of all types, every row of every table`, async () => {
      const planned = await plan(db, await fill(db, many))
      const original = await dump(db)

      const {file, changed} = await change(planned, changes.remove)
      const emptied = await dump(db)
      const result = await undoRecords(db, (await readUndoFile(file, security(1))).records())

      expect(changed).to.equal(many)
      for (const table of snapshotTables) expect(emptied[table] ?? []).to.deep.equal([])
      expect(result.restored).to.have.length(many)
      expect(result.failed).to.deep.equal([])
      expect(await dump(db)).to.deep.equal(original)
    })

    const kinds: [string, Change][] = [
      ['disable', changes.setActive(false)],
      ['unassign', changes.unassign('$argon2id$empty')],
      ['describe', changes.setDescription('marked')],
      ['set a detail', changes.setInfo({key: 'mark', value: '1'})],
      ['remove details', changes.removeInfo(['tokenkind', 'secret'])],
      ['reset the fail counter', changes.resetFailcount],
      ['take out of all realms', changes.setRealms([])],
    ]
    for (const [name, how] of kinds) {
      it(`takes back: ${name}`, async () => {
        const planned = await plan(db, await fill(db, 30))
        const original = await dump(db)

        const {file, changed} = await change(planned, how)
        const between = await dump(db)
        const result = await undoRecords(db, (await readUndoFile(file, security(1))).records())

        expect(changed).to.be.greaterThan(0)
        expect(between).to.not.deep.equal(original)
        expect(result.restored).to.have.length(changed)
        expect(await dump(db)).to.deep.equal(original)
      })
    }

    it('leaves alone what was changed after it was found, and changes the rest', async () => {
      const planned = await plan(db, await fill(db, 10))
      await db.k('token').where({id: planned[3]!.id}).update({failcount: 9})
      await db.k('tokeninfo').where({token_id: planned[4]!.id, Key: 'tokenkind'}).update({Value: 'hardware'})
      await db.k('challenge').where({serial: planned[5]!.serial}).update({received_count: 1})
      await changes.remove(db, {id: planned[6]!.id, serial: planned[6]!.serial} as never)

      const result = await applyChange(db, planned, changes.remove)

      expect(result.skipped).to.deep.equal([
        {serial: planned[3]!.serial, reason: 'changed'},
        {serial: planned[4]!.serial, reason: 'changed'},
        {serial: planned[6]!.serial, reason: 'gone'},
      ])
      expect(result.changed).to.have.length(7)
    })

    it('leaves alone what was changed after the run, unless forced', async () => {
      const planned = await plan(db, await fill(db, 3))
      const {file} = await change(planned, changes.setDescription('marked'))
      await db.k('token').where({id: planned[1]!.id}).update({failcount: 10})

      const careful = await undoRecords(db, (await readUndoFile(file, security(1))).records())
      const forced = await undoRecords(db, (await readUndoFile(file, security(1))).records(), {force: true})

      expect(careful.restored).to.have.length(2)
      expect(careful.skipped).to.deep.equal([{serial: planned[1]!.serial, reason: 'it was changed since'}])
      expect(forced.restored).to.deep.equal([planned[1]!.serial])
      expect(forced.unchanged).to.have.length(2)
    })

    it('takes back what was done twice to the same token, the last change first', async () => {
      const ids = await fill(db, 3)
      const original = await dump(db)
      const file = join(folder, `${(files += 1)}.undo`)
      const undo = await UndoWriter.create(file, head, security(1))
      await applyChange(db, await plan(db, ids), changes.setDescription('first'), {undo})
      await applyChange(db, await plan(db, ids), changes.setDescription('second'), {undo})
      undo.close()

      const result = await undoRecords(db, (await readUndoFile(file, security(1))).records())

      expect(result.restored).to.have.length(6)
      expect(await dump(db)).to.deep.equal(original)
    })

    it('does not put a deleted token over a new one with its serial', async () => {
      const planned = await plan(db, await fill(db, 2))
      const {file} = await change(planned, changes.remove)
      await db.insert('token', [{id: 90_000, serial: planned[0]!.serial, tokentype: 'hotp'}])

      const result = await undoRecords(db, (await readUndoFile(file, security(1))).records())

      expect(result.restored).to.deep.equal([planned[1]!.serial])
      expect(result.skipped).to.deep.equal([
        {serial: planned[0]!.serial, reason: 'there is a new token with this serial'},
      ])
    })

    it('reports a locked token and goes on', async () => {
      const planned = await plan(db, await fill(db, 3))
      await db.k('token').where({id: planned[1]!.id}).update({locked: true})
      const again = await plan(
        db,
        planned.map(({id}) => id),
      )

      const result = await applyChange(db, again, changes.setDescription('marked'))

      expect(result.changed).to.have.length(2)
      expect(result.failed).to.deep.equal([
        {serial: planned[1]!.serial, reason: `The token ${planned[1]!.serial} is locked.`},
      ])
    })

    it('goes on where an interrupted run has ended, also when its file ends in half a line', async () => {
      const planned = await plan(db, await fill(db, 6))
      const original = await dump(db)
      const {file} = await change(planned.slice(0, 3), changes.remove)
      writeFileSync(file, `${readFileSync(file, 'utf8')}AAAA`)

      const {writer, records} = await UndoWriter.resume(file, security(1))
      const earlier = new Map(records.map(({before, after}) => [before.id, after]))
      const result = await applyChange(db, planned, changes.remove, {undo: writer, earlier})
      writer.close()

      expect(result.unchanged).to.deep.equal(planned.slice(0, 3).map(({serial}) => serial))
      expect(result.changed).to.deep.equal(planned.slice(3).map(({serial}) => serial))
      await undoRecords(db, (await readUndoFile(file, security(1))).records())
      expect(await dump(db)).to.deep.equal(original)
    })
  })
}

describe('undo files', () => {
  const file = join(temporaryFolder('undo-file'), 'a.undo')
  const record = {before: {id: 1, serial: 'S', rows: {token: [{id: 1, pin_hash: 'canary'}]}}, after: 'gone'}

  before(async () => {
    const undo = await UndoWriter.create(file, head, security(1))
    undo.append([record, {...record, after: 'x'}])
    undo.close()
  })

  it('are readable by the owner only, and by nobody without the key', async () => {
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(readFileSync(file, 'utf8')).to.not.include('canary')
    expect([...(await readUndoFile(file, security(1))).records()]).to.deep.equal([{...record, after: 'x'}, record])
    await fails(async () => [...(await readUndoFile(file, security(3))).records()], /INTEGRITY|INVALID_INPUT/)
  })

  it('are never overwritten', async () => {
    await fails(() => UndoWriter.create(file, head, security(1)), /ALREADY_EXISTS/)
  })

  it('show when a record was changed, moved or taken out', async () => {
    const [header, first, second] = readFileSync(file, 'utf8').split('\n') as [string, string, string]
    const damaged = [
      [header, second, first],
      [header, second],
      [header, `${first.slice(0, 40)}${first[40] === 'A' ? 'B' : 'A'}${first.slice(41)}`, second],
      [header.replace('delete', 'enable'), first, second],
    ]
    for (const [index, lines] of damaged.entries()) {
      const path = `${file}.${index}`
      writeFileSync(path, `${lines.join('\n')}\n`)
      await fails(async () => [...(await readUndoFile(path, security(1))).records()], /INTEGRITY/)
    }
  })

  it('are told from other files', async () => {
    for (const [index, text] of ['', 'x', '{}\n', '{"format":"other"}\n', '[]\n'].entries()) {
      const path = `${file}.other${index}`
      writeFileSync(path, text)
      await fails(() => readUndoFile(path, security(1)), /INVALID_INPUT/)
    }
  })
})

async function fails(work: () => Promise<unknown>, code: RegExp): Promise<void> {
  try {
    await work()
  } catch (error) {
    expect(error).to.be.instanceOf(PiError)
    expect((error as PiError).code).to.match(code)
    return
  }
  expect.fail('it did not fail')
}
