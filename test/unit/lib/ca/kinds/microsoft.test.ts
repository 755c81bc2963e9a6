import {join} from 'node:path'
import {expect} from 'chai'
import {caKind} from '../../../../../src/lib/ca/registry.js'
import type {CaConnector} from '../../../../../src/lib/ca/contract.js'
import {caEnv} from '../../../../support/ca-env.js'
import {failureOf} from '../../../../support/failure.js'
import {removeFolder, temporaryFolder} from '../../../../support/folders.js'
import {startMsWorker, type MsWorker} from '../../../../support/ms-worker.js'
import {describeNeeding, program} from '../../../../support/needs.js'
import {newRequest, opensslOk} from '../../../../support/openssl.js'

const passphrase = 'canary-ca-passphrase-3xQ9'

describeNeeding('a Microsoft CA', [program('openssl', 'openssl')], () => {
  const folder = temporaryFolder('ms-ca')
  const run = (...args: string[]) => opensslOk(folder, args)
  const opened: CaConnector[] = []
  let worker: MsWorker
  let certificate: string

  const open = async (more: Record<string, string> = {}) => {
    const settings = {hostname: 'localhost', port: String(worker.port), ca: 'WIN\\CA', ...more}
    const connector = await (await caKind('microsoft')).open(caEnv(settings, {directory: folder}))
    opened.push(connector)
    return connector
  }

  before(async () => {
    run('ecparam', '-genkey', '-name', 'prime256v1', '-out', 'ca.key')
    run(
      'req',
      '-new',
      '-x509',
      '-key',
      'ca.key',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-out',
      'ca.pem',
    )
    run('ec', '-in', 'ca.key', '-aes256', '-passout', `pass:${passphrase}`, '-out', 'client.key')
    certificate = run('x509', '-in', 'ca.pem')
    worker = await startMsWorker()
  })

  afterEach(async () => {
    for (const connector of opened.splice(0)) await connector.close()
  })

  after(async () => {
    await worker.stop()
    removeFolder(folder)
  })

  it('signs, says what is pending or denied, and revokes, by its calls', async () => {
    const request = newRequest(folder, '/CN=x')
    let disposition = 3
    worker.answers = {
      SubmitCSR: () => ({disposition, dispositionMessage: 'so\nit is', requestId: 77, status: {code: 0}}),
      GetCertificate: ({id}) => ({cert: id === 77 ? certificate : '', status: {code: 0}}),
      GetTemplates: () => ({templateNames: ['User', 'Web'], status: {code: 0}}),
      GetCAs: () => ({caNames: ['WIN\\CA'], status: {code: 0}}),
      GetCSRStatus: () => ({disposition, dispositionMessage: 'waits', status: {code: 0}}),
      RevokeCertificate: ({serialNumber}) => ({
        status: serialNumber === '0A' ? {code: 0} : {code: 1, message: 'no such'},
      }),
    }
    const connector = await open()
    const options = {template: 'User'}

    expect(await connector.sign(request, options)).to.deep.equal({state: 'issued', certificate, requestId: 77})
    expect(worker.calls[0]!.request).to.deep.equal({csr: request, templateName: 'User', caName: 'WIN\\CA'})
    disposition = 5
    expect(await connector.sign(request, options)).to.deep.equal({state: 'pending', requestId: 77, message: 'so it is'})
    expect(await connector.requestState!(77)).to.deep.equal({state: 'pending', message: 'waits'})
    disposition = 2
    expect(await failureOf(connector.sign(request, options))).to.include({code: 'REFUSED'})
    expect(await connector.requestState!(77)).to.deep.equal({state: 'denied', message: 'waits'})
    disposition = 4
    expect(await connector.requestState!(77)).to.deep.equal({state: 'issued', certificate})
    expect([...(await connector.templates()).keys()]).to.deep.equal(['User', 'Web'])
    expect(await connector.authorities!()).to.deep.equal(['WIN\\CA'])
    expect(await connector.revoke('0A', 'superseded')).to.equal('0A')
    expect(worker.calls.at(-1)!.request).to.include({serialNumber: '0A', reason: 4, date: ''})
    expect(await failureOf(connector.revoke('0B', 'superseded'))).to.include({code: 'REFUSED'})
    worker.answers = {}
    expect(await failureOf(connector.revoke('0A', 'superseded'))).to.include({code: 'REFUSED'})
    expect(await failureOf(connector.sign(request, {}))).to.have.property('code')
  })

  it('is reached by mutual TLS only, when it is set so; the key may have a password', async () => {
    const file = (name: string) => join(folder, name)
    const secure = await startMsWorker({ca: file('ca.pem'), certificate: file('ca.pem'), key: file('ca.key')})
    secure.answers = {GetCAs: () => ({caNames: ['one'], status: {code: 0}})}
    const tls = {port: String(secure.port), use_ssl: 'True', ssl_ca_cert: 'ca.pem', ssl_client_cert: 'ca.pem'}

    const connector = await open({...tls, ssl_client_key: 'client.key', ssl_client_key_password: passphrase})

    expect(await connector.authorities!()).to.deep.equal(['one'])
    const refused = async (settings: Record<string, string>) => failureOf((await open(settings)).authorities!())
    expect(await refused({...tls, ssl_client_key: 'client.key', ssl_client_key_password: 'wrong'})).to.include({
      code: 'CONFIG',
    })
    expect(await refused(tls)).to.include({code: 'CONFIG'})
    await connector.close()
    await secure.stop()
  })

  it('that does not answer is a failure', async () => {
    const connector = await open({port: '1'})

    expect(await failureOf(connector.templates())).to.include({code: 'UNAVAILABLE'})
  })
})
