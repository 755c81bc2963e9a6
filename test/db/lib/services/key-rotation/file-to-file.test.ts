import {chmodSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {basename} from 'node:path'
import {expect} from 'chai'
import {openModuleAlone} from '../../../../../src/hsm/registry.js'
import {loadSettings} from '../../../../../src/lib/config/load.js'
import {encryptEnckey, isEncryptedEnckey} from '../../../../../src/lib/crypto/enckey.js'
import {openDatabase} from '../../../../../src/lib/db/connect.js'
import type {Database} from '../../../../../src/lib/db/database.js'
import {readMarker} from '../../../../../src/lib/services/key-rotation/marker.js'
import {BrokenValuesError} from '../../../../../src/lib/services/key-rotation/index.js'
import {unsealKeys} from '../../../../../src/lib/services/key-rotation/seal.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {failureOf} from '../../../../hsm/failure.js'
import {installation, type Installation} from '../../../../support/installation.js'
import {clearTexts, moduleOf, rotationOf} from '../../../../support/rotation.js'

describeEachDatabase('rotating the keys of a key file', (open) => {
  for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] as const) {
    describe(set, () => {
      let instance: Installation
      let db: Database
      let oldKeys: Buffer
      let before: Record<string, string>

      beforeEach(async () => {
        instance = await installation(open, set)
        db = await openDatabase(instance.uri)
        chmodSync(instance.path('enckey'), 0o400)
        oldKeys = readFileSync(instance.path('enckey'))
        before = await withModule(instance, (module) => clearTexts(db, module))
      })

      afterEach(async () => {
        await db.close()
        instance.remove()
      })

      it('brings every value over and changes no clear text', async () => {
        const {service, audit} = await rotationOf(instance.config, db)

        const report = await service.start({kind: 'same'}, {graceMs: 10})

        const after = await withModule(instance, (module) => clearTexts(db, module))
        expect(Object.values(before)).not.to.include('!')
        expect(Object.keys(before).length).to.be.above(50)
        expect(after).to.deep.equal(before)
        expect(report).to.deep.include({phase: 'done', rewritten: Object.keys(before).length, quarantined: 0})
        expect(readFileSync(instance.path('enckey')).equals(oldKeys)).to.equal(false)
        expect(audit).to.have.length(1)
        expect(audit[0]!.action).to.equal('CLI enckey rotate')
      })

      it('leaves nothing that the old key decrypts, and only the state and the sealed old key beside it', async () => {
        const {service, settings} = await rotationOf(instance.config, db)
        const files = readdirSync(instance.folder)
        const vasco = (await db.k('token').where({tokentype: 'vasco'})).map(({id}) => `token.key_enc ${id}`)

        const report = await service.start({kind: 'same'}, {graceMs: 10})

        writeFileSync(instance.path('old-key'), oldKeys)
        const old = await openModuleAlone(
          await loadSettings({configFile: instance.config, enckeyFile: instance.path('old-key'), env: {}}),
          {},
        )
        const underOld = Object.entries(await clearTexts(db, old)).filter(([, text]) => text !== '!')
        // The blob of a vasco token is no text, so that a wrong key shows by its padding only.
        expect(underOld.filter(([place]) => !vasco.includes(place))).to.deep.equal([])
        const sealed = report.sealed!.old!
        expect(readdirSync(instance.folder).sort()).to.deep.equal(
          [...files, 'old-key', 'pi.cfg.key-rotation', basename(sealed)].sort(),
        )
        expect(statSync(instance.path('enckey')).mode & 0o777).to.equal(0o400)
        expect(statSync(sealed).mode & 0o777).to.equal(0o400)
        const unsealed = await withModule(instance, (module) => unsealKeys(sealed, module))
        expect(unsealed.equals(oldKeys)).to.equal(true)
        expect((await failureOf(unsealKeys(sealed, old))).code).to.equal('INTEGRITY')
        await old.close()
        expect(await readMarker(db)).to.equal(undefined)
        expect(service.status()).to.deep.include({phase: 'done', runId: report.runId})
        expect(settings.path('PI_ENCFILE')).to.equal(instance.path('enckey'))
      })
    })
  }

  describe('with values that do not decrypt', () => {
    let instance: Installation
    let db: Database

    beforeEach(async () => {
      instance = await installation(open, 'privacyidea-3.8')
      db = await openDatabase(instance.uri)
      await db
        .k('token')
        .where({serial: 'OATH0001'})
        .update({key_enc: '00'.repeat(32)})
      await db.insert('config', [{Key: 'broken.one', Value: 'no ciphertext', Type: 'password'}])
    })

    afterEach(async () => {
      await db.close()
      instance.remove()
    })

    it('refuses, names them, and changes nothing', async () => {
      const {service} = await rotationOf(instance.config, db)
      const keys = readFileSync(instance.path('enckey'))
      const files = readdirSync(instance.folder)

      const failure = await failureOf(service.start({kind: 'same'}, {graceMs: 10}))

      expect(failure).to.be.instanceOf(BrokenValuesError)
      expect(failure.code).to.equal('INTEGRITY')
      expect((failure as BrokenValuesError).broken).to.deep.include({
        table: 'config',
        column: 'Value',
        id: 'broken.one',
      })
      expect(readFileSync(instance.path('enckey')).equals(keys)).to.equal(true)
      expect(readdirSync(instance.folder)).to.deep.equal(files)
      expect(service.status()).to.equal(undefined)
    })

    it('leaves them as they are with quarantine, and brings the others over', async () => {
      const {service} = await rotationOf(instance.config, db)
      const before = await withModule(instance, (module) => clearTexts(db, module))

      const report = await service.start({kind: 'same'}, {graceMs: 10, quarantine: true})

      const after = await withModule(instance, (module) => clearTexts(db, module))
      const broken = Object.keys(before).filter((key) => before[key] === '!')
      expect(broken.length).to.be.oneOf([1, 2])
      expect(report.quarantined).to.equal(broken.length)
      expect(after).to.deep.equal(before)
      expect((await db.k('config').where({Key: 'broken.one'}).first()).Value).to.equal('no ciphertext')
    })
  })

  it('keeps the password of a key file, and can change it', async () => {
    const instance = await installation(open, 'privacyidea-3.14dev')
    const db = await openDatabase(instance.uri)
    const before = await withModule(instance, (module) => clearTexts(db, module))
    const plain = readFileSync(instance.path('enckey'))
    writeFileSync(instance.path('enckey'), await encryptEnckey(plain, 'topSecret'))
    const sources = {askPassword: async () => 'topSecret'}

    await (await rotationOf(instance.config, db, {sources})).service.start({kind: 'same'}, {graceMs: 10})
    const first = readFileSync(instance.path('enckey'))
    const module = await moduleOf(instance.config, sources)
    expect(await clearTexts(db, module)).to.deep.equal(before)
    await module.close()
    writeFileSync(instance.path('new-password'), 'another one\n')
    await (
      await rotationOf(instance.config, db, {sources})
    ).service.start({kind: 'same'}, {graceMs: 10, newPasswordFile: instance.path('new-password')})

    expect(isEncryptedEnckey(first)).to.equal(true)
    const second = await moduleOf(instance.config, {askPassword: async () => 'another one'})
    expect(await clearTexts(db, second)).to.deep.equal(before)
    await second.close()
    await db.close()
    instance.remove()
  })

  it('goes to another key file by changing the configuration', async () => {
    const instance = await installation(open, 'privacyidea-3.8')
    const db = await openDatabase(instance.uri)
    const before = await withModule(instance, (module) => clearTexts(db, module))
    const text = readFileSync(instance.config, 'utf8')

    await (
      await rotationOf(instance.config, db)
    ).service.start({kind: 'file', path: instance.path('second-key'), encrypted: false}, {graceMs: 10})

    const after = await withModule(instance, (module) => clearTexts(db, module))
    const edited = readFileSync(instance.config, 'utf8')
    expect(after).to.deep.equal(before)
    expect(edited).to.contain(`PI_ENCFILE = '${instance.path('second-key')}'`)
    expect(edited.split('\n')).to.include.members(text.split('\n').filter((line) => !/^PI_(ENCFILE|HSM)/.test(line)))
    expect(readdirSync(instance.folder)).not.to.include('enckey')
    await db.close()
    instance.remove()
  })
})

async function withModule<R>(
  {config}: Installation,
  use: (module: Awaited<ReturnType<typeof moduleOf>>) => Promise<R>,
): Promise<R> {
  const module = await moduleOf(config)
  try {
    return await use(module)
  } finally {
    await module.close()
  }
}
