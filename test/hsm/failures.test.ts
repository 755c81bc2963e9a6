import {execFileSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {asPiError, describeReturnCode, returnCodeOf} from '../../src/hsm/drivers/pkcs11/errors.js'
import {openSecurityModule} from '../../src/hsm/registry.js'
import {hasAbility, type KeyCreator, type KeyImporter} from '../../src/lib/security-module.js'
import {hasSoftHsm, SoftHsm, type SoftToken} from '../support/softhsm.js'
import {settingsOf} from '../support/settings.js'
import {failureOf} from './failure.js'

const iv = Buffer.alloc(16)

describe('failures of PKCS#11 modules', () => {
  let hsm: SoftHsm
  let token: SoftToken

  before(function () {
    if (!hasSoftHsm()) {
      if (process.env['CI']) throw new Error('SoftHSM2 is missing')
      this.skip()
    }
    hsm = new SoftHsm()
    token = hsm.addToken('failures')
  })

  after(() => hsm?.remove())

  function open(changes: Record<string, string | number>): ReturnType<typeof openSecurityModule> {
    return openSecurityModule(settingsOf({...hsm.aesSettings(token), ...changes}))
  }

  it('names a missing library file', async () => {
    const failure = await failureOf(open({PI_HSM_MODULE_MODULE: '/nowhere/libhsm.so'}))

    expect(failure.code).to.equal('CONFIG')
    expect(failure.message).to.equal('The PKCS#11 library /nowhere/libhsm.so does not exist.')
    expect(failure.hints.join()).to.contain('PI_HSM_MODULE_MODULE')
  })

  it('names a file that is no library, and a library that is no PKCS#11 module', async () => {
    const file = join(hsm.folder, 'text.so')
    writeFileSync(file, 'no library')
    const libc = execFileSync('ldconfig', ['-p'], {encoding: 'utf8'}).match(/libm\.so\.6 .*=> (\S+)/)?.[1] ?? ''

    for (const library of [file, libc]) {
      const failure = await failureOf(open({PI_HSM_MODULE_MODULE: library}))

      expect(failure.code).to.equal('CONFIG')
      expect(failure.message).to.contain(`The PKCS#11 library ${library} cannot be loaded`)
    }
  })

  it('names the setting that is missing', async () => {
    const failure = await failureOf(
      openSecurityModule(settingsOf({PI_HSM_MODULE: 'privacyidea.lib.security.aeshsm.AESHardwareSecurityModule'})),
    )

    expect(failure.code).to.equal('CONFIG')
    expect(failure.message).to.contain('PI_HSM_MODULE_MODULE')
  })

  it('tries a wrong PIN once, says so without it, and does not ask the token again', async () => {
    const failure = await failureOf(open({PI_HSM_MODULE_PASSWORD: 'wrong-pin-canary'}))

    expect(failure.code).to.equal('REFUSED')
    expect(failure.message).to.equal(
      "Logging in to the token 'failures' failed: the token refuses the PIN (CKR_PIN_INCORRECT).",
    )
    expect(JSON.stringify([failure.message, failure.hints])).not.to.contain('wrong-pin-canary')
  })

  it('does not work without a PIN, in the words of the original', async () => {
    const module = await openSecurityModule(settingsOf({...hsm.aesSettings(token), PI_HSM_MODULE_PASSWORD: null}))

    const failure = await failureOf(module.encrypt('token', Buffer.from('x'), iv))
    await module.close()

    expect(failure.code).to.equal('UNAVAILABLE')
    expect(failure.message).to.match(/^hsm not ready!/)
  })

  it('names the label of a missing key, on first use', async () => {
    const module = await open({PI_HSM_MODULE_KEY_LABEL_CONFIG: 'not-there'})

    const failure = await failureOf(module.decrypt('config', Buffer.alloc(16), iv))
    await module.close()

    expect(failure.code).to.equal('CONFIG')
    expect(failure.message).to.contain("There is no config key with the label 'not-there' in the token 'failures'")
    expect(failure.hints.join()).to.contain('PI_HSM_MODULE_KEY_LABEL_CONFIG')
  })

  it('names a slot that is not there, and those that are', async () => {
    const {PI_HSM_MODULE_TOKEN_SERIAL: _, ...rest} = hsm.aesSettings(token)

    const failure = await failureOf(openSecurityModule(settingsOf({...rest, PI_HSM_MODULE_SLOT: 4711})))

    expect(failure.code).to.equal('CONFIG')
    expect(failure.message).to.equal('Slot 4711 not present.')
    expect(failure.hints.join()).to.contain(`${token.slot} ('failures'`)
  })

  it('finds the token by number, by label, by serial and as the only one', async () => {
    const {PI_HSM_MODULE_TOKEN_SERIAL: serial, ...rest} = hsm.aesSettings(token)
    const selections: Record<string, string | number>[] = [
      {PI_HSM_MODULE_SLOT: token.slot},
      {PI_HSM_MODULE_SLOT: -1},
      {PI_HSM_MODULE_TOKEN_LABEL: 'failures'},
      {PI_HSM_MODULE_TOKEN_SERIAL: serial!},
    ]

    for (const selection of selections) {
      const module = await openSecurityModule(settingsOf({...rest, ...selection}))
      expect(module.description, JSON.stringify(selection)).to.contain(token.serial)
      await module.close()
    }
    const other = await failureOf(openSecurityModule(settingsOf({...rest, PI_HSM_MODULE_TOKEN_LABEL: 'failure'})))
    expect(other.message).to.equal("There is no token with label 'failure'.")
  })

  it('makes three keys that never leave the token, and takes no second key of a label', async () => {
    const module = await open({})
    if (!hasAbility<KeyCreator & KeyImporter>(module, 'createKeys')) throw new Error('no createKeys')

    const labels = await module.createKeys()
    const failure = await failureOf(module.importKeys(Buffer.alloc(96, 7), {...labels, token: 'unused'}))
    await module.close()

    expect(labels.token).to.match(/^token_[A-Za-z0-9]{16}$/)
    expect(failure.code).to.equal('ALREADY_EXISTS')
    const objects = hsm.pkcs11Tool(token, ['--list-objects', '--type', 'secrkey'])
    expect(objects).not.to.contain('unused')
    for (const label of Object.values(labels)) {
      const shown = objects.slice(objects.indexOf(label))
      expect(shown).to.match(/Usage:\s+encrypt, decrypt,.* wrap, unwrap\n\s+Access:\s+.*never extractable/)
    }
    const used = await open(
      Object.fromEntries(
        Object.entries(labels).map(([slot, label]) => [`PI_HSM_MODULE_KEY_LABEL_${slot.toUpperCase()}`, label]),
      ),
    )
    expect(String(await used.decrypt('token', await used.encrypt('token', Buffer.from('seed'), iv), iv))).to.equal(
      'seed',
    )
    await used.close()
  })

  it('gives words to a locked token, and to every return code of the standard', () => {
    const locked = asPiError(pkcs11Error('CKR_PIN_LOCKED', 0xa4), 'Logging in')
    const vendor = asPiError(pkcs11Error('CKR_VENDOR_DEFINED', 0x80000001), 'Encrypting')

    expect(locked.code).to.equal('UNAVAILABLE')
    expect(locked.message).to.equal(
      'Logging in failed: the token is locked after too many wrong PINs (CKR_PIN_LOCKED).',
    )
    expect(locked.hints.join()).to.contain('--init-pin')
    expect(vendor.message).to.contain('0x80000001')
    for (const rv of [0xb3, 0xb0, 0x32, 0x30, 0xe0, 0x190]) expect(describeReturnCode(rv).conduct).to.equal('restart')
    for (const rv of [0xa0, 0xa4, 0x05]) expect(describeReturnCode(rv).conduct).to.equal('never')
    expect(describeReturnCode(0x101).conduct).to.equal('login')
    expect(describeReturnCode(0x41).conduct).to.equal('data')
    expect(returnCodeOf(new Error('CKR_DEVICE_ERROR:48'))).to.equal(0x30)
    expect(returnCodeOf(new Error('something else'))).to.equal(undefined)
  })

  describe('of a token without AES', () => {
    it('names the missing mechanism', function () {
      const poor = new SoftHsm({mechanisms: 'CKM_RSA_PKCS,CKM_AES_KEY_GEN', thisProcess: false})
      const poorToken = poor.addToken('poor')
      poor.pkcs11Tool(poorToken, ['--keygen', '--key-type', 'AES:32', '--label', 'pi_token'])

      // SoftHSM reads its configuration once a process.
      const out = execFileSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'open-module.ts')], {
        encoding: 'utf8',
        env: {...process.env, ...poor.env},
        input: JSON.stringify(poor.aesSettings(poorToken, {token: 'pi_token'})),
      })
      poor.remove()

      expect(JSON.parse(out)).to.deep.include({
        code: 'CONFIG',
        message: 'The token does not have the mechanism CKM_AES_CBC_PAD (nor CKM_AES_CBC or CKM_AES_ECB).',
      })
    })
  })

  describe('of the Encrypt-Key HSM', () => {
    function settings(changes: Record<string, string | number>): ReturnType<typeof settingsOf> {
      const path = join(hsm.folder, 'enckey.rsa')
      writeFileSync(path, Buffer.alloc(256, 1))
      return settingsOf({
        PI_HSM_MODULE: 'privacyidea.lib.security.encryptkey.EncryptKeyHardwareSecurityModule',
        PI_HSM_MODULE_MODULE: hsm.library,
        PI_HSM_MODULE_PASSWORD: token.pin,
        PI_HSM_MODULE_KEYLABEL: 'wrapping',
        PI_HSM_MODULE_ENCFILE: path,
        PI_HSM_MODULE_TOKEN_LABEL: token.label,
        PI_HSM_MODULE_LOCK_DIR: join(hsm.folder, 'lock'),
        PI_HSM_MODULE_TIMEOUT: 1,
        ...changes,
      })
    }

    it('waits for the lock, then says who may hold it', async () => {
      mkdirSync(join(hsm.folder, 'held'))

      const failure = await failureOf(openSecurityModule(settings({PI_HSM_MODULE_LOCK_DIR: join(hsm.folder, 'held')})))

      expect(failure.code).to.equal('LOCKED')
      expect(failure.hints.join()).to.contain('rmdir')
    })

    it('names a missing key and a key file of another key, and gives the lock back', async () => {
      const missing = await failureOf(openSecurityModule(settings({})))
      hsm.pkcs11Tool(token, ['--keypairgen', '--key-type', 'rsa:2048', '--id', '07', '--label', 'wrapping'])
      const foreign = await failureOf(openSecurityModule(settings({})))
      const tooShort = await failureOf(openSecurityModule(settings({PI_HSM_MODULE_ENCFILE: '/etc/hostname'})))

      expect([missing.code, foreign.code, tooShort.code]).to.deep.equal(['CONFIG', 'INTEGRITY', 'INTEGRITY'])
      expect(missing.message).to.contain("There is no private RSA key with the label 'wrapping'")
      expect(foreign.message).to.contain('cannot be decrypted')
    })
  })
})

function pkcs11Error(message: string, code: number): Error {
  return Object.assign(new Error(message), {code})
}
