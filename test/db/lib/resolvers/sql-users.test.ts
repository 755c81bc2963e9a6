import {expect} from 'chai'
import type {Knex} from 'knex'
import {connect} from '../../../../src/lib/db/connect.js'
import {parseSqlalchemyUrl} from '../../../../src/lib/db/sqlalchemy-url.js'
import {PiError} from '../../../../src/lib/errors.js'
import type {ListedUser, Resolver} from '../../../../src/lib/resolvers/contract.js'
import {resolverKind} from '../../../../src/lib/resolvers/registry.js'
import {resolverEnv} from '../../../../src/lib/services/resolver-env.js'
import {describeEachDatabase} from '../../../support/database.js'

/** Hashes of the password `test` (spec/10 §5.3). */
const hashes: Readonly<Record<string, string>> = {
  drupal: '$S$DabcdefghnxdsNozT5Jag.BMrVN6FKV.w6ylEAdoeAHytB4LyTL9',
  ssha: '{SSHA}V5vA8/OePf6KFdlcDlVNSaq+G90BAgME',
  sha: '{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=',
  ssha256: '{SSHA256}jwj+CQrCPydeErByDFo1Bc5JY/MsJv6Wm56ryf4vkVMBAgME',
  ssha512: '{SSHA512}0RQ6hGxoVcmcQWIUNjoVyzj9XW6gOyKKr9L9xq+BBuByeVJVtELXu14ZJnSKxZhfSqEbFyoDh4SNruH5LqT/EAECAwQ=',
  md5crypt: '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0',
  otrs: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  bcrypt: '$2b$04$abcdefghijklmnopqrstuuoD8yw7MmybLKVooaTGGZAt3HXugv2.a',
  pipe: '1|{SSHA}V5vA8/OePf6KFdlcDlVNSaq+G90BAgME',
  lower: '{ssha256}jwj+CQrCPydeErByDFo1Bc5JY/MsJv6Wm56ryf4vkVMBAgME',
}
const none: Readonly<Record<string, string | null>> = {plain: 'test', empty: '', nothing: null}

const map = {userid: 'id', username: 'login', password: 'pw', email: 'mail', mobile: 'mobile', surname: 'sn'}

