import {createCipheriv, createHmac, pbkdf2Sync, randomBytes, type CipherGCM} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixture} from '../../support/folders.js'
import {errorsOf, failureOf, rowsOf, rowsOfFile, tokensOf} from '../../support/importers.js'

const rfc = (figure: number) => fixture('importers/pskc', `rfc6030-figure${String(figure)}.xml`)
const rfcKey = Buffer.from('12345678901234567890123456789012', 'hex')
const rfcSeed = '3132333435363738393031323334353637383930'
const password = (text: string) => () => Promise.resolve(text)

/** A container with one package, in parts that a test can replace. */
function container({
  head = '',
  device = '<SerialNo>S1</SerialNo>',
  algorithm = 'urn:ietf:params:xml:ns:keyprov:pskc:hotp',
  id = 'K1',
  parameters = '<ResponseFormat Length="6" Encoding="DECIMAL"/>',
  data = `<Secret><PlainValue>${Buffer.from(rfcSeed, 'hex').toString('base64')}</PlainValue></Secret>`,
  policy = '',
}): string {
  return `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">${head}<KeyPackage>
<DeviceInfo>${device}</DeviceInfo><Key Id="${id}" Algorithm="${algorithm}"><AlgorithmParameters>${parameters}</AlgorithmParameters>
<Data>${data}</Data>${policy}</Key></KeyPackage></KeyContainer>`
}

const secret = (bytes: Buffer) => `<Secret><PlainValue>${bytes.toString('base64')}</PlainValue></Secret>`
const one = async (text: string, options = {}) => tokensOf(await rowsOf(text, options))[0]!
const error = async (text: string, options = {}) => Object.values(errorsOf(await rowsOf(text, options)))[0]

