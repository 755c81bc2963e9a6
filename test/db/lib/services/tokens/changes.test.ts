import {expect} from 'chai'
import {PasswordContext} from '../../../../../src/lib/crypto/password-hash.js'
import {hotp} from '../../../../../src/lib/crypto/otp/hotp.js'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import type {PiError} from '../../../../../src/lib/errors.js'
import type {SecurityModule} from '../../../../../src/lib/security-module.js'
import {TokenService} from '../../../../../src/lib/services/tokens/index.js'
import {LockedToken} from '../../../../../src/lib/services/tokens/locked.js'
import type {UserService} from '../../../../../src/lib/services/users.js'
import {describeEachDatabase} from '../../../../support/database.js'

const pins = new PasswordContext(['argon2'], {argon2__rounds: 1, argon2__memory_cost: 1024, argon2__parallelism: 1})
const key = Buffer.from('12345678901234567890')

/** Keeps what it is given: what matters here is that it is asked. */
const security: SecurityModule = {
  description: 'test',
  encrypt: async (_slot, plaintext) => Buffer.concat([plaintext, Buffer.alloc(16 - (plaintext.length % 16))]),
  decrypt: async (_slot, ciphertext) => Buffer.from(ciphertext.subarray(0, ciphertext.indexOf(0))),
  random: async (length) => Buffer.alloc(length, 1),
  close: async () => {},
}

