import {existsSync, readFileSync, statSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'

describe('pi-manage setup create-audit-keys', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    instance.configure((text) => text.replace('private.pem', 'new.pem').replace('public.pem', 'new.pub'))
  })

  afterEach(() => instance.remove())

  it('makes a pair once', async () => {
    const made = await instance.manage(['create_audit_keys'])
    const before = readFileSync(instance.path('new.pem'), 'utf8')
    const again = await instance.manage(['setup', 'create-audit-keys'])

    expect(made.stdout).to.equal(
      `Signing keys written to ${instance.path('new.pem')} and ${instance.path('new.pub')}\n` +
        `The file permission of ${instance.path('new.pem')} was set to 400!\n` +
        'Please ensure, that it is owned by the right user.\n',
    )
    expect(statSync(instance.path('new.pem')).mode & 0o777).to.equal(0o400)
    expect(again.status).to.equal(1)
    expect(readFileSync(instance.path('new.pem'), 'utf8')).to.equal(before)
  })

  it('takes a size, and warns when signatures outgrow the audit table', async () => {
    const small = await instance.manage(['setup', 'create-audit-keys', '-k', '1024'])
    expect(small.status).to.equal(2)
    expect(existsSync(instance.path('new.pem'))).to.equal(false)

    const large = await instance.manage(['audit', 'create-keys', '--keysize', '3072', '--json'])
    expect(large.json()).to.deep.equal({
      privateFile: instance.path('new.pem'),
      publicFile: instance.path('new.pub'),
      keysize: 3072,
    })
    expect(large.stderr).to.match(/783 characters/)
  })
})
