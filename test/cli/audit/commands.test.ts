import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import {rowsVerifiedBy} from '../../support/audit-rows.js'
import {createPublicKey} from 'node:crypto'
import {readFileSync} from 'node:fs'

describe('audit rows of our own commands', () => {
  let instance: Instance
  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  const rows = () =>
    instance.query<Record<string, unknown>>(
      `SELECT id, action, success, serial, info, action_detail, administrator FROM pidea_audit
        WHERE action LIKE 'CLI %' ORDER BY id`,
    )

  it('tell of changes, signed, and not of what changed nothing', async () => {
    const [{serial}] = (await instance.query<{serial: string}>('SELECT serial FROM token WHERE active LIMIT 1')) as [
      {serial: string},
    ]

    for (const args of [
      ['token', 'disable', serial, '--dry-run'],
      ['token', 'list'],
      ['token', 'disable', serial],
      ['token', 'disable', serial],
      ['config', 'set', 'some.setting', 'canary-setting-value-Pq4'],
      ['config', 'set', 'some.setting', 'canary-setting-value-Pq4'],
    ]) {
      const {status, stderr} = await instance.manage(args)
      expect(status, stderr).to.equal(0)
    }

    const found = await rows()
    expect(found.map(({action, serial: about, info, success}) => ({action, about, info, success}))).to.deep.equal([
      {action: 'CLI token disable', about: serial, info: '', success: 1},
      {action: 'CLI config set', about: null, info: 'key=some.setting', success: 1},
    ])
    expect(found[0]!['action_detail']).to.match(/^token: 1/)
    const signed = await rowsVerifiedBy(instance, createPublicKey(readFileSync(instance.path('public.pem'))))
    expect(signed).to.include.members(found.map(({id}) => Number(id)))
  })

  it('are left out, with a notice, when the key that signs cannot be read', async () => {
    instance.configure((text) => text.replace('private.pem', 'nothere.pem'))
    const before = await rows()

    const {status, stderr} = await instance.manage(['config', 'unset', 'some.setting', '--yes'])

    expect(status, stderr).to.equal(0)
    expect(stderr).to.include('No audit row tells of this command')
    expect(await rows()).to.deep.equal(before)
  })
})