describeEachDatabase('users in an SQL table', (open) => {
  let k: Knex
  let uri: string
  let opened: Resolver[]

  before(async () => {
    uri = await open.emptyUri()
    k = (await connect(uri, {create: true})).knex
    await k.schema.createTable('people', (table) => {
      table.increments('id')
      table.string('login', 40).unique()
      table.string('pw', 255)
      table.string('mail', 80)
      table.string('mobile', 40)
      table.string('sn', 20)
      table.integer('level').defaultTo(5)
    })
    const rows = Object.entries({...hashes, ...none}).map(([login, pw]) => ({
      login,
      pw,
      sn: 'Sn',
      mail: `${login}@x`,
      level: 5,
    }))
    await k('people').insert([...rows, {login: 'low', pw: '', sn: 'Sn', mail: '', level: 1}])
  })
  beforeEach(() => (opened = []))
  afterEach(async () => {
    for (const resolver of opened) await resolver.close()
  })
  after(() => k.destroy())

  async function users(more: Record<string, string> = {}): Promise<Resolver> {
    const url = parseSqlalchemyUrl(uri)
    const encode = (text: string | undefined) => encodeURIComponent(text ?? '')
    const settings = {
      Driver: url.driver ? `${url.backend}+${url.driver}` : url.backend,
      Server: url.host ?? '',
      Port: url.port === undefined ? '' : String(url.port),
      Database: url.database ?? '',
      User: encode(url.username),
      Password: encode(url.password),
      conParams: [...url.query].map(([key, values]) => `${key}=${encode(values[0])}`).join('&'),
      Table: 'people',
      Map: JSON.stringify(map),
      Where: 'level > 3',
      Editable: '1',
      ...more,
    }
    const kind = await resolverKind('sqlresolver')
    const resolver = await kind.open(new Map(Object.entries(settings)), resolverEnv({directory: '/'}))
    opened.push(resolver)
    return resolver
  }

  async function all(list: AsyncIterable<ListedUser>): Promise<string[]> {
    const logins: string[] = []
    for await (const {login} of list) logins.push(login)
    return logins
  }

  async function codeOf(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => 'none',
      (error: unknown) => (error instanceof PiError ? error.code : String(error)),
    )
  }

  it('are let in with every form of password hash', async () => {
    const resolver = await users()
    // Each form once: what the database is makes no difference to them.
    const forms = uri.startsWith('sqlite') ? Object.keys(hashes) : ['ssha256']
    for (const login of forms) {
      const {userId} = (await resolver.findUser(login))!
      expect(await resolver.checkPassword(userId, 'test'), login).to.equal(true)
      expect(await resolver.checkPassword(userId, 'Test'), login).to.equal(false)
    }
    for (const login of Object.keys(none)) {
      const {userId} = (await resolver.findUser(login))!
      expect(await resolver.checkPassword(userId, 'test'), login).to.equal(false)
      expect(await resolver.checkPassword(userId, ''), login).to.equal(false)
    }
  })

  it('are found by login and id, but not those whom the conditions leave out', async () => {
    const resolver = await users()
    const found = (await resolver.findUser('ssha'))!

    expect(await resolver.findLogin(found.userId)).to.equal('ssha')
    expect(await resolver.userInfo(found.userId)).to.deep.include({username: 'ssha', email: 'ssha@x', surname: 'Sn'})
    expect(await resolver.userInfo(found.userId)).not.to.have.property('password')
    expect(await resolver.findUser('low')).to.equal(undefined)
    for (const absent of ['99999', 'abc', '', '1 OR 1=1']) {
      expect(await resolver.findLogin(absent), absent).to.equal(undefined)
    }
    for (const login of ['%', 's_ha', "ssha' OR '1'='1"])
      expect(await resolver.findUser(login), login).to.equal(undefined)
  })

  it('are listed by pattern, up to a limit, and by id', async () => {
    const resolver = await users({Limit: '4'})
    const ids: string[] = []
    for await (const page of resolver.listIds!()) ids.push(...page)

    expect(await all(resolver.listUsers({username: 'ssha*'}))).to.have.members(['ssha', 'ssha256', 'ssha512'])
    expect(await all(resolver.listUsers({}))).to.have.length(4)
    expect(await all(resolver.listUsers({}, {limit: Number.POSITIVE_INFINITY}))).to.have.length(13)
    expect(ids).to.have.length(13)
    expect(await all(resolver.listUsers({colour: 'red'}))).to.deep.equal([])
  })

  it('can be made, changed and deleted', async () => {
    const resolver = await users({Password_Hash_Type: 'ssha512'})
    const editor = resolver.editor!
    const id = await editor.create({username: 'new', password: 'first', mobile: '+1', email: 'new@x'})

    expect(await resolver.checkPassword(id, 'first')).to.equal(true)
    await editor.update(id, {password: 'second', mobile: ''})
    expect(await resolver.checkPassword(id, 'second')).to.equal(true)
    expect(await resolver.userInfo(id)).not.to.have.property('mobile')
    expect(await resolver.userInfo(id)).to.have.property('email', 'new@x')
    await editor.update(id, {mobile: '+2'})
    await editor.update(id, {mobile: '+2'})

    expect(await codeOf(editor.create({username: 'new'}))).to.equal('ALREADY_EXISTS')
    expect(await codeOf(editor.create({username: ''}))).to.equal('INVALID_INPUT')
    expect(await codeOf(editor.update(id, {colour: 'red'}))).to.equal('INVALID_INPUT')
    expect(await codeOf(editor.update('99999', {mobile: '1'}))).to.equal('NOT_FOUND')
    await editor.delete(id)
    expect(await codeOf(editor.delete(id))).to.equal('NOT_FOUND')
    expect(await resolver.findUser('new')).to.equal(undefined)
    expect((await users({Editable: '0'})).editor).to.equal(undefined)
  })

  it('are never gone because the database, the table or a column is', async () => {
    for (const broken of [
      {Table: 'nothere'},
      {Map: JSON.stringify({...map, userid: 'nothere'})},
      {Map: JSON.stringify({...map, username: 'nothere'})},
      {Where: 'nothere == 1'},
      {Where: 'level == 1 2'},
      {Driver: 'oracle'},
      ...(uri.startsWith('sqlite') ? [{Database: 'missing/x.sqlite'}] : [{Port: '1'}]),
    ]) {
      const resolver = await users(broken)
      const what = JSON.stringify(broken)
      expect(await codeOf(resolver.findLogin('1')), what).to.equal('UNAVAILABLE')
      expect((await resolver.test()).ok, what).to.equal(false)
    }
  })

  it('are counted by the test', async () => {
    expect(await (await users()).test()).to.deep.equal({ok: true, users: 13, message: 'Found 13 users.'})
  })
})
