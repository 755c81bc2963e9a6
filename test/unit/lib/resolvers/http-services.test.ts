import {expect} from 'chai'
import {generateKeyPairSync} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PiError} from '../../../../src/lib/errors.js'
import type {ListedUser, Resolver, ResolverEnv} from '../../../../src/lib/resolvers/contract.js'
import {resolverKind} from '../../../../src/lib/resolvers/registry.js'
import {temporaryFolder} from '../../../support/folders.js'
import {
  startGraph,
  startInformation,
  startKeycloak,
  startScim,
  type ServiceUser,
  type UserService,
} from '../../../support/user-services.js'

const secret = 'canary-client-secret-Pq3'
const people: ServiceUser[] = ['anna', 'berta', 'carl', 'anton', 'zoe'].map((login, n) => ({
  id: `id-${n}`,
  login,
  first: login.toUpperCase(),
  last: `L${n}`,
  mail: `${login}@example.test`,
  password: `pw-${login}`,
}))

async function open(type: string, settings: Record<string, string>, directory = '/'): Promise<Resolver> {
  const env = {directory} as ResolverEnv
  return (await resolverKind(type)).open(new Map(Object.entries(settings)), env)
}

async function all(users: AsyncIterable<ListedUser>): Promise<string[]> {
  const logins: string[] = []
  for await (const {login} of users) logins.push(login)
  return logins
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof PiError ? error.code : String(error)
  }
}