for (const version of ['3.8', '3.14dev1']) {
  describeEachDatabase(`changes of tokens on ${version}`, (open) => {
    let db: Database
    let id: number

    const service = (options: {dryRun?: boolean; now?: Date} = {}) =>
      new TokenService({
        db,
        security: async () => security,
        pins: async () => pins,
        users: async () =>
          ({
            findUser: async (login: string) =>
              login === 'ann'
                ? {login, usedLogin: login, realm: 'office', resolver: 'people', userId: '700'}
                : undefined,
          }) as unknown as UserService,
        now: () => options.now ?? new Date('2025-03-03T12:00:00Z'),
        ...(options.dryRun !== undefined && {dryRun: options.dryRun}),
      })
    const row = async () => (await db.k<Row>('token').where({id}).first())!
    const info = async () => {
      const rows = await db.k<Row>('tokeninfo').where({token_id: id}).orderBy('id')
      return Object.fromEntries(rows.map((entry) => [String(entry['Key']), String(entry['Value'])]))
    }
    const realms = async () =>
      (await db.k<Row>('tokenrealm').join('realm', 'realm.id', 'tokenrealm.realm_id').where({token_id: id}))
        .map((entry) => String(entry['name']))
        .sort()
    const fails = async (work: Promise<unknown>, code: string) => {
      const error = await work.then(
        () => undefined,
        (reason: unknown) => reason as PiError,
      )
      expect(error?.code).to.equal(code)
      return error!
    }

    beforeEach(async () => {
      db = await open.fresh({version})
      const [token] = await db.insert('token', [
        {
          serial: 'OATH1',
          tokentype: 'hotp',
          failcount: 10,
          pin_hash: 'old',
          count: 5,
          key_enc: Buffer.concat([Buffer.from(key.toString('hex')), Buffer.alloc(8)]).toString('hex'),
          key_iv: '00'.repeat(16),
        },
      ])
      id = token!
      const [office, , spare] = await db.insert('realm', [{name: 'office'}, {name: 'partner'}, {name: 'spare'}])
      await db.insert('tokenrealm', [{token_id: id, realm_id: spare}])
      await db.insert('tokeninfo', [
        {token_id: id, Key: 'failcounter_exceeded', Value: '2025-01-01T00:00+0000'},
        {token_id: id, Key: 'hashlib', Value: 'sha1'},
      ])
      expect(office).to.be.a('number')
    })

    it('enables and disables, and says whether anything changed', async () => {
      expect(await service().disable('OATH1')).to.equal(true)
      expect(await service().disable('OATH1')).to.equal(false)
      expect(db.bool((await row())['active'])).to.equal(false)
      expect(await service().enable('OATH1')).to.equal(true)
    })

    it('refuses to change a locked token, but deletes it', async () => {
      await db.k('token').where({id}).update({locked: true})

      const works: (() => Promise<unknown>)[] = [
        () => service().disable('OATH1'),
        () => service().unassign('OATH1'),
        () => service().setPin('OATH1', '1'),
        () => service().setDescription('OATH1', 'x'),
        () => service().setInfo('OATH1', 'k', 'v'),
        () => service().assign('OATH1', {login: 'ann'}),
      ]
      for (const work of works) expect(await fails(work(), 'REFUSED')).to.be.instanceOf(LockedToken)
      expect(await service().delete('OATH1')).to.equal(true)
    })

    it('assigns to a user: owner, realm, fail counter, PIN', async () => {
      const owner = await service().assign('OATH1', {login: 'ann', realm: 'office', pin: 'secret'})

      expect(owner).to.deep.equal({login: 'ann', realm: 'office', resolver: 'people', userId: '700'})
      const later = version !== '3.8'
      expect(await realms()).to.deep.equal(later ? ['office', 'spare'] : ['office'])
      const {failcounter_exceeded: exceeded, assignment_date: date} = await info()
      expect(exceeded).to.equal(undefined)
      expect(date).to.equal(later ? '2025-03-03T12:00:00+00:00' : undefined)
      const stored = await row()
      expect(stored['failcount']).to.equal(0)
      expect(await pins.verify('secret', String(stored['pin_hash']))).to.equal(true)
      await fails(service().assign('OATH1', {login: 'ann'}), 'REFUSED')
    })

    it('does not know a user whom nobody knows', async () => {
      await fails(service().assign('OATH1', {login: 'bob'}), 'NOT_FOUND')
      await fails(service().assign('NONE', {login: 'ann'}), 'NOT_FOUND')
    })

    it('takes back from a user: the PIN is the hash of nothing, the realms stay', async () => {
      await service().assign('OATH1', {login: 'ann', pin: 'secret'})
      await service().unassign('OATH1')

      expect(await db.k('tokenowner').where({token_id: id})).to.deep.equal([])
      expect(await pins.verify('', String((await row())['pin_hash']))).to.equal(true)
      expect(await realms()).to.include('office')
    })

    it('sets the PIN hashed, or encrypted for servers that must read it', async () => {
      await service().setPin('OATH1', 'secret')
      expect(await pins.verify('secret', String((await row())['pin_hash']))).to.equal(true)

      await service().setPin('OATH1', 'secret', {encrypted: true})
      expect(String((await row())['pin_hash'])).to.match(/^@@[0-9a-f]{32}:[0-9a-f]+$/)
    })

    it('resets the fail counter with the time at which it was full', async () => {
      expect(await service().resetFailcount('OATH1')).to.equal(true)
      expect(await service().resetFailcount('OATH1')).to.equal(false)
      expect((await row())['failcount']).to.equal(0)
      expect(await info()).to.not.have.property('failcounter_exceeded')
    })

    it('cuts a description at the length of the column', async () => {
      await service().setDescription('OATH1', 'ü'.repeat(100))

      expect((await row())['description']).to.equal('ü'.repeat(80))
    })

    it('sets details as the original leaves them: empty when new, NULL when replaced', async () => {
      await service().setInfo('OATH1', 'k', 'one')
      const [fresh] = await db.k<Row>('tokeninfo').where({Key: 'k'})
      await service().setInfo('OATH1', 'k', 'two')
      const [replaced] = await db.k<Row>('tokeninfo').where({Key: 'k'})
      await service().setInfo('OATH1', 'k', 'three', {encrypted: true})
      const [encrypted] = await db.k<Row>('tokeninfo').where({Key: 'k'})

      expect(fresh).to.include({Value: 'one', Type: '', Description: ''})
      expect(replaced).to.include({Value: 'two', Type: null, Description: null})
      expect(encrypted?.['Type']).to.equal('password')
      expect(String(encrypted?.['Value'])).to.match(/^[0-9a-f]{32}:/)
      expect(await service().removeInfo('OATH1', 'k')).to.equal(true)
      expect(await service().removeInfo('OATH1', 'k')).to.equal(false)
    })

    it('sets and adds realms, and keeps that of the owner since 3.10', async () => {
      await service().assign('OATH1', {login: 'ann'})
      await service().setRealms('OATH1', ['Partner'])
      expect(await realms()).to.deep.equal(version === '3.8' ? ['partner'] : ['office', 'partner'])

      await service().setRealms('OATH1', ['spare'], {add: true})
      expect(await realms()).to.include.members(['partner', 'spare'])
      await fails(service().setRealms('OATH1', ['nowhere']), 'NOT_FOUND')
    })

    it('synchronises a counter forward, never back', async () => {
      const value = (counter: number) => hotp(key, counter, {algorithm: 'sha1', digits: 6})

      await fails(service().resync('OATH1', value(3), value(4)), 'REFUSED')
      await fails(service().resync('OATH1', value(40), value(42)), 'REFUSED')
      await service().resync('OATH1', value(40), value(41))

      expect((await row())['count']).to.equal(42)
    })

    it('synchronises a clock and notes the drift', async () => {
      await db.k('token').where({id}).update({tokentype: 'totp', count: 0})
      const now = new Date(1_700_000_000_000)
      const current = Math.floor(1_700_000_000 / 30)
      const value = (counter: number) => hotp(key, counter, {algorithm: 'sha1', digits: 6})

      await service({now}).resync('OATH1', value(current + 20), value(current + 21))

      expect((await row())['count']).to.equal(current + 22)
      expect((await info())['timeShift']).to.equal('625.0')
    })

    it('changes nothing in a dry run', async () => {
      const before = await row()

      expect(await service({dryRun: true}).delete('OATH1')).to.equal(true)
      expect(await service({dryRun: true}).setDescription('OATH1', 'x')).to.equal(true)
      expect(await row()).to.deep.equal(before)
    })

    it('knows serials by their exact letters', async () => {
      await fails(service().disable('oath1'), 'NOT_FOUND')
    })
  })
}
