import {expect} from 'chai'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {utcText} from '../../../../../src/lib/db/dates.js'
import {collectGarbage} from '../../../../../src/lib/services/gc/run.js'
import {describeEachDatabase, type Release} from '../../../../support/database.js'

const now = new Date('2025-03-03T12:00:00Z')
const ago = (seconds: number) => utcText(new Date(now.getTime() - seconds * 1000))
const day = 86_400

/** One row that must go and one that must stay, by table. */
async function fill(db: Database): Promise<void> {
  const [token] = await db.insert('token', [{serial: 'OATH1', tokentype: 'hotp'}])
  const [realm] = await db.insert('realm', [{name: 'one'}])
  await db.insert('challenge', [
    {serial: 'OATH1', transaction_id: 'gone', timestamp: ago(400), expiration: ago(1)},
    {serial: 'OATH1', transaction_id: 'kept', timestamp: ago(60), expiration: ago(-60)},
  ])
  await db.insert('authcache', [
    {username: 'gone', last_auth: ago(481 * 60)},
    {username: 'kept', last_auth: ago(479 * 60)},
  ])
  await db.insert('usercache', [
    {username: 'gone', timestamp: ago(2 * day)},
    {username: 'kept', timestamp: ago(-2 * day)},
  ])
  await db.insert('passwordreset', [
    {username: 'gone', realm: '', recoverycode: 'x', expiration: ago(2 * day)},
    {username: 'kept', realm: '', recoverycode: 'x', expiration: ago(-2 * day)},
  ])
  await db.insert('eventcounter', [
    {counter_name: 'gone', counter_value: 0, node: 'a'},
    {counter_name: 'kept', counter_value: 1, node: 'a'},
  ])
  await db.insert('monitoringstats', [
    {stats_key: 'gone', stats_value: 1, timestamp: ago(400 * day)},
    {stats_key: 'kept', stats_value: 1, timestamp: ago(day)},
  ])
  await db.insert('tokeninfo', [
    {token_id: null, Key: 'gone', Value: ''},
    {token_id: token, Key: 'kept', Value: ''},
  ])
  await db.insert('tokenowner', [
    {token_id: null, user_id: 'gone'},
    {token_id: token, user_id: 'kept'},
  ])
  await db.insert('tokenrealm', [
    {token_id: null, realm_id: realm},
    {token_id: token, realm_id: realm},
  ])
  const [lost, kept] = await db.insert('machinetoken', [
    {token_id: null, application: 'gone'},
    {token_id: token, application: 'kept'},
  ])
  await db.insert('machinetokenoptions', [
    {machinetoken_id: lost, mt_key: 'gone', mt_value: ''},
    {machinetoken_id: kept, mt_key: 'kept', mt_value: ''},
  ])
  if (db.schema.hasTable('jwt_blacklist')) {
    await db.insert('jwt_blacklist', [
      {nonce: 'gone', expiration: ago(1)},
      {nonce: 'kept', expiration: ago(-day)},
    ])
  }
}

/** A column that says gone or kept, by table. */
const columns: Record<string, string> = {
  challenge: 'transaction_id',
  authcache: 'username',
  passwordreset: 'username',
  eventcounter: 'counter_name',
  tokeninfo: 'Key',
  tokenowner: 'user_id',
  machinetoken: 'application',
  machinetokenoptions: 'mt_key',
  monitoringstats: 'stats_key',
  usercache: 'username',
}

const releases: Release[] = [
  {product: 'privacyidea', version: '3.8'},
  {product: 'privacyidea', version: '3.14dev1'},
  {product: 'edumfa', version: '2.9.1'},
]

for (const release of releases) {
  describeEachDatabase(`gc on ${release.product} ${release.version}`, (open) => {
    let db: Database

    beforeEach(async () => {
      db = await open.fresh(release)
      await fill(db)
    })

    const left = async (table: string) => (await db.k<Row>(table)).map((row) => String(row[columns[table]!])).sort()

    it('deletes what nobody needs and nothing else', async () => {
      await db.insert('config', [{Key: 'UserCacheExpiration', Value: '3600'}])

      const results = await collectGarbage(db, {now, ages: {'monitoring-stats': 365 * day}, pauseMs: 0})

      for (const table of Object.keys(columns)) expect(await left(table), table).to.deep.equal(['kept'])
      expect(await db.k('tokenrealm')).to.have.length(1)
      expect(await db.k('token')).to.have.length(1)
      if (db.schema.hasTable('jwt_blacklist')) {
        expect((await db.k<Row>('jwt_blacklist')).map((row) => row['nonce'])).to.deep.equal(['kept'])
      }
      expect(results.filter(({rows}) => rows > 1)).to.deep.equal([])
    })

    it('counts in a dry run what it would delete, and deletes nothing', async () => {
      const before = await Promise.all(Object.keys(columns).map((table) => left(table)))

      const planned = await collectGarbage(db, {now, dryRun: true})
      const after = await Promise.all(Object.keys(columns).map((table) => left(table)))
      const done = await collectGarbage(db, {now, pauseMs: 0})

      expect(after).to.deep.equal(before)
      expect(done).to.deep.equal(planned)
    })

    it('leaves alone what nobody has called old', async () => {
      const results = await collectGarbage(db, {now, pauseMs: 0})

      expect(await left('monitoringstats')).to.deep.equal(['gone', 'kept'])
      expect(await left('usercache')).to.deep.equal(['gone', 'kept'])
      expect(results.find(({name}) => name === 'usercache')).to.include({rows: 0, skipped: 'off'})
    })

    it('goes on in chunks until nothing is left', async () => {
      await db.insert(
        'challenge',
        Array.from({length: 25}, (_, index) => ({
          serial: 'OATH1',
          transaction_id: `old${index}`,
          timestamp: ago(400),
          expiration: ago(10),
        })),
      )
      let transactions = 0

      const [result] = await collectGarbage(db, {
        now,
        only: ['challenges'],
        chunkSize: 10,
        pauseMs: 0,
        onProgress: () => (transactions += 1),
      })

      expect(result?.rows).to.equal(26)
      expect(transactions).to.equal(3)
      expect(await left('challenge')).to.deep.equal(['kept'])
    })
  })
}