/** What all services must do that tell users by id. */
function behavesAsStore(
  service: () => UserService,
  resolver: () => Resolver,
  existing: {id: string; login: string},
): void {
  it('finds users by id, and proves by 404 that one is gone', async () => {
    expect(await resolver().findLogin(existing.id)).to.equal(existing.login)
    expect(await resolver().userInfo(existing.id)).to.deep.include({
      givenname: 'BERTA',
      surname: 'L1',
      email: 'berta@example.test',
    })
    expect(await resolver().findLogin('nobody')).to.equal(undefined)
    expect(await resolver().userInfo('nobody')).to.equal(undefined)
  })

  for (const status of [500, 503, 403, 429]) {
    it(`takes nobody for gone when it answers ${status}`, async () => {
      service().failing = status
      const codes = [codeOf(resolver().findLogin(existing.id)), codeOf(resolver().userInfo('nobody'))]
      const listed = codeOf(all(resolver().listUsers({})))

      expect(await Promise.all([...codes, listed])).to.deep.equal(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
      expect((await resolver().test()).ok).to.equal(false)
      service().failing = undefined
    })
  }

  it('lists all users over pages, and some by pattern', async () => {
    expect(await all(resolver().listUsers({}))).to.have.members(people.map(({login}) => login))
    expect(await all(resolver().listUsers({username: 'an*'}))).to.deep.equal(['anna', 'anton'])
    expect(await all(resolver().listUsers({}, {limit: 3}))).to.have.length(3)
    expect(await all(resolver().listUsers({colour: 'red'}))).to.deep.equal([])
  })
}

/** What editable services must do. */
function isEditable(service: () => UserService, resolver: () => Resolver): void {
  it('makes, changes and deletes users', async () => {
    const editor = resolver().editor!
    const id = await editor.create({username: 'new', password: 'pw-new', surname: 'New'})
    await editor.update(id, {surname: 'Newer'})

    expect(await resolver().findUser('new')).to.deep.equal({userId: id, login: 'new'})
    expect(await resolver().checkPassword(id, 'pw-new')).to.equal(true)
    expect((await resolver().userInfo(id))?.['surname']).to.equal('Newer')
    expect(await codeOf(editor.update(id, {colour: 'red'}))).to.equal('INVALID_INPUT')

    await editor.delete(id)
    expect(await resolver().findLogin(id)).to.equal(undefined)
    expect(await codeOf(editor.delete(id))).to.equal('NOT_FOUND')
  })

  it('checks passwords, and tells a wrong one from an outage', async () => {
    expect(await resolver().checkPassword('id-0', 'pw-anna')).to.equal(true)
    expect(await resolver().checkPassword('id-0', 'wrong')).to.equal(false)
    expect(await resolver().checkPassword('id-0', '')).to.equal(false)
    expect(await resolver().checkPassword('nobody', 'pw-anna')).to.equal(false)
    service().failing = 429
    expect(await codeOf(resolver().checkPassword('id-0', 'pw-anna'))).to.equal('UNAVAILABLE')
    service().failing = undefined
  })
}

describe('users of Keycloak', () => {
  let service: UserService
  let resolver: Resolver
  const settings = () => ({base_url: service.url, realm: 'corp', username: 'admin', password: secret, Editable: 'True'})

  before(async () => {
    service = await startKeycloak(people, secret)
    resolver = await open('keycloakresolver', {...settings(), config_get_user_groups: '{"active": true}'})
  })
  after(() => service.stop())

  behavesAsStore(
    () => service,
    () => resolver,
    {id: 'id-1', login: 'berta'},
  )
  isEditable(
    () => service,
    () => resolver,
  )

  it('are found by their whole name', async () => {
    expect(await resolver.findUser('anna')).to.deep.equal({userId: 'id-0', login: 'anna'})
    expect(await resolver.findUser('an')).to.equal(undefined)
  })

  it('come with their groups', async () => {
    expect((await resolver.userInfo('id-1'))?.['groups']).to.deep.equal(['staff', 'admins'])
  })

  it('are not to be had with a wrong service password', async () => {
    const locked = await open('keycloakresolver', {...settings(), password: 'wrong'})

    expect(await codeOf(locked.findLogin('id-1'))).to.equal('UNAVAILABLE')
  })
})

describe('users of Entra ID', () => {
  let service: UserService
  let resolver: Resolver
  const settings = () => ({
    base_url: `${service.url}/v1.0`,
    authority: `${service.url}/{tenant}`,
    tenant: 'corp',
    client_id: 'app',
    client_secret: secret,
    Editable: '1',
  })

  before(async () => {
    service = await startGraph(people, secret)
    resolver = await open('entraidresolver', settings())
  })
  after(() => service.stop())

  behavesAsStore(
    () => service,
    () => resolver,
    {id: 'id-1', login: 'berta'},
  )
  isEditable(
    () => service,
    () => resolver,
  )

  it('are searched with quotes doubled and both ends of a pattern', async () => {
    service.clear()
    await all(resolver.listUsers({surname: "O'B*x", email: 'a@b'}))
    const [request] = service.requests.filter(({path}) => path === '/v1.0/users')

    expect(request?.query?.['$filter']).to.equal(
      "(startswith(surname,'O''B') and endswith(surname,'x')) and (mail eq 'a@b')",
    )
    expect(request?.headers['consistencylevel']).to.equal('eventual')
  })

  it('are to be had with a certificate instead of a secret, but then their passwords are not', async () => {
    const folder = temporaryFolder('entra')
    const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
    writeFileSync(join(folder, 'key.pem'), privateKey.export({type: 'pkcs8', format: 'pem'}))
    const certificate = JSON.stringify({private_key_file: 'key.pem', certificate_fingerprint: 'aa:bb'})
    const {client_secret: _secret, ...rest} = settings()
    const certified = await open(
      'entraidresolver',
      {...rest, client_credential_type: 'certificate', client_certificate: certificate},
      folder,
    )

    expect(await certified.findLogin('id-0')).to.equal('anna')
    expect(await codeOf(certified.checkPassword('id-0', 'pw-anna'))).to.equal('CONFIG')
  })
})

describe('users of a SCIM service', () => {
  let service: UserService
  let resolver: Resolver

  before(async () => {
    service = await startScim(people, secret)
    resolver = await open('scimresolver', {
      Authserver: service.url,
      Resourceserver: service.url,
      Client: 'admin',
      Secret: secret,
      Mapping: '{}',
    })
  })
  after(() => service.stop())

  behavesAsStore(
    () => service,
    () => resolver,
    {id: 'berta', login: 'berta'},
  )

  it('are taken for known by every login, and let nobody in, as in the original', async () => {
    expect(await resolver.findUser('whoever')).to.deep.equal({userId: 'whoever', login: 'whoever'})
    expect(await resolver.checkPassword('berta', 'pw-berta')).to.equal(false)
  })

  it('are counted by the test', async () => {
    expect(await resolver.test()).to.deep.equal({ok: true, users: 5, message: 'Found 5 users'})
  })
})

describe('users of an HTTP service', () => {
  let service: UserService

  before(async () => {
    service = await startInformation(people)
  })
  after(() => service.stop())

  const mapping =
    '{"username": "{data.login}", "givenname": "{data.names[0]}", "email": "{data.contact.mail}", "kind": "site"}'
  const settings = (more: Record<string, string> = {}) => ({
    endpoint: `${service.url}/info`,
    method: 'GET',
    requestMapping: '{"id": "{userid}"}',
    responseMapping: mapping,
    ...more,
  })
  const special = {hasSpecialErrorHandler: 'True', errorResponse: '{"success": false}', testUser: 'id-0'}

  for (const method of ['GET', 'post']) {
    it(`tell about themselves (${method})`, async () => {
      const resolver = await open('httpresolver', settings({method}))

      expect(await resolver.userInfo('id-0')).to.deep.equal({
        username: 'anna',
        givenname: 'ANNA',
        email: 'anna@example.test',
        kind: 'site',
      })
    })
  }

  it('are gone when the configured error says so, and only then', async () => {
    const resolver = await open('httpresolver', settings(special))

    expect(await resolver.findLogin('id-0')).to.equal('id-0')
    expect(await resolver.findLogin('nobody')).to.equal(undefined)
    expect((await resolver.test()).ok).to.equal(true)
    service.failing = 502
    expect(await codeOf(resolver.findLogin('nobody'))).to.equal('UNAVAILABLE')
    service.failing = undefined
  })

  it('are asked for by text, not by what it would mean in JSON', async () => {
    const resolver = await open('httpresolver', settings(special))

    expect(await resolver.findLogin('x", "id": "id-0')).to.equal(undefined)
  })

  it('have requests of their own in the advanced form', async () => {
    const requests = {
      config_get_user_by_id: {
        endpoint: '/info',
        method: 'get',
        requestMapping: {id: '{userid}'},
        responseMapping: {userid: '{data.login}', username: '{data.login}'},
        hasSpecialErrorHandler: true,
        errorResponse: {success: false, message: 'no such user'},
      },
    }
    const resolver = await open('httpresolver', {
      advanced: '1',
      base_url: service.url,
      attribute_mapping: '{"username": "data.login", "userid": "data.login", "email": "data.contact.mail"}',
      ...Object.fromEntries(Object.entries(requests).map(([key, value]) => [key, JSON.stringify(value)])),
    })

    expect(await resolver.findLogin('id-2')).to.equal('carl')
    expect((await resolver.userInfo('id-2'))?.['email']).to.equal('carl@example.test')
    expect(await resolver.findLogin('nobody')).to.equal(undefined)
    expect(resolver.editor).to.equal(undefined)
  })
})
