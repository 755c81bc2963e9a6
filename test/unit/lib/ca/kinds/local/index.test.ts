import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {createLocalCa} from '../../../../../../src/lib/ca/kinds/local/create.js'
import {readCertificate} from '../../../../../../src/lib/ca/shared/certificate.js'
import {caEnv, openCa} from '../../../../../support/ca-env.js'
import {failureOf} from '../../../../../support/failure.js'
import {removeFolder, temporaryFolder} from '../../../../../support/folders.js'
import {describeNeeding, program} from '../../../../../support/needs.js'
import {caByOpenssl, newRequest, openssl, opensslOk, recordedCa} from '../../../../../support/openssl.js'
import {caKind} from '../../../../../../src/lib/ca/registry.js'

const passphrase = 'canary-ca-passphrase-3xQ9'

const newCa = {days: 1800, dn: '/C=DE/O=Test \\/ Org/CN=Our CA', crlDays: 30, overlapDays: 5, keySize: 2048}

/** Three folders: by hand, by the original, by us. */
const origins: Record<string, (folder: string) => Promise<Record<string, string>> | Record<string, string>> = {
  'made by the steps of openssl': (folder) => caByOpenssl(folder, passphrase),
  'made by the original': recordedCa,
  'made by us': async (folder) => (await createLocalCa({...newCa, directory: folder}, new Date())).settings,
}

