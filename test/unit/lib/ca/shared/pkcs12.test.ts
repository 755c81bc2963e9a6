import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {readCertificate} from '../../../../../src/lib/ca/shared/certificate.js'
import {inspectFile} from '../../../../../src/lib/ca/shared/inspect-file.js'
import {pemBlocks} from '../../../../../src/lib/ca/shared/pem.js'
import {readPkcs12, writePkcs12} from '../../../../../src/lib/ca/shared/pkcs12.js'
import {failureOf} from '../../../../support/failure.js'
import {removeFolder, temporaryFolder} from '../../../../support/folders.js'
import {describeNeeding, program} from '../../../../support/needs.js'
import {opensslOk} from '../../../../support/openssl.js'

const password = 'canary-p12-password-ü9'

describeNeeding('PKCS#12', [program('openssl', 'openssl')], () => {
  const folder = temporaryFolder('p12')
  const file = (name: string) => join(folder, name)
  let key: Buffer
  let certificate: Buffer

  before(() => {
    opensslOk(folder, [
      ...['req', '-new', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...[
        '-subj',
        '/CN=p12',
        '-keyout',
        'key.pem',
        '-out',
        'cert.pem',
        '-addext',
        'subjectAltName=DNS:a.example,IP:1.2.3.4',
      ],
    ])
    key = pemBlocks(readFileSync(file('key.pem'), 'utf8'))[0]!.der
    certificate = readCertificate(readFileSync(file('cert.pem'))).der
    writeFileSync(file('password'), `${password}\n`)
  })

  after(() => removeFolder(folder))

  it('is written so that openssl reads it', async () => {
    writeFileSync(
      file('ours.p12'),
      await writePkcs12({keys: [key], certificates: [certificate], friendlyName: 'Ü 1'}, password),
    )

    const shown = opensslOk(folder, ['pkcs12', '-in', 'ours.p12', '-passin', 'file:password', '-nodes', '-info'])

    expect(pemBlocks(shown).map(({der}) => der)).to.deep.include.members([key, certificate])
    expect(shown).to.match(/friendlyName: \S+ 1/)
  })

  for (const [title, more] of [
    ['of openssl 3', []],
    ['with triple DES and SHA-1', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ] as const) {
    it(`${title} is read`, async () => {
      opensslOk(folder, [
        ...['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-name', 'theirs', '-out', 'theirs.p12'],
        ...['-passout', 'file:password', ...more],
      ])

      const read = await readPkcs12(readFileSync(file('theirs.p12')), password)

      expect(read).to.deep.equal({keys: [key], certificates: [certificate], friendlyName: 'theirs'})
    })
  }

  it('is refused with a wrong password, cut off, changed, or something else', async () => {
    const good = await writePkcs12({keys: [key], certificates: [certificate]}, password)
    const changed = Buffer.from(good)
    changed[200]! ^= 1

    expect(await failureOf(readPkcs12(good, 'wrong'))).to.include({code: 'INTEGRITY'})
    expect(await failureOf(readPkcs12(changed, password))).to.have.property('code')
    expect(await failureOf(readPkcs12(good.subarray(0, 300), password))).to.include({code: 'INVALID_INPUT'})
    expect(await failureOf(readPkcs12(certificate, password))).to.include({code: 'INVALID_INPUT'})
    expect(await failureOf(readPkcs12(Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), ''))).to.include({
      code: 'INVALID_INPUT',
    })
  })

  it('is shown without its keys, as are certificates in PEM', async () => {
    const p12 = await writePkcs12({keys: [key], certificates: [certificate], friendlyName: 'x'}, password)

    const [summary, shown] = await inspectFile(p12, async () => password)
    const [pem] = await inspectFile(readFileSync(file('cert.pem')), async () => '')

    expect(summary).to.deep.equal({type: 'PKCS#12', name: 'x', keys: 1, certificates: 1})
    expect(shown).to.deep.equal(pem)
    expect(shown).to.include({type: 'certificate', subject: 'CN=p12', selfSigned: true})
    expect(JSON.stringify(pem)).to.include('DNS:a.example, IP:1.2.3.4')
  })
})
