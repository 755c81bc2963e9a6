import {expect} from 'chai'
import {openApp, type App} from '../../../../src/app.js'
import type {Row} from '../../../../src/lib/db/database.js'
import type {PiError} from '../../../../src/lib/errors.js'
import {PythonRegex} from '../../../../src/lib/python/regex.js'
import {expireTokens, expiryOf, UserExpiry} from '../../../../src/lib/services/accounts/expiry.js'
import {updateCounters} from '../../../../src/lib/services/token-counters.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'
import {installation, type Installation} from '../../../support/installation.js'

describeEachDatabase('users', (open) => {
  let instance: Installation
  let app: App
  let place: string

  before(async () => {
    place = process.cwd()
    instance = await installation(open, 'privacyidea-3.8')
    // user files have relative names
    process.chdir(instance.folder)
    app = await openApp({configFile: instance.config, env: {}})
    await (await app.resolvers()).createInternal('local')
  })
  after(async () => {
    process.chdir(place)
    await app.close()
    instance.remove()
  })

  const codeOf = async (work: Promise<unknown>) => ((await failureOf(work)) as PiError | undefined)?.code
  const rows = async (table: string, where: Row = {}) => (await app.database()).k<Row>(table).where(where)

  it('are found by login, login@realm, resolver and id, and by id also when they are gone', async () => {
    const accounts = await app.accounts()
    const alice = {login: 'alice', realm: 'corp', resolver: 'passwdres', userId: '1000'}

    expect(await accounts.find({login: 'alice'})).to.deep.equal(alice)
    expect(await accounts.find({login: 'alice@CORP'})).to.deep.equal(alice)
    expect(await accounts.find({login: 'alice', realm: 'field'})).to.deep.equal({...alice, realm: 'field'})
    expect(await accounts.find({userId: '1000', resolver: 'passwdres'})).to.deep.equal({...alice, realm: ''})
    expect((await accounts.find({userId: '1900', resolver: 'passwdres', realm: 'corp'})).login).to.equal('')
    expect(await codeOf(accounts.find({login: 'alice@nosuch'}))).to.equal('NOT_FOUND')
    expect(await codeOf(accounts.find({userId: '1', resolver: 'nosuch'}))).to.equal('NOT_FOUND')
    expect(await codeOf(accounts.find({userId: '1'}))).to.equal('USAGE')
    const account = await accounts.get({login: 'alice'})
    expect(account.info).to.include({email: 'alice@example.com'})
    expect(account.tokens.map(({serial}) => serial)).to.include('OATHSHA16')
  })

  it('have custom attributes in a realm, which go before those of the user store', async () => {
    const accounts = await app.accounts()
    const bob = await accounts.find({login: 'bob'})

    expect(await accounts.setAttribute(bob, 'email', 'b@x.org')).to.equal(true)
    expect(await accounts.setAttribute(bob, 'email', 'b@x.org')).to.equal(false)
    expect(await accounts.attributes(bob)).to.deep.equal({hello: 'world', email: 'b@x.org'})
    expect(await (await app.users()).userInfo(bob)).to.include({email: 'b@x.org', givenname: 'Bob'})
    expect(await accounts.deleteAttributes(bob, ['email', 'nosuch'])).to.deep.equal(['email'])
    expect(await codeOf(accounts.setAttribute({...bob, realm: ''}, 'a', 'b'))).to.equal('USAGE')
  })

  it('move to another realm with tokens, realms of tokens and attributes, all or nobody', async () => {
    const moves = await app.userMoves()
    const before = await rows('tokenowner', {user_id: '1000', realm_id: 1})

    const plan = await moves.plan({fromRealm: 'corp', toRealm: 'field', userIds: ['1000'], match: 'login'})
    expect(plan.stay).to.deep.equal([])
    expect(plan.moves[0]).to.deep.include({
      from: {userId: '1000', resolver: 'passwdres', realm: 'corp'},
      to: {userId: '1000', resolver: 'passwdres', realm: 'field'},
      tokens: before.length,
      attributes: 2,
    })
    expect(await rows('tokenowner', {user_id: '1000', realm_id: 4})).to.deep.equal([])

    await moves.apply(plan)

    expect(await rows('tokenowner', {user_id: '1000', realm_id: 4})).to.have.length(before.length)
    expect(await rows('customuserattribute', {user_id: '1000', realm_id: 4})).to.have.length(2)
    const ids = before.map((row) => row['token_id'])
    const inOld = (await rows('tokenrealm', {realm_id: 1})).filter((row) => ids.includes(row['token_id']))
    expect(inOld).to.deep.equal([])
    const inNew = (await rows('tokenrealm', {realm_id: 4})).filter((row) => ids.includes(row['token_id']))
    expect(inNew).to.have.length(before.length)
  })

  it('move to another resolver by login, id or attribute, and stay when they are not there', async () => {
    const moves = await app.userMoves()
    const db = await app.database()
    await db.k('users_local').insert([
      {id: 51, username: 'bob', email: 'other@example.com'},
      {id: 52, username: 'somebody', email: 'CAROL@example.com'},
      {id: 1003, username: 'third', email: 'third@example.com'},
    ])
    const planned = async (match: string, userId: string) =>
      moves.plan({fromResolver: 'passwdres', fromRealm: 'corp', toResolver: 'local', userIds: [userId], match})

    expect((await planned('login', '1001')).moves[0]?.to.userId).to.equal('51')
    expect((await planned('email', '1002')).moves[0]?.to.userId).to.equal('52')
    expect((await planned('userid', '1003')).moves[0]?.to.userId).to.equal('1003')
    expect((await planned('login', '1002')).stay[0]?.reason).to.include("nobody has the login 'carol'")
    expect((await planned('login', '1900')).stay[0]?.reason).to.include('does not know him')
    expect(await codeOf(moves.plan({fromRealm: 'corp', toRealm: 'dev', toResolver: 'local', match: 'login'}))).to.equal(
      'REFUSED',
    )
  })

  it('are made, changed and deleted in an editable resolver, and keep or lose their tokens', async () => {
    const accounts = await app.accounts()
    await (await app.database()).k('users_local').delete()
    const password = 'canary-pin-4Kd81v'

    const carla = await accounts.create({resolver: 'local'}, {email: 'c@x.org', password, username: 'carla'})
    expect(await (await app.users()).checkPassword(carla, password)).to.equal(true)
    await accounts.update(carla, {email: '', phone: '12'})
    expect((await accounts.get({login: 'carla', resolver: 'local'})).info).to.include({phone: '12'})
    expect(await codeOf(accounts.create({resolver: 'local'}, {username: 'carla'}))).to.equal('ALREADY_EXISTS')
    expect(await codeOf(accounts.create({resolver: 'passwdres'}, {username: 'x'}))).to.equal('REFUSED')
    expect(await codeOf(accounts.create({realm: 'field'}, {username: 'x'}))).to.equal('USAGE')

    const db = await app.database()
    const [token] = await rows('token', {serial: 'OATHUNASS1'})
    await db.insert('tokenowner', [{token_id: token!['id'], user_id: carla.userId, resolver: 'local', realm_id: 1}])
    expect(await codeOf(accounts.delete(carla, {tokens: 'refuse'}))).to.equal('REFUSED')
    expect(await accounts.delete(carla, {dryRun: true, tokens: 'unassign'})).to.deep.equal(['OATHUNASS1'])
    expect(await accounts.delete(carla, {tokens: 'unassign'})).to.deep.equal(['OATHUNASS1'])
    expect(await rows('tokenowner', {resolver: 'local'})).to.deep.equal([])
    expect(await codeOf(accounts.find({login: 'carla', resolver: 'local'}))).to.equal('NOT_FOUND')
  })

  it('lose the tokens of an account that is over', async () => {
    const users = await app.users()
    await (await app.accounts()).find({login: 'judy'})
    const listed = users.listUsers.bind(users)
    const expiring = Object.assign(Object.create(users) as typeof users, {
      async *listUsers(options: Parameters<typeof users.listUsers>[0]) {
        for await (const user of listed(options))
          yield user.login === 'judy'
            ? {...user, info: {...user.info, accountExpires: '130000000000000000'}}
            : {...user, info: {...user.info, accountExpires: user.login === 'ivan' ? '9223372036854775807' : '0'}}
      },
    })
    const rules = {
      realm: 'corp',
      attribute: 'accountExpires',
      unassign: new PythonRegex('.*'),
      delete: new PythonRegex('^SSHK'),
    }

    const expired = []
    for await (const user of new UserExpiry(await app.database(), expiring).find(rules, new Date())) expired.push(user)

    expect(expired.map(({login}) => login)).to.deep.equal(['judy'])
    const [judy] = expired
    expect(judy!.expired).to.equal('2012-12-14T23:06:40.000Z')
    expect(judy!.delete.length).to.be.lessThan(judy!.unassign.length)
    const tokens = await app.tokens()
    const failed = await expireTokens(tokens, judy!, await tokens.emptyPinHash())
    const left = await rows('tokenowner', {user_id: '1009', resolver: 'passwdres'})
    expect(left).to.have.length(failed.length)
    for (const serial of judy!.delete) expect(await rows('token', {serial})).to.deep.equal([])
  })

  it('counters of tokens are set from lines, forward only when asked, all in one transaction', async () => {
    const db = await app.database()
    const countOf = async (serial: string) => Number((await rows('token', {serial}))[0]!['count'])
    const text = 'OATHSHA16, 40\nOATHSHA18, 9\n\nNOSUCH, 3\nnonsense\nOATHSHA2566,99999999999\n'

    await updateCounters(db, 'OATHSHA16, 51\nOATHSHA18, 2')

    const rehearsed = await updateCounters(db, text, {dryRun: true})
    expect(await countOf('OATHSHA18')).to.equal(2)
    const result = await updateCounters(db, text, {increaseOnly: true})

    expect(result).to.deep.equal({
      processed: 3,
      updated: 1,
      kept: 1,
      missing: ['NOSUCH'],
      failed: [
        {line: 5, text: 'nonsense'},
        {line: 6, text: 'OATHSHA2566,99999999999'},
      ],
    })
    expect(rehearsed.updated).to.equal(2)
    expect([await countOf('OATHSHA16'), await countOf('OATHSHA18')]).to.deep.equal([51, 9])
  })
})

describe('the end of an account', () => {
  const today = new Date('2026-01-01T00:00:00Z')

  it('is a number of 100 ns steps since 1601, or a date', () => {
    expect(expiryOf('130000000000000000', today)?.toISOString()).to.equal('2012-12-14T23:06:40.000Z')
    expect(expiryOf(['20240131120000.0Z'], today)?.toISOString()).to.equal('2024-01-31T12:00:00.000Z')
    expect(expiryOf('2024-01-31 12:00:00+00:00', today)?.toISOString()).to.equal('2024-01-31T12:00:00.000Z')
  })

  it('is never for 0, for what no date can hold, for the year 9999, and for what is no date', () => {
    for (const value of ['0', '9223372036854775807', '9999-12-31 23:59:59', '', 'tomorrow or so', undefined])
      expect(expiryOf(value, today), String(value)).to.equal(undefined)
  })
})