describeNeeding('a CA folder', [program('openssl', 'openssl')], () => {
  for (const [origin, make] of Object.entries(origins)) {
    describe(origin, () => {
      const folder = temporaryFolder('ca')
      const subject = (name: string) => `/C=DE/O=Ü. GmbH/CN=${name}`
      let settings: Record<string, string>
      let now = new Date()

      const file = (key: 'CRL' | 'cacert') => join(settings['WorkingDir']!, settings[key]!.replace(`${folder}/`, ''))
      const open = () => openCa(settings, {now: () => now, passphrase: async () => passphrase})
      const authority = [
        ...['-config', 'openssl.cnf', '-passin', `pass:${passphrase}`],
        ...['-extensions', 'server', '-days', '10', '-batch', '-notext'],
      ]
      const status = (serial: string) => openssl(folder, ['ca', '-config', 'openssl.cnf', '-status', serial]).output
      const verifies = (certificate: string) => {
        writeFileSync(join(folder, 'one.pem'), certificate)
        writeFileSync(
          join(folder, 'trusted.pem'),
          readFileSync(file('cacert'), 'utf8') + readFileSync(file('CRL'), 'utf8'),
        )
        return openssl(folder, ['verify', '-crl_check', '-x509_strict', '-CAfile', 'trusted.pem', 'one.pem'])
      }
      async function issue(name: string): Promise<string> {
        const connector = await open()
        const result = await connector.sign(newRequest(folder, subject(name)), {days: 20})
        await connector.close()
        return result.state === 'issued' ? result.certificate : ''
      }

      before(async () => {
        settings = await make(folder)
        now = new Date()
      })

      after(() => removeFolder(folder))

      it('issues, revokes and lists; openssl agrees each time, and goes on', async () => {
        const [first, second] = [await issue('first'), await issue('second')]
        const serial = readCertificate(first).serial
        const connector = await open()
        expect((await connector.createCrl!({force: true})).created).to.equal(true)
        // the original's certificates are no strict ones: authorityKeyIdentifier names an issuer that is not there
        if (origin !== 'made by the original') expect(verifies(first)).to.deep.include({status: 0})
        expect(status(serial)).to.include(`${serial}=Valid (V)`)

        expect(await connector.revoke(serial, 'keyCompromise')).to.equal(serial)
        const crl = await connector.createCrl!({force: true})
        await connector.close()

        expect(status(serial)).to.include(`${serial}=Revoked (R)`)
        expect(verifies(first).output).to.include('certificate revoked')
        expect(verifies(second).output).not.to.include('revoked')
        const shown = opensslOk(folder, ['crl', '-in', file('CRL'), '-noout', '-text', '-CAfile', file('cacert')])
        expect(shown).to.match(new RegExp(`Serial Number: ${serial}[^]*Key Compromise`))
        expect(crl.revoked).to.equal((shown.match(/Serial Number:/g) ?? []).length)

        writeFileSync(join(folder, 'theirs.csr'), newRequest(folder, subject('theirs')))
        const issued = openssl(folder, ['ca', ...authority, '-in', 'theirs.csr', '-out', 'theirs.pem'])
        expect(issued.status, issued.output).to.equal(0)
        const theirs = readFileSync(join(folder, 'theirs.pem'), 'utf8')
        const listed = await (await open()).issued!()
        expect(listed.at(-1)).to.include({serial: readCertificate(theirs).serial, state: 'valid'})
        // what openssl makes of a request and what we make of it is the same name and the same extensions
        const facts = (pem: string) => {
          const {extensions, subject: name} = readCertificate(pem)
          return [[...name].length, extensions.map(({extnID, critical}) => `${extnID} ${critical}`)]
        }
        expect(facts(theirs)).to.deep.equal(facts(first))
        const made = openssl(folder, ['ca', ...authority.slice(0, 4), '-gencrl', '-out', file('CRL')])
        expect(made.status, made.output).to.equal(0)
        expect(verifies(theirs).output).not.to.include('revoked')

        const last = await issue('last')
        expect(BigInt(`0x${readCertificate(last).serial}`)).to.equal(BigInt(`0x${readCertificate(theirs).serial}`) + 1n)
      })

      it('makes a CRL only when the present one ends within the overlap period', async () => {
        const connector = await open()
        const {nextUpdate} = await connector.createCrl!({force: true})
        const atBorder = new Date(nextUpdate.getTime() - 5 * 86_400_000)

        now = atBorder
        expect(await connector.createCrl!({force: false})).to.include({created: false})
        now = new Date(atBorder.getTime() + 1)
        expect(await connector.createCrl!({force: false})).to.include({created: true})
        await connector.close()
        now = new Date()
      })
    })
  }

  describe('with what can go wrong', () => {
    const folder = temporaryFolder('ca-wrong')
    let settings: Record<string, string>

    before(() => {
      settings = recordedCa(folder)
    })

    after(() => removeFolder(folder))

    const files = () =>
      ['index.txt', 'serial', 'cakey.pem', 'cacert.pem'].map((name) => readFileSync(join(folder, name), 'utf8'))

    it('refuses a second valid certificate of a subject, a wrong signature, an unknown serial number', async () => {
      const before = files()
      const connector = await openCa(settings)
      const request = newRequest(folder, '/CN=bob')
      const [, body = ''] = /REQUEST-----\n([^-]+)/.exec(request) ?? []
      const der = Buffer.from(body, 'base64')
      der[der.length - 5]! ^= 1

      expect(await failureOf(connector.sign(request, {}))).to.include({code: 'REFUSED'})
      expect(await failureOf(connector.sign(der.toString('base64'), {}))).to.include({code: 'REFUSED'})
      expect(await failureOf(connector.sign('rubbish', {}))).to.include({code: 'INVALID_INPUT'})
      expect(await failureOf(connector.revoke('77', 'superseded'))).to.include({code: 'NOT_FOUND'})
      expect(await failureOf(connector.revoke('1002', 'superseded'))).to.include({code: 'REFUSED'})
      expect(await failureOf(connector.sign(newRequest(folder, '/O=without name'), {}))).to.include({code: 'REFUSED'})
      expect(await failureOf(connector.sign(newRequest(folder, '/CN=a\\/..\\/b'), {}))).to.include({code: 'REFUSED'})
      expect(await failureOf(connector.sign(newRequest(folder, '/CN=x'), {template: 'none'}))).to.include({
        code: 'NOT_FOUND',
      })
      expect(files()).to.deep.equal(before)
    })

    it('lets no subject hit a file of the CA', async () => {
      const [, , key, certificate] = files()
      const connector = await openCa(settings)
      const numbered = readFileSync(join(folder, '1001.pem'), 'utf8')

      for (const name of ['cakey', 'cacert', 'crl', '1001']) await connector.sign(newRequest(folder, `/CN=${name}`), {})

      expect(files().slice(2)).to.deep.equal([key, certificate])
      expect(readFileSync(join(folder, '1001.pem'), 'utf8')).to.equal(numbered)
      expect(existsSync(join(folder, 'cakey_.pem'))).to.equal(true)
    })

    it('leaves an empty section of distribution points out, on which openssl fails, and says so', async () => {
      const env = caEnv(settings)
      const connector = await (await caKind('local')).open(env)

      const result = await connector.sign(newRequest(folder, '/CN=user'), {extensions: 'user'})

      expect(result.state).to.equal('issued')
      expect(env.warnings.join()).to.include('crl_dp_policy')
    })

    it('issues from several callers at once, each with a number of its own', async () => {
      const requests = Array.from({length: 4}, (_, index) => newRequest(folder, `/CN=racer ${index}`))

      const results = await Promise.all(
        requests.map(async (request) => (await openCa(settings)).sign(request, {template: undefined})),
      )

      const serials = results.map((result) =>
        result.state === 'issued' ? readCertificate(result.certificate).serial : '',
      )
      expect(new Set(serials).size).to.equal(4)
      const index = readFileSync(join(folder, 'index.txt'), 'utf8')
      for (const serial of serials) expect(index).to.include(`\t${serial}\t`)
      expect(existsSync(join(folder, 'index.txt.lock'))).to.equal(false)
    })

    it('takes the lock of a dead run away', async () => {
      const lock = join(folder, 'index.txt.lock')
      writeFileSync(
        lock,
        JSON.stringify({host: (await import('node:os')).hostname(), pid: 2 ** 22 + 1, boot: 'before'}),
      )

      const result = await (await openCa(settings)).sign(newRequest(folder, '/CN=after a crash'), {})

      expect(result.state).to.equal('issued')
      expect(existsSync(lock)).to.equal(false)
    })

    it('uses templates of its file', async () => {
      writeFileSync(join(folder, 'templates.yaml'), 'short:\n  days: "7"\n  extensions: etoken\nplain:\n')
      const connector = await openCa({...settings, templates: 'templates.yaml'})

      const result = await connector.sign(newRequest(folder, '/CN=templated'), {template: 'short', days: 99})

      expect([...(await connector.templates()).keys()]).to.deep.equal(['short', 'plain'])
      const {notAfter, notBefore} = readCertificate(result.state === 'issued' ? result.certificate : '')
      expect(notAfter.getTime() - notBefore.getTime()).to.equal(7 * 86_400_000)
    })

    it('makes no CA where one is, and leaves it as it was', async () => {
      const before = files()

      expect(await failureOf(createLocalCa({...newCa, directory: folder}, new Date()))).to.include({
        code: 'ALREADY_EXISTS',
      })
      expect(files()).to.deep.equal(before)
    })
  })
})
