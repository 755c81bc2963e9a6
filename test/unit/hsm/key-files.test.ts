import {closeSync, openSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {findPassword} from '../../../src/hsm/password.js'
import {openSecurityModule} from '../../../src/hsm/registry.js'
import {encryptEnckey} from '../../../src/lib/crypto/enckey.js'
import {decryptValue, encryptValue} from '../../../src/lib/crypto/secret-values.js'
import {temporaryFolder} from '../../support/folders.js'
import {settingsOf} from '../../support/settings.js'
import {failureOf, vectorKeys} from '../lib/crypto/vectors.js'

describe('key files as security modules', () => {
  const folder = temporaryFolder('key-files')
  const plain = join(folder, 'enckey')
  const locked = join(folder, 'enckey.enc')
  const password = join(folder, 'password')
  const settings = (file: string, module?: string) =>
    settingsOf({PI_ENCFILE: file, ...(module !== undefined && {PI_HSM_MODULE: module})})

  before(async () => {
    writeFileSync(plain, vectorKeys)
    writeFileSync(locked, `${await encryptEnckey(vectorKeys, 'Pässwort')}\n`)
    writeFileSync(password, 'Pässwort\r\n')
  })

  it('hold the same keys with and without a password', async () => {
    const open = await openSecurityModule(settings(plain))
    const closed = await openSecurityModule(settings(locked), {passwordFile: password})

    expect(await decryptValue(closed, await encryptValue(open, 'geheim'))).to.equal('geheim')
    expect(open.description).to.include(plain)
    await open.close()
    await closed.close()
  })

  it('are opened under the class names of both products', async () => {
    for (const product of ['privacyidea', 'edumfa']) {
      const module = `${product}.lib.security.default.DefaultSecurityModule`
      const opened = await openSecurityModule(settings(plain, module))
      await opened.close()
    }
    const error = await failureOf(openSecurityModule(settings(plain, 'my.own.Module')))
    expect(error).to.include({code: 'CONFIG'})
    expect(error.message).to.include('my.own.Module')
  })

  it('ask for the password only when they need it', async () => {
    let asked = 0
    const askPassword = async () => {
      asked += 1
      return 'Pässwort'
    }

    await (await openSecurityModule(settings(plain), {askPassword})).close()
    expect(asked).to.equal(0)
    await (await openSecurityModule(settings(locked), {askPassword})).close()
    expect(asked).to.equal(1)
  })

  it('say what is missing or wrong, without the password', async () => {
    const wrong = join(folder, 'wrong')
    const short = join(folder, 'short')
    writeFileSync(wrong, 'canary-password')
    writeFileSync(short, 'x'.repeat(31))
    const failures: [work: () => Promise<unknown>, code: string, message: RegExp][] = [
      [() => openSecurityModule(settings(locked)), 'UNAVAILABLE', /hsm not ready!/],
      [() => openSecurityModule(settings(locked), {passwordFile: wrong}), 'INTEGRITY', /password .* is wrong/],
      [() => openSecurityModule(settings(join(folder, 'none'))), 'CONFIG', /none cannot be read/],
      [() => openSecurityModule(settings(folder)), 'CONFIG', /cannot be read/],
      [() => openSecurityModule(settings(short)), 'CONFIG', /31 bytes/],
    ]
    for (const [work, code, message] of failures) {
      const error = await failureOf(work())
      expect(error.message).to.match(message).and.not.include('canary')
      expect(error).to.include({code})
    }
  })

  it('take the password from a descriptor before a file, a file before a person', async () => {
    const other = join(folder, 'other')
    writeFileSync(other, 'from the descriptor')
    const fd = openSync(other, 'r')
    const askPassword = async () => 'from a person'

    expect(await findPassword({passwordFd: fd, passwordFile: password, askPassword})).to.equal('from the descriptor')
    expect(await findPassword({passwordFile: password, askPassword})).to.equal('Pässwort')
    expect(await findPassword({askPassword})).to.equal('from a person')
    expect(await findPassword({})).to.equal(undefined)
    closeSync(fd)
  })

  it('refuse what is no password', async () => {
    for (const [name, content] of [
      ['empty', ''],
      ['line', '\n'],
      ['binary', Buffer.from('ff00', 'hex')],
      ['huge', 'x'.repeat(70_000)],
    ] as const) {
      const file = join(folder, name)
      writeFileSync(file, content)
      expect(await failureOf(findPassword({passwordFile: file})), name).to.include({code: 'CONFIG'})
    }
    expect(await failureOf(findPassword({passwordFile: join(folder, 'none')}))).to.include({code: 'CONFIG'})
    expect(await failureOf(findPassword({passwordFd: 9999}))).to.include({code: 'CONFIG'})
  })
})
