import {expect} from 'chai'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {PiError} from '../../../../../src/lib/errors.js'
import {
  changeContainers,
  findContainers,
  type ContainerFilters,
} from '../../../../../src/lib/services/janitor/containers.js'
import type {OwnerState} from '../../../../../src/lib/services/janitor/owners.js'
import {UserProof} from '../../../../../src/lib/services/janitor/user-proof.js'
import {deleteUserRows, staleUsers} from '../../../../../src/lib/services/janitor/user-rows.js'
import type {UserService} from '../../../../../src/lib/services/users.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {failureOf} from '../../../../support/failure.js'

/** A store that knows `known`; `down` fails, `empty` lists nobody. */
function users(): UserService {
  const store = (known: readonly string[]) => ({
    async *listUsers() {
      for (const userId of known) yield {userId, login: userId, info: {}}
    },
    findLogin: async (userId: string) => (known.includes(userId) ? userId : undefined),
  })
  const stores: Record<string, ReturnType<typeof store>> = {file: store(['1', '2']), down: store([]), empty: store([])}
  return {
    directory: async () => ({resolvers: new Map(Object.keys(stores).map((name) => [name, {}]))}),
    resolver: async (name: string) => {
      if (name === 'down') throw new PiError('UNAVAILABLE', 'The server does not answer.')
      return stores[name]
    },
  } as unknown as UserService
}

