import {expect} from 'chai'
import {openApp, type App} from '../../../../src/app.js'
import type {Row} from '../../../../src/lib/db/database.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'
import type {PiError} from '../../../../src/lib/errors.js'
import {installation, type Installation} from '../../../support/installation.js'

describeEachDatabase('realms and resolvers', (open) => {
  let instance: Installation
  let app: App

  before(async () => {
    instance = await installation(open, 'privacyidea-3.8')
    app = await openApp({configFile: instance.config, env: {}})
  })
  after(async () => {
    await app.close()
    instance.remove()
  })

  const timestamp = async () => {
    const row = await (await app.database()).k<Row>('config').where('Key', '__timestamp__').first('Value')
    return String(row?.['Value'])
  }
  const codeOf = async (work: Promise<unknown>) => ((await failureOf(work)) as PiError | undefined)?.code
  const rows = async (table: string, where: Row = {}) => (await app.database()).k<Row>(table).where(where)
  const resolversOf = async (name: string) => (await (await app.realms()).get(name)).resolvers

  it('creates a realm under its normal name, edits it, and refuses what does not exist', async () => {
    const realms = await app.realms()
    const before = await timestamp()

    const made = await realms.create(' New Realm ', [{name: 'sqlres', priority: 3}, {name: 'passwdres'}])
    expect(made).to.deep.equal({name: 'new-realm', created: true, changed: true, missing: []})
    expect(await timestamp()).to.not.equal(before)
    await realms.edit('NEW-realm', {add: [{name: 'passwdres', priority: 1}, {name: 'sqlres'}]})
    expect(await resolversOf('new-realm')).to.deep.equal([
      {name: 'sqlres', priority: 3},
      {name: 'passwdres', priority: 1},
    ])
    await realms.edit('new-realm', {add: [{name: 'sqlres', priority: 0}], remove: ['passwdres']})
    expect(await resolversOf('new-realm')).to.deep.equal([{name: 'sqlres'}])

    expect(await codeOf(realms.create('new-realm', []))).to.equal('ALREADY_EXISTS')
    expect(await codeOf(realms.create('other', [{name: 'nosuch'}]))).to.equal('NOT_FOUND')
    expect(await codeOf(realms.create('other', [{name: 'sqlres', priority: 1000}]))).to.equal('INVALID_INPUT')
    expect(await codeOf(realms.create('späte', []))).to.equal('INVALID_INPUT')
    expect(await codeOf(realms.edit('new-realm', {remove: ['passwdres']}))).to.equal('NOT_FOUND')
    expect((await realms.create('other', [{name: 'nosuch'}, {name: 'sqlres'}], {force: true})).missing).to.deep.equal([
      'nosuch',
    ])
  })

  it('has at most one default realm', async () => {
    const realms = await app.realms()
    const defaults = async () => (await realms.list()).filter((one) => one.default).map(({name}) => name)

    expect(await realms.setDefault('DEV')).to.equal(true)
    expect(await realms.setDefault('dev')).to.equal(false)
    expect(await defaults()).to.deep.equal(['dev'])
    expect(await realms.clearDefault()).to.equal('dev')
    expect(await realms.clearDefault()).to.equal(undefined)
    expect(await defaults()).to.deep.equal([])
    expect(await codeOf(realms.setDefault('nosuch'))).to.equal('NOT_FOUND')
  })

  it('renames a realm in the policies that name it, all or nothing', async () => {
    const realms = await app.realms()
    const owned = (await rows('tokenowner', {realm_id: 2})).length

    const {policies} = await realms.rename('dev', 'Development', {dryRun: true})
    expect(await codeOf(realms.get('development'))).to.equal('NOT_FOUND')
    await realms.rename('dev', 'Development')

    expect(policies).to.include('helpdesk')
    expect(await rows('tokenowner', {realm_id: 2})).to.have.length(owned)
    const helpdesk = await (await app.policies()).get('helpdesk')
    expect(helpdesk.realms).to.deep.equal(['corp', 'development'])
    expect(await codeOf(realms.rename('development', 'CORP'))).to.equal('ALREADY_EXISTS')
  })

  it('stores settings with their types, secrets encrypted, and shows no secret unasked', async () => {
    const resolvers = await app.resolvers()
    const settings = {
      Database: 'hr',
      Driver: 'postgresql',
      Limit: '20',
      Map: '{"userid": "id", "username": "login"}',
      Password: 'canary-db-password-Gw7',
      Table: 'people',
    }

    const made = await resolvers.save('hr', {type: 'sqlresolver', settings: {...settings, Tabel: 'x'}})
    expect(made).to.include({created: true, name: 'hr'})
    expect(made.unknown).to.deep.equal(['Tabel'])
    const stored = await rows('resolverconfig', {resolver_id: 8})
    const types = Object.fromEntries(stored.map((row) => [row['Key'], row['Type']]))
    expect(types).to.include({Driver: 'string', Limit: 'int', Password: 'password'})
    expect(JSON.stringify(stored)).to.not.include('canary')

    const shown = await resolvers.get('hr')
    expect(shown.settings['Password']).to.equal('__CENSORED__')
    expect((await resolvers.get('hr', {secrets: 'clear'})).settings['Password']).to.equal('canary-db-password-Gw7')
    expect((await resolvers.get('scimres')).settings['Secret']).to.equal('__CENSORED__')
    expect((await resolvers.get('httpres')).settings['headers']).to.equal('__CENSORED__')

    const edited = await resolvers.edit('HR', {set: {...shown.settings, Limit: '30'}, unset: ['Tabel']})
    expect(edited.keys).to.have.members(['Limit', 'Tabel'])
    expect((await resolvers.get('hr', {secrets: 'clear'})).settings['Password']).to.equal('canary-db-password-Gw7')
  })

  it('refuses another type, an unknown type, and settings that make no sense', async () => {
    const resolvers = await app.resolvers()
    const settings = {fileName: 'passwd'}

    expect(await codeOf(resolvers.save('passwdres', {type: 'passwdresolver', settings}))).to.equal('ALREADY_EXISTS')
    expect(await codeOf(resolvers.save('SQLRES', {type: 'passwdresolver', settings}, {update: true}))).to.equal(
      'REFUSED',
    )
    expect(await codeOf(resolvers.save('new', {type: 'nosuch', settings}))).to.equal('CONFIG')
    expect(await codeOf(resolvers.save('new', {type: 'sqlresolver', settings: {Map: '['}}))).to.equal('CONFIG')
    expect(await codeOf(resolvers.save('a b', {type: 'passwdresolver', settings}))).to.equal('INVALID_INPUT')
  })

  it('deletes a resolver that is in use only by force', async () => {
    const resolvers = await app.resolvers()

    expect(await codeOf(resolvers.delete('sqlres'))).to.equal('REFUSED')
    for (const realm of await (await app.realms()).list()) {
      if (realm.name !== 'corp') await (await app.realms()).create(realm.name, [], {update: true})
    }
    await (await app.realms()).edit('corp', {remove: ['sqlres']})
    expect(await codeOf(resolvers.delete('sqlres')), 'tokens belong to its users').to.equal('REFUSED')
    expect((await resolvers.delete('passwdres', {force: true})).realms).to.deep.equal(['corp'])
    expect(await resolversOf('corp')).to.deep.equal([])
    expect(await codeOf(resolvers.get('passwdres'))).to.equal('NOT_FOUND')
    expect(await rows('resolverconfig', {resolver_id: 1})).to.deep.equal([])
  })

  it('makes an internal resolver, which finds the users in its table', async () => {
    const resolvers = await app.resolvers()

    const made = await resolvers.createInternal('local')
    expect(made).to.deep.equal({name: 'local', table: 'users_local', tableCreated: true})
    expect(await codeOf(resolvers.createInternal('local'))).to.equal('ALREADY_EXISTS')

    await (await app.database()).k('users_local').insert({username: 'carla', email: 'c@x.org'})
    const stored = await resolvers.get('local', {secrets: 'clear'})
    let found: unknown
    const result = await resolvers.tryOut(stored, async (resolver) => {
      found = await resolver.findUser('carla')
    })
    expect(result).to.include({ok: true, users: 1})
    expect(found).to.deep.equal({login: 'carla', userId: '1'})
  })

  it('deletes a realm that is in use only by force, and then takes the tokens from its users', async () => {
    const realms = await app.realms()

    expect(await codeOf(realms.delete('corp'))).to.equal('REFUSED')
    const planned = await realms.delete('corp', {dryRun: true, owners: 'unassign'})
    expect((await realms.get('corp')).name).to.equal('corp')
    const others = (await rows('tokenowner')).length - planned.tokens

    expect(await realms.delete('corp', {owners: 'unassign'})).to.deep.equal(planned)

    expect(await rows('tokenowner')).to.have.length(others)
    expect(await rows('tokenrealm', {realm_id: 1})).to.deep.equal([])
    expect(await rows('customuserattribute', {realm_id: 1})).to.deep.equal([])
    const [token] = await rows('token', {serial: 'OATHSHA16'})
    expect(token).to.include({failcount: 0})
    expect(await (await app.pins()).verify('', String(token!['pin_hash']))).to.equal(true)
  })
})
