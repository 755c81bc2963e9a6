import {publicEncrypt, constants, createPublicKey, randomBytes} from 'node:crypto'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {openSecurityModule} from '../../src/hsm/registry.js'
import {encryptEnckey} from '../../src/lib/crypto/enckey.js'
import {hasAbility, type KeyImporter, type SecurityModule} from '../../src/lib/security-module.js'
import {removeFolder, temporaryFolder} from '../support/folders.js'
import {hasP11Kit, hasSoftHsm, P11KitServer, SoftHsm, type SoftToken} from '../support/softhsm.js'
import {settingsOf} from '../support/settings.js'
import {failureOf} from './failure.js'

/** The key of spec/02 §12: bytes 00 to 5f. */
const keys = Buffer.from(Array.from({length: 96}, (_, at) => at))
const iv = Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex')
const labels = {token: 'pi_token', config: 'pi_config', value: 'pi_value'}

/** Ciphertexts of spec/02 §12.1 and §12.2. */
const vectors = [
  {
    slot: 'token',
    text: '3132333435363738393031323334353637383930',
    hex: 'd3c815fdc50176b782e5d858a7b0fad300ccd45ddf565e066e3872dfd299f4c84ec634f83ff1963f8eea464076cbd820',
  },
  {
    slot: 'token',
    text: '3132333435363738393031323334353637383930ABCDEF',
    hex: 'd3c815fdc50176b782e5d858a7b0fad300ccd45ddf565e066e3872dfd299f4c8606f4222316bd88c5dfddd4b02d214b8',
  },
  {slot: 'token', text: '', hex: '600d07a3b9b2c4e4082153d6d1707aa6'},
  {slot: 'token', text: 'pässword', hex: '92f4deefdd06d1e5e5c9a0d88e0370ed'},
  {slot: 'token', text: '0123456789abcdef', hex: 'ce1cf3a4e3b87b139ba3cff10ace35b606d96b2e184bf22b73d31ba4be14d8c9'},
  {slot: 'token', text: '1234', hex: 'd39a4ba21dd82aa9bbf6213ccf7cb04d'},
  {slot: 'config', text: 'geheim', hex: '6410d4ec6fec873bfc2260c14e01292b'},
  {slot: 'config', text: 'Pässwörd€', hex: 'a9f0f1416a0025461ae1bc92bb83f61f'},
  {slot: 'config', text: '', hex: '77599921f7393a061a36890daf86aac3'},
] as const

interface Kind {
  name: string
  available: () => boolean
  /** Opens a module that holds the keys above. */
  open: () => Promise<SecurityModule>
  keepsKeysInMemory: boolean
}

