import {execFileSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {generateKey} from 'openpgp'
import {makeWriter} from '../../../src/importers/writers/registry.js'
import type {WriteOptions} from '../../../src/importers/writers/contract.js'
import {openPgpSink} from '../../../src/importers/writers/open-pgp.js'
import {qrPng} from '../../../src/importers/writers/qr.js'
import type {PiError} from '../../../src/lib/errors.js'
import type {ImportedToken} from '../../../src/lib/types/imported-token.js'
import {temporaryFolder} from '../../support/folders.js'
import {failureOf, rowsOf, tokensOf} from '../../support/importers.js'
import {describeNeeding, program} from '../../support/needs.js'

const seed = '3132333435363738393031323334353637383930'
const tokens: ImportedToken[] = [
  {serial: 'H1', type: 'hotp', secret: seed, otplen: 6, hashlib: 'sha1', counter: 7},
  {
    serial: 'T1',
    type: 'totp',
    secret: seed,
    otplen: 8,
    hashlib: 'sha256',
    timeStep: 60,
    info: {
      validity_period_start: '2024-05-01T12:30+0200',
      validity_period_end: '2034-05-01T12:30+0000',
      count_auth_success_max: '20',
    },
  },
]

async function written(format: string, options: WriteOptions = {}): Promise<string> {
  const writer = await makeWriter(format, options)
  return [await writer.begin(), ...tokens.map((token) => writer.token(token)), writer.end()].join('')
}

/** An RSA key and a certificate that it signed itself, PEM. */
function signer(name: string): {key: string; certificate: string} {
  const folder = temporaryFolder('signer')
  const [key, certificate] = [join(folder, 'key'), join(folder, 'crt')]
  const files = ['-keyout', key, '-out', certificate]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3', '-subj', `/CN=${name}`, ...files],
    {
      stdio: 'ignore',
    },
  )
  return {key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8')}
}

describeNeeding('Protected token files', [program('openssl', 'openssl')], () => {
  let me: ReturnType<typeof signer>
  let other: ReturnType<typeof signer>

  before(() => {
    me = signer('me')
    other = signer('other')
  })

  it('keep validity and the number of uses as the policy of a key', async () => {
    const [, totp] = tokensOf(await rowsOf(await written('pskc', {plain: true})))

    expect(totp).to.deep.include({info: tokens[1]!.info})
  })

  it('are opened with the private key of the certificate only', async () => {
    const text = await written('pskc', {certificate: me.certificate})

    expect(text).not.to.contain(Buffer.from(seed, 'hex').toString('base64'))
    const read = tokensOf(await rowsOf(text, {privateKey: me.key}))
    expect(read.map(({secret}) => secret)).to.deep.equal([seed, seed])
    expect((await failureOf(rowsOf(text, {privateKey: other.key}))).code).to.equal('INTEGRITY')
    expect((await failureOf(written('pskc', {certificate: 'no certificate'}))).code).to.equal('INVALID_INPUT')
  })

  it('are refused when one byte of a signed file was changed', async () => {
    const text = await written('pskc', {plain: true, signer: me})
    const trustAnchors = me.certificate

    const whole = tokensOf(await rowsOf(text, {trustAnchors}))
    let refused = 0
    for (let part = 0; part < 24; part++) {
      const at = Math.floor((text.length * (part + 0.5)) / 24)
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
      const outcome = await rowsOf(changed, {trustAnchors}).catch((error: PiError) => error.code)
      // Only the XML declaration is not signed, and says nothing of a token.
      if (typeof outcome === 'string') refused += 1
      else expect(tokensOf(outcome)).to.deep.equal(whole)
    }

    expect(whole).to.have.length(2)
    expect(refused).to.be.greaterThan(22)
    expect((await failureOf(rowsOf(text, {trustAnchors: other.certificate}))).code).to.equal('INTEGRITY')
    const mixed = {key: me.key, certificate: other.certificate}
    expect((await failureOf(written('pskc', {plain: true, signer: mixed}))).code).to.equal('INVALID_INPUT')
  })

  it('are encrypted as a whole to a recipient, a password or both', async () => {
    const {publicKey, privateKey} = await generateKey({userIDs: [{name: 'alice'}]})
    const folder = temporaryFolder('pgp')
    const pgpKeyFile = join(folder, 'key.asc')
    writeFileSync(pgpKeyFile, privateKey)
    const text = await written('dump')
    const sealed = async (recipients: Uint8Array[], passwords: string[]) => {
      const parts: string[] = []
      const sink = await openPgpSink({recipients, passwords}, (part) => parts.push(part))
      for (const line of text.split(/(?<=\n)/)) await sink.write(line)
      await sink.finish()
      return parts.join('')
    }

    const forAlice = await sealed([Buffer.from(publicKey)], [])
    const withPassword = await sealed([], ['sesame'])

    expect(tokensOf(await rowsOf(forAlice, {pgpKeyFile}))).to.have.length(2)
    expect(tokensOf(await rowsOf(withPassword, {password: async () => 'sesame'}))[1]).to.deep.include({
      timeStep: 60,
      hashlib: 'sha256',
      info: tokens[1]!.info,
    })
    expect((await failureOf(rowsOf(withPassword, {password: async () => 'wrong'}))).code).to.equal('INTEGRITY')
    expect((await failureOf(sealed([Buffer.from('no key')], []))).code).to.equal('INVALID_INPUT')
  })

  it('show a token as a QR code that is read back', async () => {
    const [hotp] = tokens

    expect(tokensOf(await rowsOf(qrPng(hotp!)))[0]).to.deep.include({type: 'hotp', secret: seed, counter: 7})
    expect(await written('qr')).to.match(/^H1\n█/)
  })
})
