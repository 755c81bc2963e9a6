import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {createSigningKey, openSigningKey} from '../../src/hsm/signing-key.js'
import {createLocalCa} from '../../src/lib/ca/kinds/local/create.js'
import {readCertificate} from '../../src/lib/ca/shared/certificate.js'
import {openCa} from '../support/ca-env.js'
import {failureOf} from '../support/failure.js'
import {removeFolder, temporaryFolder} from '../support/folders.js'
import {describeNeeding, program} from '../support/needs.js'
import {newRequest, openssl} from '../support/openssl.js'
import {settingsOf} from '../support/settings.js'
import {hasPkcs11Tool, hasSoftHsm, SoftHsm, type SoftToken} from '../support/softhsm.js'

describeNeeding(
  'a CA key in a PKCS#11 token',
  [
    {package: 'softhsm2', present: hasSoftHsm()},
    {package: 'opensc', present: hasPkcs11Tool()},
    program('openssl', 'openssl'),
  ],
  () => {
    const folder = temporaryFolder('ca-device')
    let hsm: SoftHsm
    let token: SoftToken
    const settings = () => settingsOf({PI_HSM_MODULE_MODULE: hsm.library})
    const source = () => ({known: token.pin, ask: async () => 'nobody is asked'})

    before(() => {
      hsm = new SoftHsm()
      token = hsm.addToken('CA token')
    })

    after(() => {
      hsm.remove()
      removeFolder(folder)
    })

    for (const type of ['rsa', 'ec'] as const) {
      it(`signs certificates and CRLs that openssl accepts (${type})`, async () => {
        const uri = `pkcs11:token=CA%20token;object=${type}-key`
        if (type === 'rsa') await createSigningKey(uri, settings(), source(), 2048)
        else hsm.pkcs11Tool(token, ['--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'ec-key', '--id', '02'])
        const directory = join(folder, type)
        const signer = await openSigningKey(uri, settings(), source())
        const made = await createLocalCa(
          {
            directory,
            dn: '/CN=Device CA',
            days: 100,
            crlDays: 30,
            overlapDays: 5,
            keySize: 2048,
            device: {uri, signer},
          },
          new Date(),
        )
        await signer.close()

        const connector = await openCa(made.settings, {
          openDeviceKey: (key) => openSigningKey(key, settings(), source()),
        })
        const result = await connector.sign(newRequest(folder, '/CN=signed by a device'), {days: 5})
        await connector.createCrl!({force: true})
        await connector.close()

        expect(made.settings['cakey']).to.equal(uri)
        expect(made.files.join()).not.to.include('cakey')
        const certificate = result.state === 'issued' ? result.certificate : ''
        writeFileSync(join(directory, 'one.pem'), certificate)
        expect(readCertificate(certificate).serial).to.equal('1000')
        const verified = openssl(directory, [
          'verify',
          '-CAfile',
          'cacert.pem',
          '-CRLfile',
          'crl.pem',
          '-crl_check',
          'one.pem',
        ])
        expect(verified).to.deep.equal({status: 0, output: 'one.pem: OK\n'})
      })
    }

    it('is refused when it is there already, not there, or the PIN is wrong or in the URI', async () => {
      const open = (uri: string, pin = token.pin) => openSigningKey(uri, settings(), {known: pin, ask: async () => ''})
      const uri = 'pkcs11:token=CA%20token;object=rsa-key'

      expect(await failureOf(createSigningKey(uri, settings(), source(), 2048))).to.include({code: 'ALREADY_EXISTS'})
      expect(await failureOf(open('pkcs11:token=CA%20token;object=none'))).to.include({code: 'CONFIG'})
      expect(await failureOf(open('pkcs11:token=CA%20token'))).to.include({code: 'CONFIG'})
      expect(await failureOf(open(`${uri}?pin-value=1234`))).to.include({code: 'CONFIG'})
      expect(await failureOf(open(uri, 'wrong-pin'))).to.include({code: 'REFUSED'})
    })
  },
)
