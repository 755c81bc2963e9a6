import {createServer} from 'node:net'
import {expect} from 'chai'
import {PiError} from '../../../../src/lib/errors.js'
import type {Resolver, ResolverEnv} from '../../../../src/lib/resolvers/contract.js'
import {digestResponse} from '../../../../src/lib/resolvers/kinds/ldap/digest-md5.js'
import {escapeDnValue} from '../../../../src/lib/resolvers/kinds/ldap/editor.js'
import {configuredFilters, equals, expiry, matches} from '../../../../src/lib/resolvers/kinds/ldap/filters.js'
import {fillFilter} from '../../../../src/lib/resolvers/kinds/ldap/groups.js'
import {objectGuidBytes, valueText} from '../../../../src/lib/resolvers/kinds/ldap/ids.js'
import {readLdapConfig} from '../../../../src/lib/resolvers/kinds/ldap/settings.js'
import {resolverKind} from '../../../../src/lib/resolvers/registry.js'
import {KeptAnswers} from '../../../../src/lib/resolvers/shared/kept-answers.js'
import {fixture} from '../../../support/folders.js'
import {describeNeeding} from '../../../support/needs.js'
import {freePort} from '../../../support/ports.js'
import {slapdPackage, startSlapd, type Slapd} from '../../../support/slapd.js'

const minimal = {LDAPURI: 'ldap://h', LOGINNAMEATTRIBUTE: 'uid'}
const read = (settings: Record<string, string>) =>
  readLdapConfig(new Map(Object.entries({...minimal, ...settings})), '/')

describe('GUIDs of directories', () => {
  const text = '039b36ef-e7c0-42f3-9bf9-ca6a6c0d4d31'
  const bytes = Buffer.from('ef369b03c0e7f3429bf9ca6a6c0d4d31', 'hex')

  it('are little-endian in Active Directory and big-endian elsewhere (spec/10 §4.2)', () => {
    expect(objectGuidBytes(text)).to.deep.equal(bytes)
    expect(objectGuidBytes(`{${text.toUpperCase()}}`)).to.deep.equal(bytes)
    expect(objectGuidBytes('anna')).to.equal(undefined)
    expect(valueText('objectGUID', bytes)).to.equal(text)
    expect(valueText('GUID', Buffer.from(text.replaceAll('-', ''), 'hex'))).to.equal(text)
    expect(valueText('objectGUID', `{${text.toUpperCase()}}`)).to.equal(text)
    expect(valueText('GUID', Buffer.from(text))).to.equal(text)
    expect(valueText('photo', Buffer.from([0xff, 0xd8, 0xff]))).to.equal('/9j/')
  })
})

describe('filters for directories', () => {
  it('carry values as data', () => {
    expect(equals('uid', 'a*)(uid=*')?.toString()).to.equal('(uid=a\\2a\\29\\28uid=\\2a)')
    expect(matches('cn', 'a)(uid=*').toString()).to.equal('(cn=a\\29\\28uid=*)')
    expect(matches('cn', '*').toString()).to.equal('(cn=*)')
    expect(matches('cn', '*b*c*').toString()).to.equal('(cn=*b*c*)')
    expect(equals('objectGUID', 'anna')).to.equal(undefined)
  })

  it('are read as they are set, with blanks and bytes', () => {
    expect(configuredFilters('(uid=*) (|(a=b)(!(c=d)))')[0]?.toString()).to.equal('(&(uid=*)(|(a=b)(!(c=d))))')
    expect(configuredFilters('(cn=B\\c3\\a4r)')[0]?.toString()).to.equal('(&(cn=Bär))')
    expect(configuredFilters('(memberOf:1.2.840.113556.1.4.1941:=cn=x,dc=y)')).to.have.length(1)
    expect(configuredFilters(' ')).to.deep.equal([])
    for (const wrong of ['(uid=*', 'uid=*)', '(&)', '((']) {
      expect(() => configuredFilters(wrong), wrong)
        .to.throw(PiError)
        .with.property('code', 'CONFIG')
    }
  })

  it('compare times as ticks since 1601', () => {
    const now = new Date('2024-01-01T00:00:00Z')

    expect(expiry('accountExpires', true, now).toString()).to.equal(
      '(&(accountExpires<=133485408000000000)(!(accountExpires=0)))',
    )
    expect(expiry('accountExpires', false, now).toString()).to.equal('(accountExpires>=133485408000000000)')
  })
})

