import {readFileSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixture} from '../../support/folders.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'

interface Expected {
  admins: {username: string; password: string}[]
}

const password = 'canary-admin-pässword-3xQ'

describe('pi-manage admin', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    writeFileSync(instance.path('password'), `${password}\n`)
    writeFileSync(instance.path('other'), 'canary-other-password\n')
  })

  afterEach(() => instance.remove())

  const verify = (username: string, file = 'password') =>
    instance.manage(['admin', 'verify', username, '--password-file', instance.path(file)])

  for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] as const) {
    it(`verify knows the administrators of ${set}`, async () => {
      const other = await fixtureInstance(set)
      const {admins} = JSON.parse(readFileSync(fixture('interop', set, 'expect.json'), 'utf8')) as Expected
      try {
        for (const admin of admins) {
          writeFileSync(other.path('right'), admin.password)
          writeFileSync(other.path('wrong'), `${admin.password}x`)
          const args = ['admin', 'verify', admin.username, '--json', '--password-file']
          const right = await other.manage([...args, other.path('right')])
          const wrong = await other.manage([...args, other.path('wrong')])

          expect(right.json()).to.deep.equal({username: admin.username, valid: true})
          expect(wrong.json()).to.deep.equal({username: admin.username, valid: false})
          expect([right.status, wrong.status]).to.deep.equal([0, 1])
        }
      } finally {
        other.remove()
      }
    })
  }

  it('add, list, change and delete go together', async () => {
    const add = ['admin', 'add', 'alice', '--email', 'alice@example.com', '--password-file', instance.path('password')]
    expect((await instance.manage([...add, '--json'])).json()).to.deep.equal({username: 'alice', result: 'added'})
    expect((await verify('alice')).status).to.equal(0)
    expect((await instance.manage(add)).status).to.equal(1)

    const list = await instance.manage(['admin', 'list', '--json'])
    expect(list.json<{admins: unknown[]}>().admins).to.deep.include({
      username: 'alice',
      email: 'alice@example.com',
      hasPassword: true,
    })

    const change = await instance.manage(['admin', 'change', 'alice', '--password-stdin'], {
      stdin: 'canary-other-password\n',
    })
    expect(change.status, change.stderr).to.equal(0)
    expect((await verify('alice')).status).to.equal(1)
    expect((await verify('alice', 'other')).status).to.equal(0)

    expect((await instance.manage([...add, '--update'])).status).to.equal(0)
    expect((await verify('alice')).status).to.equal(0)

    expect((await instance.manage(['admin', 'delete', 'alice'])).status).to.equal(2)
    expect((await instance.manage(['admin', 'delete', 'alice', '--yes'])).status).to.equal(0)
    expect((await instance.manage(['admin', 'delete', 'alice', '--yes'])).status).to.equal(1)
    expect((await verify('alice')).status).to.equal(1)
  })

  it('change refuses who is not there, and nothing to do', async () => {
    const unknown = await instance.manage(['admin', 'change', 'nobody', '-e', 'x@example.com'])
    const nothing = await instance.manage(['admin', 'change', 'admin1'])

    expect([unknown.status, nothing.status]).to.deep.equal([1, 2])
    expect(await instance.query('SELECT username FROM admin WHERE username = ?', ['nobody'])).to.deep.equal([])
  })

  it('keeps passwords out of every output', async () => {
    const runs = [
      await instance.manage(['admin', 'add', 'bob', '-p', password]),
      await instance.manage(['admin', 'add', 'bob', '-p', password, '--json']),
      await instance.manage(['admin', 'list', '--json']),
      await verify('bob'),
    ]

    expect(runs.map(({status}) => status)).to.deep.equal([0, 1, 0, 0])
    for (const {stdout, stderr} of runs) {
      expect(stdout + stderr).to.not.include(password)
      expect(stdout + stderr).to.not.include('$argon2')
    }
  })

  it('writes hashes that the original can read', async () => {
    await instance.manage(['admin', 'add', 'bob', '--password-file', instance.path('password')])

    const [row] = await instance.query<{password: string}>('SELECT password FROM admin WHERE username = ?', ['bob'])
    expect(row?.password).to.match(/^\$argon2id\$v=19\$m=65536,t=9,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{22}$/)
  })

  it('does not read a name from a pipe', async () => {
    const {status} = await instance.manage(['admin', 'delete', '--yes'], {stdin: 'admin1\n'})

    expect(status).to.equal(2)
    expect(await instance.query('SELECT username FROM admin')).to.have.length(3)
  })
})