describeEachDatabase('containers and what users left behind', (open) => {
  let db: Database
  let realm: number
  let tokens: number[]

  before(async () => {
    db = await open({product: 'privacyidea', version: '3.14dev'})
  })

  beforeEach(async () => {
    for (const table of [
      'tokencontainertoken',
      'tokencontainerowner',
      'tokencontainerinfo',
      'tokencontainerrealm',
      'tokencontainer',
      'customuserattribute',
      'usersetting',
      'token',
      'realm',
    ])
      await db.k(table).delete()
    realm = (await db.insert('realm', [{name: 'corp'}]))[0]!
    const token = {tokentype: 'hotp', active: true, key_enc: '', key_iv: ''}
    tokens = await db.insert('token', [
      {serial: 'A', ...token},
      {serial: 'B', ...token},
    ])
    const [phone, drawer] = await db.insert('tokencontainer', [
      {type: 'smartphone', serial: 'SMPH1', description: 'a phone', last_seen: '2026-01-10 12:00:00'},
      {type: 'generic', serial: 'CONT2', description: 'a drawer'},
      {type: 'generic', serial: 'CONT3', description: ''},
    ])
    for (const id of tokens) await db.k('tokencontainertoken').insert({token_id: id, container_id: phone})
    await db.insert('tokencontainerowner', [
      {container_id: phone, resolver: 'file', user_id: '1', realm_id: realm},
      {container_id: drawer, resolver: 'file', user_id: '9', realm_id: realm},
    ])
    await db.insert('tokencontainerinfo', [{container_id: phone, key: 'hash', value: 'sha1', type: ''}])
    await db.k('tokencontainerrealm').insert({container_id: phone, realm_id: realm})
  })

  const env = () => ({
    db,
    owners: async () => new UserProof(users()),
    now: () => new Date('2026-01-12T00:00:00Z'),
  })

  async function found(filters: ContainerFilters) {
    const all = []
    for await (const page of findContainers(env(), filters)) all.push(...page)
    return all
  }
  const serials = async (filters: ContainerFilters) => (await found(filters)).map(({serial}) => serial)

  it('are found by each of the filters of 3.13', async () => {
    expect(await serials({})).to.deep.equal(['SMPH1', 'CONT2', 'CONT3'])
    expect(await serials({serial: 'cont*'})).to.deep.equal(['CONT2', 'CONT3'])
    expect(await serials({type: 'SmartPhone'})).to.deep.equal(['SMPH1'])
    expect(await serials({tokenSerial: 'b'})).to.deep.equal(['SMPH1'])
    expect(await serials({realm: 'c*p'})).to.deep.equal(['SMPH1'])
    expect(await serials({description: '*draw*r'})).to.deep.equal(['CONT2'])
    expect(await serials({resolver: 'file', assigned: true})).to.deep.equal(['SMPH1', 'CONT2'])
    expect(await serials({assigned: false})).to.deep.equal(['CONT3'])
    expect(await serials({info: 'h*=sha*'})).to.deep.equal(['SMPH1'])
    expect(await serials({seenWithin: '2d'})).to.deep.equal(['SMPH1'])
    expect(await serials({seenWithin: '1d'})).to.deep.equal([])
    expect(await serials({orphaned: true})).to.deep.equal(['CONT2'])
    expect(await serials({orphaned: false})).to.deep.equal(['SMPH1', 'CONT3'])
  })

  it('are changed, and deleted with or without their tokens', async () => {
    const all = await found({})
    const change = (...options: Parameters<typeof changeContainers> extends [unknown, ...infer R] ? R : never) =>
      changeContainers(env(), ...options)

    await change(all.slice(0, 1), {name: 'set-info', key: 'hash', value: 'sha2'})
    await change(all.slice(0, 1), {name: 'set-info', key: 'new', value: '1'})
    await change(all.slice(1, 2), {name: 'set-realms', realms: ['corp'], add: true})
    await change(all.slice(1, 2), {name: 'set-description', description: 'shelf'})
    const [phone, shelf] = await found({})
    expect(phone!.info).to.deep.equal({hash: 'sha2', new: '1'})
    expect(shelf).to.include({description: 'shelf'})
    expect(shelf!.realms).to.deep.equal(['corp'])

    expect(await change(all.slice(1), {name: 'delete', withTokens: false})).to.deep.equal({
      changed: ['CONT2', 'CONT3'],
      skipped: [],
    })
    expect(await change(all.slice(1, 2), {name: 'delete', withTokens: false})).to.deep.equal({
      changed: [],
      skipped: ['CONT2'],
    })
    await change(all.slice(0, 1), {name: 'delete', withTokens: true})
    expect(await serials({})).to.deep.equal([])
    expect(await db.k('token').select('id')).to.deep.equal([])
  })

  it('trip the breaker when too many are meant', async () => {
    const many = Array.from({length: 101}, (_, at) => ({id: at, serial: String(at)}))

    const failure = await failureOf(changeContainers(env(), many, {name: 'delete', withTokens: false}))

    expect(failure).to.include({code: 'BREAKER'})
  })

  it('count users as gone only with proof', async () => {
    const proof = new UserProof(users())
    const state = (resolver: string, userId: string): Promise<OwnerState> => proof.stateOf({resolver, userId})

    expect(await state('file', '1')).to.equal('found')
    expect(await state('file', '9')).to.equal('absent')
    expect(await state('deleted', '1')).to.equal('resolver-missing')
    expect(await state('down', '1')).to.equal('unknown')
    expect(await state('empty', '1')).to.equal('unknown')
    expect(proof.failures().map(({resolver}) => resolver)).to.deep.equal(['down', 'empty'])
  })

  it('delete attributes and settings of those who are gone, and of nobody else', async () => {
    const attribute = (user_id: string, resolver: string): Row => ({user_id, resolver, realm_id: realm, Key: 'k'})
    await db.insert('customuserattribute', [
      attribute('1', 'file'),
      attribute('9', 'file'),
      attribute('1', 'deleted'),
      attribute('1', 'down'),
      attribute('', 'file'),
    ])
    await db.insert('usersetting', [{subject_type: 'local_admin', username: 'nobody', subject_hash: 'x'}])
    const proof = new UserProof(users())

    const stale = await staleUsers(db, 'customuserattribute', proof)
    const deleted = await deleteUserRows(db, 'customuserattribute', stale)
    const settings = await staleUsers(db, 'usersetting', proof)

    expect(stale.map(({reason}) => reason).sort()).to.deep.equal(['incomplete', 'resolver deleted', 'user gone'])
    expect(deleted).to.equal(3)
    expect(await db.k('customuserattribute').orderBy('id').pluck('resolver')).to.deep.equal(['file', 'down'])
    expect(settings.map(({admin}) => admin)).to.deep.equal(['nobody'])
    expect(await deleteUserRows(db, 'usersetting', settings)).to.equal(1)
  })
})