describe('PSKC', () => {
  it('reads the examples of RFC 6030', async () => {
    const [figure2] = tokensOf(await rowsOfFile(rfc(2)))
    const [figure5, pin] = await rowsOfFile(rfc(5))
    const [figure6] = tokensOf(await rowsOfFile(rfc(6), {presharedKey: rfcKey}))
    const [figure7] = tokensOf(await rowsOfFile(rfc(7), {password: password('qwerty')}))

    expect(figure2).to.include({serial: '12345678', type: 'hotp', secret: '31323334', otplen: 6})
    expect(figure5).to.have.property('token').that.includes({serial: '987654321', secret: rfcSeed, otplen: 8})
    expect(pin).to.deep.include({skipped: 'a PIN of another key, not a token', type: 'pin'})
    expect(figure6).to.include({serial: '987654321', secret: rfcSeed, otplen: 8, description: 'Manufacturer'})
    expect(figure7).to.include({serial: '987654321', secret: rfcSeed, otplen: 8})
  })

  it('refuses a file whose key or password is wrong, or missing', async () => {
    const wrong = await failureOf(rowsOfFile(rfc(6), {presharedKey: Buffer.alloc(16, 7)}))
    const short = await failureOf(rowsOfFile(rfc(6), {presharedKey: Buffer.alloc(32, 7)}))
    const wrongPassword = await failureOf(rowsOfFile(rfc(7), {password: password('qwertz')}))
    const noKey = await failureOf(rowsOfFile(rfc(6)))
    const noPassword = await failureOf(rowsOfFile(rfc(7)))

    expect([wrong, short, wrongPassword].map(({code}) => code)).to.deep.equal(['INTEGRITY', 'INTEGRITY', 'INTEGRITY'])
    expect(short.message).to.contain('32 bytes').and.contain('needs 16')
    expect(noKey.code).to.equal('USAGE')
    expect(noKey.hints.join()).to.contain('--preshared-key-file')
    expect(noPassword.hints.join()).to.contain('--password-file')
  })

  it('checks the MAC of every value when the file declares one', async () => {
    const good = readFileSync(rfc(6), 'utf8')
    const changed = good.replace('Su+NvtQ', 'Su+NvtR')
    const removed = good.replace(/<ValueMAC>.*<\/ValueMAC>/, '')
    const plain = good.replace(/<EncryptedValue>[^]*<\/ValueMAC>/, '<PlainValue>MTIzNA==</PlainValue>')
    const options = {presharedKey: rfcKey}

    for (const bad of [changed, removed, plain])
      expect((await failureOf(rowsOf(bad, options))).code).to.equal('INTEGRITY')
    expect(errorsOf(await rowsOf(changed, {...options, validateMac: 'soft'}))).to.deep.equal({19: 'the MAC is wrong'})
    expect(await one(changed, {...options, validateMac: 'none'})).to.include({secret: rfcSeed})
  })

  it('needs no MAC for a value that authenticates itself, but for any other', async () => {
    const key = Buffer.alloc(16, 5)
    const wrapped = Buffer.concat(
      encrypt('id-aes128-wrap', key, Buffer.alloc(8, 0xa6), Buffer.from(`${rfcSeed}${rfcSeed.slice(0, 8)}`, 'hex')),
    )
    const iv = Buffer.alloc(16, 1)
    const chained = Buffer.concat([iv, ...encrypt('aes-128-cbc', key, iv, Buffer.from(rfcSeed, 'hex'))])
    const file = (name: string, data: Buffer) =>
      container({head: '<MACMethod/>', data: `<Secret>${encryptedValue(name, data)}</Secret>`})

    expect(await one(file('kw-aes128', wrapped), {presharedKey: key})).to.include({type: 'hotp'})
    expect((await failureOf(rowsOf(file('aes128-cbc', chained), {presharedKey: key}))).code).to.equal('INTEGRITY')
  })

  it('accepts a MAC over the plain value, and one made with the encryption key', async () => {
    const key = randomBytes(16)
    const seed = randomBytes(20)
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-128-cbc', key, iv)
    const data = Buffer.concat([iv, cipher.update(seed), cipher.final()])
    const macKey = Buffer.concat([iv, ...encrypt('aes-128-cbc', key, iv, Buffer.from('mac key of 20 bytes.'))])
    const file = (macKeyElement: string, mac: Buffer) =>
      container({
        head: `<MACMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256">${macKeyElement}</MACMethod>`,
        data: `<Secret>${encryptedValue('aes128-cbc', data)}<ValueMAC>${mac.toString('base64')}</ValueMAC></Secret>`,
      })
    const own = `<MACKey>${encryption('aes128-cbc', macKey)}</MACKey>`
    const hmac = (by: Buffer, what: Buffer) => createHmac('sha256', by).update(what).digest()

    for (const text of [file(own, hmac(Buffer.from('mac key of 20 bytes.'), seed)), file('', hmac(key, data))]) {
      expect(await one(text, {presharedKey: key})).to.include({secret: seed.toString('hex')})
    }
  })

  for (const [name, algorithm, keyBytes, ivBytes] of [
    ['aes128-cbc', 'aes-128-cbc', 16, 16],
    ['aes192-cbc', 'aes-192-cbc', 24, 16],
    ['aes256-cbc', 'aes-256-cbc', 32, 16],
    ['tripledes-cbc', 'des-ede3-cbc', 24, 8],
    ['camellia128-cbc', 'camellia-128-cbc', 16, 16],
    ['camellia256-cbc', 'camellia-256-cbc', 32, 16],
    ['kw-aes128', 'id-aes128-wrap', 16, 0],
    ['kw-aes256', 'id-aes256-wrap', 32, 0],
    ['aes256-gcm', 'aes-256-gcm', 32, 12],
  ] as const) {
    it(`decrypts ${name}`, async () => {
      // Fixed values: one wrong key in some 256 leaves a padding that looks right.
      const key = Buffer.from(Array.from({length: keyBytes}, (_, at) => at * 7 + 1))
      const seed = Buffer.from(rfcSeed.padEnd(48, '7'), 'hex')
      const iv = Buffer.alloc(ivBytes || 8, ivBytes === 0 ? 0xa6 : 0x24)
      const data = Buffer.concat([ivBytes === 0 ? Buffer.alloc(0) : iv, ...encrypt(algorithm, key, iv, seed)])
      const file = container({data: `<Secret>${encryptedValue(name, data)}</Secret>`})

      const token = await one(file, {presharedKey: key})
      const wrong = await failureOf(rowsOf(file, {presharedKey: Buffer.alloc(keyBytes)}))

      expect(token.secret).to.equal(seed.toString('hex'))
      expect(wrong.code).to.equal('INTEGRITY')
    })
  }

  it('unwraps keys with Camellia as RFC 3394 does with AES', async () => {
    const {cipherOf} = await import('../../../src/importers/kinds/pskc/algorithms.js')
    const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
    const wrapped = wrapRfc3394('camellia-128-ecb', key, Buffer.from('00112233445566778899aabbccddeeff', 'hex'))
    const cipher = cipherOf('http://www.w3.org/2001/04/xmldsig-more#kw-camellia128')!

    expect(cipher.decrypt(key, wrapped, false)?.toString('hex')).to.equal('00112233445566778899aabbccddeeff')
    expect(cipher.decrypt(Buffer.alloc(16), wrapped, false)).to.equal(undefined)
  })

  it('derives the key with any hash of PBKDF2, and of the length the cipher needs', async () => {
    const salt = randomBytes(8)
    const iv = randomBytes(16)
    const key = pbkdf2Sync('pässword', salt, 500, 32, 'sha256')
    const data = Buffer.concat([iv, ...encrypt('aes-256-cbc', key, iv, Buffer.from(rfcSeed, 'hex'))])
    const file = (iterations: string) =>
      container({
        head: `<EncryptionKey><DerivedKey><KeyDerivationMethod Algorithm="http://www.w3.org/2009/xmlenc11#pbkdf2"><PBKDF2-params>
<Salt><Specified>${salt.toString('base64')}</Specified></Salt><IterationCount>${iterations}</IterationCount>
<PRF Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"/></PBKDF2-params></KeyDerivationMethod></DerivedKey></EncryptionKey>`,
        data: `<Secret>${encryptedValue('aes256-cbc', data)}</Secret>`,
      })

    expect(await one(file('500'), {password: password('pässword')})).to.include({secret: rfcSeed})
    const huge = await failureOf(rowsOf(file('4000000000'), {password: password('x')}))
    expect(huge.message).to.contain('iteration count')
  })

  it('knows the algorithms under all their names', async () => {
    const names = {
      'urn:ietf:params:xml:ns:keyprov:pskc:hotp': 'hotp',
      'urn:ietf:params:xml:ns:keyprov:pskc:totp': 'totp',
      'http://www.ietf.org/keyprov/pskc#hotp': 'hotp',
      HOTP: 'hotp',
      'urn:oid:1.3.6.1.4.1.37560.2': 'totp',
    }
    for (const [algorithm, type] of Object.entries(names))
      expect((await one(container({algorithm}))).type).to.equal(type)
    const ocra = await one(container({algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:OCRA-1:HOTP-SHA1-6:QN08'}))
    expect(ocra).to.deep.include({type: 'ocra', info: {ocrasuite: 'OCRA-1:HOTP-SHA1-6:QN08'}})
    expect(await error(container({algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:SecurID-AES'}))).to.equal(
      'the algorithm of the key is not supported',
    )
    expect(await one(container({algorithm: 'unknown'}), {type: 'totp'})).to.include({type: 'totp'})
  })

  it('reads hash, digits, counter and times', async () => {
    const totp = 'urn:ietf:params:xml:ns:keyprov:pskc:totp'
    const plain = (name: string, value: string) => `<${name}><PlainValue>${value}</PlainValue></${name}>`
    const data = secret(Buffer.from(rfcSeed, 'hex'))

    for (const suite of ['<Suite>HMAC-SHA256</Suite>', '<Suite>SHA-256</Suite>', '<suite hashalgo="sha256"/>']) {
      expect(await one(container({parameters: suite}))).to.include({hashlib: 'sha256', otplen: 6})
    }
    expect(await one(container({data: data + plain('Counter', '42')}))).to.include({counter: 42})
    expect(await one(container({data: data + plain('Counter', Buffer.from('42').toString('base64'))}))).to.include({
      counter: 42,
    })
    expect(
      await one(container({data: data + plain('Counter', Buffer.from([0, 0, 1, 0]).toString('base64'))})),
    ).to.include({counter: 256})
    const drift = data + plain('TimeInterval', '60') + plain('TimeDrift', '-3')
    expect(await one(container({algorithm: totp, data: drift}))).to.include({timeStep: 60, timeShift: -180})
    expect(await one(container({algorithm: totp, data: drift}), {driftInSeconds: true})).to.include({timeShift: -3})
    expect(await one(container({algorithm: totp}))).to.include({timeStep: 30})
  })

  it('refuses what it cannot use, key by key', async () => {
    const format = (attributes: string) => container({parameters: `<ResponseFormat ${attributes}/>`})

    expect(await error(format('Length="6" Encoding="HEXADECIMAL"'))).to.contain('HEXADECIMAL')
    expect(await error(format('Length="6" Encoding="DECIMAL" CheckDigits="true"'))).to.contain('check digit')
    expect(await error(container({data: ''}))).to.equal('the secret is missing')
    expect(await error(container({data: '<Secret><PlainValue>%%%</PlainValue></Secret>'}))).to.contain('base64')
    expect(await error(container({device: '<SerialNo>a b</SerialNo>'}))).to.contain('serial')
    expect(await error(container({parameters: '<Suite>FNV</Suite>'}))).to.contain('hash')
  })

  it('keeps what the policy of a key allows, and refuses a policy it does not understand', async () => {
    const policy = (content: string) => container({policy: `<Policy>${content}</Policy>`})

    const dated = await one(
      policy(
        '<StartDate>2024-05-01T12:30:00Z</StartDate><ExpiryDate>2030-05-01T00:00:00+02:00</ExpiryDate><NumberOfTransactions>500</NumberOfTransactions>',
      ),
    )
    expect(dated.info).to.deep.equal({
      validity_period_start: '2024-05-01T12:30+0000',
      validity_period_end: '2030-05-01T00:00+0200',
      count_auth_success_max: '500',
    })
    expect(await error(policy('<KeyUsage>Encrypt</KeyUsage>'))).to.contain('does not allow OTPs')
    expect(await error(policy('<Moon>full</Moon>'))).to.contain('not understood')
  })

  it('names Yubikeys by serial and slot, and keeps their ids', async () => {
    const token = await one(
      container({
        algorithm: 'http://www.yubico.com/#yubikey-aes',
        id: '12345678:1',
        parameters: '<ResponseFormat Length="44" Encoding="ALPHANUMERIC"/>',
        data: secret(Buffer.alloc(16, 1)),
        policy: '<UserId>CN=vvccccdefghi, UID=a1b2c3d4e5f6</UserId>',
      }),
    )

    expect(token).to.deep.include({
      serial: 'UBAM12345678_1',
      type: 'yubikey',
      otplen: 44,
      info: {'yubikey.prefix': 'vvccccdefghi', 'yubikey.tokenid': 'a1b2c3d4e5f6'},
    })
    expect(await one(container({id: '12345678:2'}))).to.include({serial: 'UBOM12345678_2'})
  })

  it('refuses document types, entities, bombs and anything that is not well-formed', async () => {
    const good = container({})
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>${good.replace('S1', '&b;')}`
    const external = `<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>${good.replace('S1', '&xxe;')}`
    const cases = [
      bomb,
      external,
      good.replace('S1', '&xxe;'),
      good.slice(0, -20),
      good.slice(0, 200),
      good.replace('</Data>', '</Date>'),
      `${good}<more/>`,
      '<KeyContainer>'.padEnd(3_000_000, ' x="'),
      `<KeyContainer>${'<a>'.repeat(100)}`,
      `<KeyContainer><KeyPackage>${'<a/>'.repeat(10_000)}</KeyPackage></KeyContainer>`,
      `<KeyContainer><KeyPackage>${'text '.repeat(1_000_000)}</KeyPackage></KeyContainer>`,
    ]

    for (const text of cases) {
      const failure = await failureOf(rowsOf(text, {format: 'pskc'}))
      expect(failure.code).to.equal('INVALID_INPUT')
      expect(failure.message).to.match(/^tokens, line \d+: [^\n]+\.$/)
    }
  })

  it('reads UTF-16, Latin-1 and a byte order mark', async () => {
    const text = container({device: '<Manufacturer>Süß</Manufacturer><SerialNo>S1</SerialNo>'})
    const utf16 = Buffer.from(`\uFEFF<?xml version="1.0" encoding="UTF-16"?>${text}`, 'utf16le')
    const latin1 = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1')
    const marked = Buffer.from(`\uFEFF${text}`, 'utf8')

    for (const bytes of [utf16, Buffer.from(utf16).swap16(), latin1, marked]) {
      expect(tokensOf(await rowsOf(bytes))[0]).to.include({description: 'Süß'})
    }
    expect((await failureOf(rowsOf(Buffer.from(text, 'latin1')))).message).to.contain('not UTF-8')
  })
})

function encrypt(algorithm: string, key: Buffer, iv: Buffer, plain: Buffer): Buffer[] {
  const cipher = createCipheriv(algorithm, key, iv)
  const parts = [cipher.update(plain), cipher.final()]
  return algorithm.endsWith('gcm') ? [...parts, (cipher as CipherGCM).getAuthTag()] : parts
}

function encryption(name: string, data: Buffer): string {
  const uri = name.startsWith('camellia')
    ? 'http://www.w3.org/2001/04/xmldsig-more#'
    : 'http://www.w3.org/2001/04/xmlenc#'
  return `<EncryptionMethod Algorithm="${uri}${name}"/><CipherData><CipherValue>${data.toString('base64')}</CipherValue></CipherData>`
}

function encryptedValue(name: string, data: Buffer): string {
  return `<EncryptedValue>${encryption(name, data)}</EncryptedValue>`
}

/** The wrapping of RFC 3394 §2.2.1. */
function wrapRfc3394(algorithm: string, key: Buffer, plain: Buffer): Buffer {
  const out = Buffer.concat([Buffer.alloc(8, 0xa6), plain])
  const cipher = createCipheriv(algorithm, key, null).setAutoPadding(false)
  const count = plain.length / 8
  for (let round = 0; round < 6; round++) {
    for (let at = 1; at <= count; at++) {
      const block = cipher.update(Buffer.concat([out.subarray(0, 8), out.subarray(at * 8, at * 8 + 8)]))
      block.copy(out, at * 8, 8, 16)
      block.writeUInt32BE((block.readUInt32BE(4) ^ (count * round + at)) >>> 0, 4)
      block.copy(out, 0, 0, 8)
    }
  }
  return out
}
