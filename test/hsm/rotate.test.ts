import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {openDatabase} from '../../src/lib/db/connect.js'
import type {Database} from '../../src/lib/db/database.js'
import {parseTarget} from '../../src/lib/services/key-rotation/index.js'
import {describeEachDatabase} from '../support/database.js'
import {installation, type Installation} from '../support/installation.js'
import {clearTexts, moduleOf, rotationOf} from '../support/rotation.js'
import {hasSoftHsm, SoftHsm, type SoftToken} from '../support/softhsm.js'
import {failureOf} from './failure.js'

describeEachDatabase('rotating into a token, to another token, and back to a file', function (open) {
  let hsm: SoftHsm
  let first: SoftToken
  let second: SoftToken

  before(function () {
    if (!hasSoftHsm()) {
      if (process.env['CI']) throw new Error('SoftHSM2 is missing')
      this.skip()
    }
    hsm = new SoftHsm()
    first = hsm.addToken('first')
    second = hsm.addToken('second')
    hsm.pkcs11Tool(second, ['--keypairgen', '--key-type', 'rsa:2048', '--id', '2a', '--label', 'wrapping'])
  })

  after(() => hsm?.remove())

  for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] as const) {
    it(`keeps every clear text all the way (${set})`, async function () {
      this.timeout(180_000)
      const instance = await installation(open, set)
      const db = await openDatabase(instance.uri)
      const pin = join(instance.folder, 'pin')
      writeFileSync(pin, `${first.pin}\n`)
      const start = await texts(instance, db)
      const library = `module=${hsm.library}`
      const ways: [string | undefined, RegExp][] = [
        [`aes-hsm:${library},token=first`, /^AES HSM, token 'first'/],
        [undefined, /^AES HSM, token 'first'/],
        [`aes-hsm:${library},token=second,label=${set.replace(/\W/g, '')}${Date.now()}`, /^AES HSM, token 'second'/],
        [
          `encrypt-key-hsm:${library},token=second,keyid=42,file=${join(instance.folder, 'wrapped')},lock=${join(instance.folder, 'lock')}`,
          /^Encrypt-Key HSM/,
        ],
        [undefined, /^Encrypt-Key HSM/],
        [`file:${join(instance.folder, 'back')}`, /^key file .*back$/],
      ]

      for (const [target, description] of ways) {
        const isDevice = target?.includes('hsm')
        const {service} = await rotationOf(instance.config, db)
        await service.start(parseTarget(target, '/'), {graceMs: 0, ...(isDevice && {newPasswordFile: pin})})

        const module = await moduleOf(instance.config)
        expect(module.description, target).to.match(description)
        await module.close()
        expect(await texts(instance, db), target).to.deep.equal(start)
      }

      expect(existsSync(instance.path('enckey')), 'the first key file is sealed').to.equal(false)
      expect(existsSync(instance.path('wrapped'))).to.equal(false)
      expect(readFileSync(instance.config, 'utf8')).not.to.contain(first.pin)
      await db.close()
      instance.remove()
    })
  }

  it('changes nothing when the PIN is wrong or the token is not there', async () => {
    const instance = await installation(open, 'privacyidea-3.14dev')
    const db = await openDatabase(instance.uri)
    const pin = join(instance.folder, 'pin')
    writeFileSync(pin, 'wrong pin\n')
    const before = {
      config: readFileSync(instance.config),
      keys: readFileSync(instance.path('enckey')),
      texts: await texts(instance, db),
    }
    const {service} = await rotationOf(instance.config, db)

    const wrongPin = await failureOf(
      service.start(parseTarget(`aes-hsm:module=${hsm.library},token=first`, '/'), {graceMs: 0, newPasswordFile: pin}),
    )
    const noToken = await failureOf(
      service.start(parseTarget(`aes-hsm:module=${hsm.library},token=nowhere`, '/'), {
        graceMs: 0,
        newPasswordFile: pin,
      }),
    )

    expect([wrongPin.code, noToken.code]).to.deep.equal(['REFUSED', 'CONFIG'])
    expect(service.status()!.phase).to.equal('aborted')
    expect(readFileSync(instance.config).equals(before.config)).to.equal(true)
    expect(readFileSync(instance.path('enckey')).equals(before.keys)).to.equal(true)
    expect(await texts(instance, db)).to.deep.equal(before.texts)
    await db.close()
    instance.remove()
  })

  async function texts({config}: Installation, db: Database): Promise<Record<string, string>> {
    const module = await moduleOf(config)
    try {
      const found = await clearTexts(db, module)
      expect(Object.values(found)).not.to.include('!')
      return found
    } finally {
      await module.close()
    }
  }
})
