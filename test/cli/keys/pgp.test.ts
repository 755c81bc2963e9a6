import {execFileSync} from 'node:child_process'
import {statSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'

describe('setup create-pgp-keys', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.14dev')
    instance.configure((text) => `${text}\nPI_GNUPG_HOME = '${instance.path('home')}'\n`)
  })

  afterEach(() => {
    execFileSync('gpgconf', ['--homedir', instance.path('home'), '--kill', 'all'])
    instance.remove()
  })

  it('makes one key in a home of its own, a second one only with --force', async () => {
    const first = await instance.manage(['setup', 'create-pgp-keys', '--json'])
    const second = await instance.manage(['create_pgp_keys'])
    const forced = await instance.manage(['create_pgp_keys', '-f', '-k', '3072'])

    const listed = execFileSync('gpg', ['--homedir', instance.path('home'), '--with-colons', '--list-secret-keys'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const keys = listed.split('\n').filter((line) => line.startsWith('sec:'))
    expect([first.status, second.status, forced.status]).to.deep.equal([0, 1, 0])
    expect(second.stderr + second.stdout).to.contain('There are already private keys.')
    expect(forced.stdout).to.equal('')
    expect(first.json<{uid: string}>().uid).to.match(/^privacyIDEA Server \(Import\) </)
    expect(keys.map((line) => line.split(':')[2])).to.deep.equal(['2048', '3072'])
    expect(statSync(instance.path('home')).mode & 0o777).to.equal(0o700)
  })
})
