import {execFileSync, spawnSync} from 'node:child_process'
import {createCipheriv, createHmac, generateKeyPairSync, publicEncrypt, constants} from 'node:crypto'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {fixture, temporaryFolder} from '../../support/folders.js'
import {errorsOf, failureOf, rowsOf, tokensOf} from '../../support/importers.js'

const seed = '3132333435363738393031323334353637383930'
const base64Seed = Buffer.from(seed, 'hex').toString('base64')

const plain = `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0" Id="KC1"><KeyPackage>
<DeviceInfo><SerialNo>S1</SerialNo></DeviceInfo><Key Id="K1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
<Data><Secret><PlainValue>${base64Seed}</PlainValue></Secret></Data></Key></KeyPackage></KeyContainer>`

describe('PSKC encrypted for a certificate', () => {
  const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
  const pem = privateKey.export({format: 'pem', type: 'pkcs8'}).toString()
  const other = generateKeyPairSync('rsa', {modulusLength: 2048})
    .privateKey.export({format: 'pem', type: 'pkcs8'})
    .toString()

  const file = (method: string, value: Buffer) =>
    plain
      .replace(
        '<KeyPackage>',
        '<EncryptionKey><X509Data><X509Certificate>MA==</X509Certificate></X509Data></EncryptionKey><KeyPackage>',
      )
      .replace(
        /<PlainValue>.*<\/PlainValue>/,
        `<EncryptedValue><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#${method}"/><CipherData><CipherValue>${value.toString('base64')}</CipherValue></CipherData></EncryptedValue>`,
      )

  for (const [method, options] of [
    ['rsa_1_5', {padding: constants.RSA_PKCS1_PADDING}],
    ['rsa-oaep-mgf1p', {padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1'}],
    ['rsa-oaep', {padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256'}],
  ] as const) {
    it(`is opened with its private key (${method})`, async () => {
      const text = file(method, publicEncrypt({key: publicKey, ...options}, Buffer.from(seed, 'hex')))

      expect(tokensOf(await rowsOf(text, {privateKey: pem}))[0]).to.include({serial: 'S1', secret: seed})
      expect((await failureOf(rowsOf(text, {privateKey: other}))).code).to.equal('INTEGRITY')
      expect((await failureOf(rowsOf(text))).code).to.equal('USAGE')
      expect((await failureOf(rowsOf(text, {privateKey: 'no key'}))).code).to.equal('INTEGRITY')
    })
  }
})

describe('Signed PSKC', () => {
  const hasXmlsec = spawnSync('xmlsec1', ['--version']).status === 0

  /** A key pair with a certificate that it signed itself. */
  function signer(folder: string, name: string) {
    const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '30',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      {stdio: 'ignore'},
    )
    return {key, certificate}
  }

  const template = (reference: string) => `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<ds:Reference URI="${reference}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>
<ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>`

  it('is read when xmlsec1 signed it for somebody who is trusted, and refused otherwise', async function () {
    if (!hasXmlsec) {
      if (process.env['CI'] === 'true') throw new Error('xmlsec1 is not installed')
      this.skip()
    }
    const folder = temporaryFolder('signed')
    const [vendor, stranger] = [signer(folder, 'vendor'), signer(folder, 'stranger')]
    const unsigned = join(folder, 'unsigned.xml')
    writeFileSync(unsigned, plain.replace('</KeyContainer>', `${template('')}</KeyContainer>`))
    const signed = execFileSync(
      'xmlsec1',
      ['--sign', '--privkey-pem', `${vendor.key},${vendor.certificate}`, unsigned],
      {encoding: 'utf8'},
    )
    const trustAnchors = readFileSync(vendor.certificate, 'utf8')

    expect(tokensOf(await rowsOf(signed, {trustAnchors}))[0]).to.include({serial: 'S1', secret: seed})

    const wrapped = signed.replace(/<KeyPackage>[^]*<\/KeyPackage>/, (whole) => whole.replace('S1', 'S2') + whole)
    const cases: [string, string][] = [
      [signed, readFileSync(stranger.certificate, 'utf8')],
      [signed.replace('S1', 'S2'), trustAnchors],
      [signed.replace(base64Seed, base64Seed.replace('M', 'N')), trustAnchors],
      [signed.replace(/<ds:SignatureValue>\s*./, '<ds:SignatureValue>A'), trustAnchors],
      [plain, trustAnchors],
      [wrapped, trustAnchors],
    ]
    for (const [text, anchors] of cases) {
      expect((await failureOf(rowsOf(text, {trustAnchors: anchors}))).code).to.equal('INTEGRITY')
    }
    expect((await failureOf(rowsOf(signed, {trustAnchors: 'nothing'}))).code).to.equal('INVALID_INPUT')
    expect((await failureOf(rowsOf(signed, {lenient: true}))).code).to.equal('REFUSED')
    expect((await failureOf(rowsOf(signed, {lenient: true, trustAnchors}))).code).to.equal('USAGE')
    const bomb = `<!DOCTYPE x [<!ENTITY a "aa">]>${signed.replace(/^<\?xml[^>]*\?>/, '')}`
    expect((await failureOf(rowsOf(bomb, {trustAnchors}))).code).to.equal('INVALID_INPUT')
  })
})

describe('PSKC that is not well-formed', () => {
  const broken = {
    'a missing end tag': plain.replace('</SerialNo>', ''),
    'a missing end at the end': plain.replace('</Key></KeyPackage></KeyContainer>', ''),
    'blanks before the declaration': `\n  <?xml version="1.0"?>\n${plain}`,
    'an end tag of nothing': plain.replace('<Data>', '</Nothing><Data>'),
  }

  for (const [what, text] of Object.entries(broken)) {
    it(`is refused, and read when that was asked for: ${what}`, async () => {
      expect((await failureOf(rowsOf(text))).code).to.equal('INVALID_INPUT')
      expect(tokensOf(await rowsOf(text, {lenient: true}))[0]).to.include({secret: seed, type: 'hotp'})
    })
  }

  it('gives the same tokens as the strict reader where both can read', async () => {
    for (const name of ['pskc_plain.xml', 'pskc_plain_prefixed.xml', 'pskc_aes.xml', 'pskc_of_export.xml']) {
      const text = readFileSync(fixture('interop/privacyidea-3.8/imports', name), 'utf8')
      const hex = name.includes('export') ? '7355ad03133018f2e76d4dad74032925' : 'e1aef2489f644782d53e32e3111e765e'
      const presharedKey = Buffer.from(hex, 'hex')

      expect(await rowsOf(text, {presharedKey, lenient: true})).to.deep.equal(await rowsOf(text, {presharedKey}))
    }
  })

  it('never reads a document type', async () => {
    const failure = await failureOf(rowsOf(`<!DOCTYPE x [<!ENTITY a "b">]>${plain}`, {lenient: true}))

    expect(failure.message).to.contain('document type')
  })
})

describe('Drafts of PSKC', () => {
  const draft = (
    head: string,
    attributes: string,
    data: string,
    names = {container: 'KeyContainer', key: 'Key', info: 'DeviceId'},
  ) =>
    `<${names.container} xmlns="urn:ietf:params:xml:ns:keyprov:container:1.0" version="1.0">${head}<Device><${names.info}><Manufacturer>Maker</Manufacturer><SerialNo>D1</SerialNo></${names.info}>
<${names.key} ${attributes}><Issuer>I</Issuer><Usage OTP="true"><ResponseFormat Format="DECIMAL" Length="8"/></Usage>${data}</${names.key}></Device></${names.container}>`
  const values = `<Data Name="SECRET"><Value>${base64Seed}</Value></Data><Data Name="COUNTER"><Value>AAAAAAAAAAc=</Value></Data>`
  const expected = {serial: 'D1', type: 'hotp', secret: seed, otplen: 8, counter: 7, description: 'Maker'}

  it('are read in clear, by every name that they had', async () => {
    const hoyer = draft('', 'SecretAlgorithm="HOTP" SecretId="K1"', values, {
      container: 'SecretContainer',
      key: 'Secret',
      info: 'DeviceId',
    })
    const container = draft('', 'KeyAlgorithm="http://www.ietf.org/keyprov/pskc#hotp" KeyId="K1"', values)
    const ietf02 = draft(
      '',
      'KeyAlgorithm="urn:ietf:params:xml:ns:keyprov:pskc#hotp" KeyId="K1"',
      `<Data><Secret><PlainValue>${base64Seed}</PlainValue></Secret><Counter><PlainValue>7</PlainValue></Counter></Data>`,
      {container: 'KeyContainer', key: 'Key', info: 'DeviceInfo'},
    )

    for (const text of [hoyer, container, ietf02]) expect(tokensOf(await rowsOf(text))[0]).to.include(expected)
  })

  it('are read encrypted, with the IV in the container and a MAC over the plain value', async () => {
    const presharedKey = Buffer.alloc(16, 3)
    const iv = Buffer.alloc(16, 4)
    const cipher = createCipheriv('aes-128-cbc', presharedKey, iv)
    const data = Buffer.concat([cipher.update(Buffer.from(seed, 'hex')), cipher.final()]).toString('base64')
    const mac = createHmac('sha1', presharedKey).update(Buffer.from(seed, 'hex')).digest('base64')
    const head = `<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"><IV>${iv.toString('base64')}</IV></EncryptionMethod>
<DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"/>`
    const file = (digest: string) =>
      draft(
        head,
        'KeyAlgorithm="http://www.ietf.org/keyprov/pskc#hotp" KeyId="K1"',
        `<Data Name="SECRET"><Value>${data}</Value><ValueDigest>${digest}</ValueDigest></Data><Data Name="COUNTER"><Value>AAAAAAAAAAc=</Value></Data>`,
      )

    expect(tokensOf(await rowsOf(file(mac), {presharedKey}))[0]).to.include(expected)
    expect(
      (await failureOf(rowsOf(file(mac.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))), {presharedKey}))).code,
    ).to.equal('INTEGRITY')
  })

  it('refuse what they cannot give', async () => {
    expect(Object.values(errorsOf(await rowsOf(draft('', 'KeyAlgorithm="HOTP" KeyId="K1"', ''))))).to.deep.equal([
      'the secret is missing',
    ])
  })
})