describe('security modules', () => {
  const folder = temporaryFolder('modules')
  let hsm: SoftHsm | undefined
  let server: P11KitServer | undefined
  let token: SoftToken

  before(async () => {
    if (!hasSoftHsm()) return
    hsm = new SoftHsm()
    token = hsm.addToken('modules')
    const importer = await openSecurityModule(settingsOf(hsm.aesSettings(token)))
    if (!hasAbility<KeyImporter>(importer, 'importKeys')) throw new Error('the AES HSM takes no keys')
    await importer.importKeys(keys, labels)
    await importer.close()
    hsm.pkcs11Tool(token, ['--keypairgen', '--key-type', 'rsa:2048', '--id', '2a', '--label', 'wrapping'])
    if (!hasP11Kit()) return
    server = new P11KitServer(hsm)
    await server.start([token])
  })

  after(async () => {
    await server?.kill()
    hsm?.remove()
    removeFolder(folder)
  })

  function aesSettings(): Record<string, string> {
    return hsm!.aesSettings(token, labels)
  }

  const kinds: Kind[] = [
    {
      name: 'plain key file',
      available: () => true,
      keepsKeysInMemory: true,
      open() {
        const path = join(folder, 'plain')
        writeFileSync(path, keys)
        return openSecurityModule(settingsOf({PI_ENCFILE: path}))
      },
    },
    {
      name: 'key file with a password',
      available: () => true,
      keepsKeysInMemory: true,
      async open() {
        const path = join(folder, 'encrypted')
        writeFileSync(path, await encryptEnckey(keys, 'topSecret'))
        return openSecurityModule(settingsOf({PI_ENCFILE: path}), {askPassword: async () => 'topSecret'})
      },
    },
    {
      name: 'AES HSM',
      available: hasSoftHsm,
      keepsKeysInMemory: false,
      open: () => openSecurityModule(settingsOf(aesSettings())),
    },
    {
      name: 'AES HSM behind p11-kit, which carries no CBC',
      available: () => hasSoftHsm() && hasP11Kit(),
      keepsKeysInMemory: false,
      open: () => openSecurityModule(settingsOf({...aesSettings(), PI_HSM_MODULE_MODULE: server!.library})),
    },
    {
      name: 'Encrypt-Key HSM',
      available: hasSoftHsm,
      keepsKeysInMemory: true,
      open() {
        const der = join(folder, 'wrapping.der')
        hsm!.pkcs11Tool(token, ['--read-object', '--type', 'pubkey', '--id', '2a', '-o', der])
        const publicKey = createPublicKey({key: readFileSync(der), format: 'der', type: 'spki'})
        const path = join(folder, 'enckey.rsa')
        writeFileSync(path, publicEncrypt({key: publicKey, padding: constants.RSA_PKCS1_PADDING}, keys))
        return openSecurityModule(
          settingsOf({
            PI_HSM_MODULE: 'privacyidea.lib.security.encryptkey.EncryptKeyHardwareSecurityModule',
            PI_HSM_MODULE_MODULE: hsm!.library,
            PI_HSM_MODULE_PASSWORD: token.pin,
            PI_HSM_MODULE_SLOTNAME: 'SoftHSM slot ID',
            PI_HSM_MODULE_KEYID: 0x2a,
            PI_HSM_MODULE_ENCFILE: path,
            PI_HSM_MODULE_LOCK_DIR: join(folder, 'lock'),
          }),
        )
      },
    },
  ]

  for (const kind of kinds) {
    describe(kind.name, () => {
      let module: SecurityModule

      before(async function () {
        if (!kind.available()) {
          if (process.env['CI']) throw new Error(`${kind.name}: packages are missing`)
          this.skip()
        }
        module = await kind.open()
      })

      after(async () => {
        await module?.close()
      })

      it('gives the ciphertexts of the specification, and reads them', async () => {
        for (const {slot, text, hex} of vectors) {
          const encrypted = await module.encrypt(slot, Buffer.from(text, 'utf8'), iv)
          const decrypted = await module.decrypt(slot, Buffer.from(hex, 'hex'), iv)

          expect(encrypted.toString('hex')).to.equal(hex)
          expect(decrypted.toString('utf8')).to.equal(text)
        }
      })

      it('brings back every length, from nothing to 64 KiB', async () => {
        for (const length of [0, 1, 15, 16, 17, 31, 32, 1000, 65_536]) {
          const plaintext = randomBytes(length)
          const own = randomBytes(16)
          const given = Buffer.from(plaintext)

          const encrypted = await module.encrypt('value', given, own)
          const decrypted = await module.decrypt('value', encrypted, own)

          expect(given.equals(plaintext), 'the input is left alone').to.equal(true)
          expect(encrypted.length).to.equal((Math.floor(length / 16) + 1) * 16)
          expect(decrypted.equals(plaintext)).to.equal(true)
        }
      })

      it('works for many callers at a time', async () => {
        const plaintexts = Array.from({length: 200}, (_, at) => Buffer.from(`secret number ${at}`))

        const results = await Promise.all(
          plaintexts.map(async (plaintext) => {
            const own = randomBytes(16)
            return module.decrypt('token', await module.encrypt('token', plaintext, own), own)
          }),
        )

        expect(results.map(String)).to.deep.equal(plaintexts.map(String))
      })

      it('refuses damaged values as an integrity failure, and goes on working', async () => {
        const encrypted = await module.encrypt('token', Buffer.from('3132'), iv)
        const damaged = [
          encrypted.subarray(0, 15),
          Buffer.concat([encrypted, Buffer.alloc(5)]),
          await wrongPadding(module),
        ]

        for (const value of damaged) {
          const failure = await failureOf(module.decrypt('token', value, iv))

          expect(failure.code, failure.message).to.equal('INTEGRITY')
        }
        expect(String(await module.decrypt('token', encrypted, iv))).to.equal('3132')
      })

      it('reads the legacy padding where the keys are in memory, and refuses it in the token', async () => {
        const legacy = Buffer.from('7b5d977dc0f97f2b03b4ac10b5ed6c07', 'hex')

        if (kind.keepsKeysInMemory) {
          expect(String(await module.decrypt('config', legacy, iv))).to.equal('geheim')
        } else {
          expect((await failureOf(module.decrypt('config', legacy, iv))).code).to.equal('INTEGRITY')
        }
      })

      it('gives random bytes of the asked length, never the same', async () => {
        const drawn = await Promise.all([module.random(16), module.random(16), module.random(1), module.random(300)])

        expect(drawn.map(({length}) => length)).to.deep.equal([16, 16, 1, 300])
        expect(drawn[0].equals(drawn[1])).to.equal(false)
      })

      it('does nothing after it was closed', async () => {
        const second = await kind.open()
        await second.close()

        const failure = await failureOf(second.encrypt('token', Buffer.from('x'), iv))

        expect(failure.code).to.equal('UNAVAILABLE')
        expect(String(await module.decrypt('token', await module.encrypt('token', Buffer.from('x'), iv), iv))).to.equal(
          'x',
        )
      })
    })
  }
})

/** A whole block whose last byte decrypts to something that is no padding of either form. */
async function wrongPadding(module: SecurityModule): Promise<Buffer> {
  // The first block of two decrypts under this IV to plain text without padding.
  return (await module.encrypt('token', Buffer.from('sixteen letters!'), iv)).subarray(0, 16)
}
