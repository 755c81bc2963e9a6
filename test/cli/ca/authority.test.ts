import {existsSync, readFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import {describeNeeding, program} from '../../support/needs.js'
import {newRequest, openssl} from '../../support/openssl.js'

describeNeeding('pi-manage ca', [program('openssl', 'openssl')], () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  after(() => instance.remove())

  it('creates a CA by the dialogue of the original, fed by a script', async () => {
    const answers = ['new', '2048', '', '/O=Dialogue/CN=New CA', '40', '', 'n', '', '', '', '', '30', '', 'y', '']

    const {status, stderr, stdout} = await instance.run('pi-manage', ['ca', 'create', 'newCA'], {
      env: {PI_MANAGE_SHIM: '1'},
      stdin: answers.join('\n'),
    })

    expect(status, stderr).to.equal(0)
    expect(stdout).to.include('What should be the keysize of the CA (2048/4096/8192)[4096]: ')
    expect(stdout).to.include('How many days should the CRL be valid [40]: ')
    expect(stdout).to.match(/Saved CA Connector with ID 2\.\n$/)
    expect(readFileSync(instance.path('new/openssl.cnf'), 'utf8')).to.include('default_crl_days = 30')
    const crl = openssl(instance.path('new'), ['crl', '-in', 'crl.pem', '-CAfile', 'cacert.pem', '-noout', '-issuer'])
    expect(crl.output).to.match(/issuer=O = Dialogue, CN = New CA[^]*verify OK/)
    const rows = await instance.query('SELECT "Key", "Type" FROM caconnectorconfig WHERE caconnector_id = ?', [2])
    const recorded = await instance.query('SELECT "Key", "Type" FROM caconnectorconfig WHERE caconnector_id = ?', [1])
    expect(rows).to.have.deep.members(recorded)
  })

  it('signs a request from standard input, and refuses a second CA of the name', async () => {
    const signed = await instance.manage(['ca', 'issue', 'localCA', '-', '--json'], {
      stdin: newRequest(instance.path('ca'), '/CN=from a pipe'),
    })
    const again = await instance.manage(['ca', 'create', 'LOCALCA', '--yes', '--directory', instance.path('other')])

    expect(signed.status, signed.stderr).to.equal(0)
    expect(signed.json<{facts: {subject: string}}>().facts.subject).to.equal('CN=from a pipe')
    expect(again.status).to.equal(1)
    expect(existsSync(instance.path('other'))).to.equal(false)
  })
})
