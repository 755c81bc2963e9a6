import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {verifyJwt} from '../../../src/lib/crypto/jwt.js'
import {fixture} from '../../support/folders.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'

interface Token {
  username: string
  token: string
}

describe('pi-manage api create-token', () => {
  const expected = JSON.parse(readFileSync(fixture('interop', 'privacyidea-3.8', 'expect.json'), 'utf8')) as {
    secret_key: string
  }
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  after(() => instance.remove())

  const create = (...args: string[]) => instance.manage(['api', 'create-token', ...args], {showsSecrets: true})

  it('issues a token that the server accepts', async () => {
    const {json, stderr} = await create('--role', 'validate', '--days', '2', '--username', 'radius', '--json')
    const claims = await verifyJwt(json<Token & Record<string, unknown>>().token, expected.secret_key)

    expect(stderr).to.equal('')
    expect(claims).to.include({username: 'radius', realm: 'API', role: 'validate', authtype: 'API', rights: 'TODO'})
    expect(claims.exp).to.be.closeTo(Date.now() / 1000 + 2 * 86_400, 60)
  })

  it('prints the lines that scripts of the original look for', async () => {
    const {stdout} = await instance.manage(
      ['api', 'createtoken', '-r', 'admin', '-u', 'admin1', '-R', 'x', '-d', '7'],
      {
        showsSecrets: true,
      },
    )

    expect(stdout).to.match(
      /^Username: {3}admin1\nRealm: {6}x\nRole: {7}admin\nValidity: {3}7 days\nAuth-Token: eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/,
    )
  })

  it('warns of an administrator who does not exist, without refusing', async () => {
    const unknown = await create('-u', 'nobody')
    const known = await create('-u', 'admin1')
    const forced = await create('-u', 'nobody', '--force')

    expect([unknown.status, known.status, forced.status]).to.deep.equal([0, 0, 0])
    expect(unknown.stderr).to.match(/no administrator of that name \(nobody\)/)
    expect(known.stderr + forced.stderr).to.equal('')
  })

  it('refuses other roles and times', async () => {
    const statuses = await Promise.all([
      create('-r', 'root'),
      create('-d', '0'),
      create('-d', '-1'),
      create('-d', '9999999'),
    ])

    expect(statuses.map(({status}) => status)).to.deep.equal([2, 2, 2, 2])
  })

  it('names a missing SECRET_KEY', async () => {
    const other = await fixtureInstance('privacyidea-3.8')
    other.configure((text) => text.replace(/^SECRET_KEY.*$/m, ''))
    const {status, stderr} = await other.manage(['api', 'create-token', '-r', 'validate'])
    other.remove()

    expect(status).to.equal(2)
    expect(stderr).to.match(/SECRET_KEY/)
  })
})