describe('settings of a directory', () => {
  it('name servers in every spelling', () => {
    const {servers} = read({LDAPURI: 'ldap://a, ldaps://b ,c,d:1389,ldaps://[::1]:1636'})

    expect(servers.map(({url}) => url)).to.deep.equal([
      'ldap://a:389',
      'ldaps://b:636',
      'ldap://c:389',
      'ldap://d:1389',
      'ldaps://[::1]:1636',
    ])
    expect(servers[4]).to.deep.include({host: '::1', secure: true})
  })

  it('have the defaults of the original', () => {
    expect(read({USERINFO: '{"username": "cn", "email": "mail"}'})).to.deep.include({
      attributes: new Map([
        ['username', 'uid'],
        ['email', 'mail'],
      ]),
      bindType: 'anonymous',
      cacheSeconds: 120,
      multiValued: new Set(['mobile']),
      pool: {rounds: 2, skipSeconds: 30, persistent: false, strategy: 'ROUND_ROBIN'},
      scope: 'sub',
      sizeLimit: 500,
      timeoutMs: 5000,
      tls: {verify: false, version: 'TLSv1.3', caFile: undefined},
      uidType: 'DN',
    })
  })

  for (const wrong of [
    {LDAPURI: ''},
    {LDAPURI: 'http://a'},
    {LOGINNAMEATTRIBUTE: ''},
    {AUTHTYPE: 'NTLM'},
    {AUTHTYPE: 'SASL Kerberos'},
    {SCOPE: 'ALL'},
    {TLS_VERSION: '9'},
    {USERINFO: '{'},
  ]) {
    it(`are refused when they make no sense: ${JSON.stringify(wrong)}`, () => {
      expect(() => read(wrong as unknown as Record<string, string>))
        .to.throw(PiError)
        .with.property('code', 'CONFIG')
    })
  }
})

describe('a DIGEST-MD5 answer', () => {
  it('is that of RFC 2831 §4', () => {
    const challenge = 'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8'
    const facts = {username: 'chris', password: 'secret', uri: 'imap/elwood.innosoft.com', cnonce: 'OA6MHXh6VqTrRk'}

    expect(digestResponse(challenge, facts)).to.contain('response=d388dad90d4bbd760a152321f2143af7,')
    expect(() => digestResponse('realm="x"', facts)).to.throw(/no nonce/)
  })
})

describe('kept answers', () => {
  it('are good for a while, the negative ones too, and failures are not kept', async () => {
    let now = 0
    let asked = 0
    const kept = new KeptAnswers(10, () => now)
    const ask = async () => void (asked += 1)
    await kept.get('a', ask)
    now = 9999
    await kept.get('a', ask)
    expect(asked).to.equal(1)
    await kept.get('a', ask, {fresh: true})
    now = 20_000
    await kept.get('a', ask)
    expect(asked).to.equal(3)

    const failing = async () => {
      asked += 1
      throw new Error('down')
    }
    await kept.get('b', failing).catch(() => undefined)
    await kept.get('b', failing).catch(() => undefined)
    expect(asked).to.equal(5)
  })
})

describe('values in a DN', () => {
  it('are escaped (RFC 4514 §2.4)', () => {
    expect(escapeDnValue(' a,b+c"d\\e<f>;=#')).to.equal('\\ a\\,b\\+c\\"d\\\\e\\<f\\>\\;\\=#')
    expect(escapeDnValue('#x ')).to.equal('\\#x\\ ')
  })
})

