import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {openApp, type App} from '../../../../../src/app.js'
import {readCertificate} from '../../../../../src/lib/ca/shared/certificate.js'
import {readPkcs12} from '../../../../../src/lib/ca/shared/pkcs12.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {failureOf} from '../../../../support/failure.js'
import {removeFolder, temporaryFolder} from '../../../../support/folders.js'
import {installation, type Installation} from '../../../../support/installation.js'
import {describeNeeding, program} from '../../../../support/needs.js'
import {newRequest, openssl, opensslOk} from '../../../../support/openssl.js'

const pin = 'canary-token-pin-Rb5w'

describeNeeding('certificate tokens', [program('openssl', 'openssl')], () => {
  describeEachDatabase('with a recorded CA', (databases) => {
    const folder = temporaryFolder('ca-tokens')
    const before_ = process.cwd()
    let site: Installation
    let app: App

    before(async () => {
      site = await installation(databases, 'privacyidea-3.8')
      // names in the recorded settings are relative
      process.chdir(site.folder)
      app = await openApp({configFile: site.config, env: {}})
    })

    after(async () => {
      await app.close()
      process.chdir(before_)
      site.remove()
      removeFolder(folder)
    })

    const details = async (serial: string) => {
      const db = await app.database()
      const [token] = await db.k('token').where({serial})
      const rows = await db.k('tokeninfo').where({token_id: token.id}).orderBy('id')
      const owner = await db.k('tokenowner').where({token_id: token.id}).first()
      return {token, owner, info: new Map(rows.map((row) => [row.Key as string, row]))}
    }

    it('are enrolled by a request, as the original stores them', async () => {
      const tokens = await app.certificateTokens()

      const made = await tokens.enrol({
        ca: 'LOCALca',
        source: {request: newRequest(folder, '/CN=by request')},
        user: {login: 'alice', realm: 'corp'},
        description: 'x'.repeat(90),
      })

      const [ours, theirs] = [await details(made.serial), await details('CRT0001')]
      expect(made.serial).to.match(/^CRT0004[0-9A-F]{4}$/)
      expect([...ours.info.keys()]).to.deep.equal(['tokenkind', 'CA', 'certificate'])
      expect(ours.info.get('CA').Value).to.equal('localCA')
      expect(ours.info.get('certificate').Value).to.equal(made.certificate)
      const constant = [
        'tokentype',
        'otplen',
        'maxfail',
        'count_window',
        'sync_window',
        'rollout_state',
        'active',
        'revoked',
      ]
      for (const column of constant) expect([column, ours.token[column]]).to.deep.equal([column, theirs.token[column]])
      expect(ours.token.description).to.have.length(80)
      expect(ours.owner).to.include({user_id: '1000', resolver: theirs.owner.resolver, realm_id: theirs.owner.realm_id})
    })

    it('with a key made here keep it encrypted, and give it as PKCS#12 with their PIN', async () => {
      const tokens = await app.certificateTokens()

      const made = await tokens.enrol({
        ca: 'localCA',
        source: {keySize: 2048, mail: true, realm: true},
        user: {login: 'bob', realm: 'corp'},
        pin,
        serial: 'CRT-MINE',
      })

      expect(made.facts?.subject).to.match(/CN=bob/)
      const {info, token} = await details('CRT-MINE')
      expect(info.get('privatekey')).to.include({Type: 'password'})
      expect(info.get('privatekey').Value).to.match(/^[0-9a-f]{32}:[0-9a-f]+$/)
      expect(token.pin_hash).to.match(/^@@/)
      const file = await readPkcs12(await tokens.pkcs12('CRT-MINE', undefined), pin)
      expect(file.friendlyName).to.equal('CRT-MINE')
      expect(file.certificates).to.have.length(2)
      expect(readCertificate(file.certificates[0]!).pem).to.equal(made.certificate)
      // a recorded token with a key has no PIN
      expect(await failureOf(tokens.pkcs12('CRT0002', undefined))).to.include({code: 'REFUSED'})
      const recorded = await readPkcs12(await tokens.pkcs12('CRT0002', pin), pin)
      expect(recorded.keys).to.have.length(1)
      expect(await failureOf(tokens.pkcs12('CRT0001', pin))).to.include({code: 'REFUSED'})
    })

    it('are revoked: locked, with their certificate on the CRL', async () => {
      const tokens = await app.certificateTokens()
      const serial = readCertificate((await details('CRT0001')).info.get('certificate').Value).serial

      const revoked = await tokens.revoke('CRT0001', {reason: 'keyCompromise'})

      expect(revoked).to.deep.equal({serial: 'CRT0001', certificate: serial, ca: 'localCA', crl: 'crl.pem'})
      const {token} = await details('CRT0001')
      expect([token.active, token.revoked, token.locked].map(Number)).to.deep.equal([0, 1, 1])
      const crl = opensslOk(join(site.folder, 'ca'), ['crl', '-in', 'crl.pem', '-noout', '-text'])
      expect(crl).to.include(`Serial Number: ${serial}`)
      expect(await failureOf(tokens.revoke('CRT0001', {reason: 'keyCompromise'}))).to.include({code: 'PARTIAL'})
      expect(await tokens.revoke('CRT0003', {reason: 'superseded'})).to.deep.equal({serial: 'CRT0003'})
      expect(await failureOf(tokens.revoke('OATHSHA16', {reason: 'superseded'}))).to.include({code: 'REFUSED'})
    })

    it('are not half there when something is refused', async () => {
      const tokens = await app.certificateTokens()
      const db = await app.database()
      const index = readFileSync(join(site.folder, 'ca/index.txt'), 'utf8')
      const count = async () => Number((await db.k('token').count({n: '*'}))[0]!['n'])
      const tokensBefore = await count()
      const request = newRequest(folder, '/CN=refused')

      const wishes: [object, string][] = [
        [{ca: 'nowhere'}, 'NOT_FOUND'],
        [{user: {login: 'nobody', realm: 'corp'}}, 'NOT_FOUND'],
        [{serial: 'CRT0002'}, 'ALREADY_EXISTS'],
        [{serial: 'ä'}, 'INVALID_INPUT'],
        [{source: {keySize: 2048, mail: false, realm: false}}, 'USAGE'],
        [{source: {request: 'rubbish'}}, 'INVALID_INPUT'],
      ]
      for (const [wish, code] of wishes) {
        expect(await failureOf(tokens.enrol({ca: 'localCA', source: {request}, ...wish})), code).to.include({code})
      }
      expect(readFileSync(join(site.folder, 'ca/index.txt'), 'utf8')).to.equal(index)

      // after the CA has signed: the certificate is taken back
      expect(await failureOf(tokens.enrol({ca: 'localCA', source: {request}, realms: ['no such']}))).to.include({
        code: 'NOT_FOUND',
      })
      const last = readFileSync(join(site.folder, 'ca/index.txt'), 'utf8').trim().split('\n').at(-1)!
      expect(last).to.match(/^R\t.*cessationOfOperation\t.*\/CN=refused$/)
      expect(await count()).to.equal(tokensBefore)
    })

    it('with an attestation must be for the same key, with a chain that is trusted', async () => {
      const run = (...args: string[]) => opensslOk(folder, args)
      const signed = (name: string, by: string, key = `${name}.key`) => {
        run('req', '-new', '-key', key, '-subj', `/CN=${name}`, '-out', `${name}.csr`)
        run(
          'x509',
          '-req',
          '-in',
          `${name}.csr`,
          '-CA',
          `${by}.pem`,
          '-CAkey',
          `${by}.key`,
          '-CAcreateserial',
          '-out',
          `${name}.pem`,
        )
      }
      for (const name of ['root', 'middle', 'low', 'device']) {
        run('ecparam', '-genkey', '-name', 'prime256v1', '-out', `${name}.key`)
      }
      run('req', '-new', '-x509', '-key', 'root.key', '-subj', '/CN=root', '-out', 'root.pem')
      signed('middle', 'root')
      signed('low', 'middle')
      signed('device', 'low')
      const chains = temporaryFolder('chains')
      const pem = (name: string) => readFileSync(join(folder, `${name}.pem`), 'utf8')
      const {checkAttestation} = await import('../../../../../src/lib/services/ca/attestation.js')
      const request = readFileSync(join(folder, 'device.csr'), 'utf8')

      expect(await failureOf(checkAttestation(request, pem('device'), [chains]))).to.include({code: 'REFUSED'})
      // a link is missing: the third is not signed by the second
      writeFileSync(join(chains, 'a.pem'), pem('root') + pem('low'))
      expect(await failureOf(checkAttestation(request, pem('device'), [chains]))).to.include({code: 'REFUSED'})
      writeFileSync(join(chains, 'b.pem'), `# root first\n${pem('root')}${pem('middle')}${pem('low')}`)
      await checkAttestation(request, pem('device'), ['/nonexistent', chains])
      expect(await failureOf(checkAttestation(request, pem('low'), [chains]))).to.include({code: 'REFUSED'})
    })

    it('are in the report with what ends', async () => {
      const {caReport} = await import('../../../../../src/lib/services/ca/report.js')
      const report = async (more: object) =>
        caReport(await app.database(), await app.authorities(), {now: new Date('2026-11-28'), ...more})

      const {problems, rows} = await report({withinMs: 366 * 86_400_000})

      expect(problems).to.deep.equal([])
      expect(rows.map(({kind}) => kind)).to.include.members(['crl', 'token'])
      expect(rows.find(({token}) => token === 'CRT0002')).to.include({ca: 'localCA', state: 'valid', serial: '1001'})
      expect(rows.find(({token}) => token === 'CRT0001')).to.equal(undefined)
      expect((await report({all: true})).rows.find(({token}) => token === 'CRT0001')).to.include({state: 'revoked'})
      expect((await report({withinMs: 0})).rows).to.deep.equal([])
    })

    it('keep their connector from being deleted by mistake', async () => {
      const authorities = await app.authorities()

      expect(await failureOf(authorities.delete('localCA'))).to.include({code: 'REFUSED'})
      expect(openssl(join(site.folder, 'ca'), ['ca', '-config', 'openssl.cnf', '-updatedb']).status).to.equal(0)
    })
  })
})