describeNeeding('users in a directory', [slapdPackage], () => {
  const manager = {dn: 'cn=manager,dc=example,dc=test', password: 'canary-manager-pw-Lx5'}
  let slapd: Slapd
  const opened: Resolver[] = []

  before(async () => {
    slapd = await startSlapd({
      ldif: fixture('interop', 'resolvers', 'ldap.ldif'),
      suffix: 'dc=example,dc=test',
      manager,
      sizeLimit: 4,
    })
  })
  after(async () => {
    for (const resolver of opened) await resolver.close()
    await slapd.stop()
  })

  async function open(more: Record<string, string> = {}): Promise<Resolver> {
    const settings = {
      LDAPURI: slapd.uri,
      LDAPBASE: 'ou=people,dc=example,dc=test',
      BINDDN: manager.dn,
      BINDPW: manager.password,
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPSEARCHFILTER: '(objectClass=inetOrgPerson)',
      USERINFO: JSON.stringify({surname: 'sn', mobile: 'mobile', email: 'mail', password: 'userPassword', full: 'cn'}),
      UIDTYPE: 'entryUUID',
      EDITABLE: '1',
      OBJECT_CLASSES: 'top, inetOrgPerson',
      DN_TEMPLATE: 'cn=<surname>,<basedn>',
      SERVERPOOL_ROUNDS: '1',
      TIMEOUT: '1',
      ...more,
    }
    const resolver = await (
      await resolverKind('ldapresolver')
    ).open(new Map(Object.entries(settings)), {directory: '/'} as ResolverEnv)
    opened.push(resolver)
    return resolver
  }

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: unknown) => (error instanceof PiError ? error.code : String(error)),
    )

  it('can be made, changed and deleted', async () => {
    const resolver = await open()
    const editor = resolver.editor!
    expect(await resolver.findUser('gus')).to.equal(undefined)
    const id = await editor.create({
      username: 'gus',
      full: 'Gus',
      surname: 'Gr,ün',
      password: 'one',
      mobile: ['1', '2'],
    })

    expect((await resolver.findUser('gus'))?.userId).to.equal(id)
    expect(await resolver.userInfo(id)).to.deep.equal({
      username: 'gus',
      surname: 'Gr,ün',
      full: 'Gus',
      email: '',
      mobile: ['1', '2'],
    })
    expect(await resolver.checkPassword(id, 'one')).to.equal(true)
    await editor.update(id, {email: 'gus@x', mobile: '', password: 'two'})
    expect(await resolver.userInfo(id)).to.deep.include({email: 'gus@x', mobile: [], surname: 'Gr,ün'})
    expect(await resolver.checkPassword(id, 'one')).to.equal(false)
    expect(await resolver.checkPassword(id, 'two')).to.equal(true)

    expect(await codeOf(editor.create({username: 'gus', full: 'x', surname: 'Gr,ün'}))).to.equal('ALREADY_EXISTS')
    expect(await codeOf(editor.create({username: 'x', surname: 'y', email: 'ü'}))).to.equal('INVALID_INPUT')
    expect(await codeOf(editor.update(id, {colour: 'red'}))).to.equal('INVALID_INPUT')
    await editor.delete(id)
    expect(await codeOf(editor.delete(id))).to.equal('NOT_FOUND')
    expect(await resolver.findLogin(id)).to.equal(undefined)
    expect((await open({EDITABLE: '0'})).editor).to.equal(undefined)
  })

  it('come with their groups, and their names are data in the filter', async () => {
    const groups = (filter: string) =>
      open({
        recursive_group_search: 'True',
        group_name_attribute: 'ou',
        group_search_filter: filter,
        group_attribute_mapping_key: 'groups',
        group_base_dn: 'dc=example,dc=test',
      })
    const by = await groups('(&(objectClass=organizationalUnit)(!(ou={username})))')
    const id = (await by.findUser('anna'))!.userId

    expect((await by.userInfo(id))?.['groups']).to.have.members(['people', 'other'])
    expect(fillFilter('(a={username})(b={nothing})', {username: 'x)(y=*'})).to.equal('(a=x\\29\\28y=\\2a)(b=)')
  })

  it('are asked for again after their server has closed the connection', async () => {
    const resolver = await open({CACHE_TIMEOUT: '0'})
    const id = (await resolver.findUser('anna'))!.userId
    await slapd.kill()
    expect(await codeOf(resolver.findLogin(id))).to.equal('UNAVAILABLE')
    expect(await codeOf(resolver.checkPassword(id, 'pw-anna'))).to.equal('UNAVAILABLE')

    await slapd.restart()
    expect(await resolver.findLogin(id)).to.equal('anna')
    expect(await resolver.checkPassword(id, 'pw-anna')).to.equal(true)
  })

  it('are asked for from the next server when one is silent or dead', async () => {
    // It takes connections and never answers.
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const {port} = silent.address() as {port: number}
    for (const dead of [`ldap://127.0.0.1:${await freePort()}`, `ldap://127.0.0.1:${port}`]) {
      const resolver = await open({LDAPURI: `${dead}, ${slapd.uri}`, SERVERPOOL_STRATEGY: 'FIRST'})
      expect((await resolver.findUser('anna'))?.login, dead).to.equal('anna')
    }
    silent.close()
  })

  it('are listed as far as the server gives them', async () => {
    const anonymous = await open({BINDDN: '', BINDPW: ''})
    const ids: string[] = []
    for await (const page of anonymous.listIds!()) ids.push(...page)
    let users = 0
    for await (const user of anonymous.listUsers({}, {limit: 3})) users += user.login === '' ? 0 : 1

    expect(ids.length).to.be.at.most(4)
    expect(users).to.be.at.most(3)
  })
})
