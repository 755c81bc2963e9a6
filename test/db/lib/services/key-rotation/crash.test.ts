import {readdirSync} from 'node:fs'
import {expect} from 'chai'
import {decryptTokenSecret, encryptValue} from '../../../../../src/lib/crypto/secret-values.js'
import type {SecurityModule} from '../../../../../src/lib/security-module.js'
import {readMarker} from '../../../../../src/lib/services/key-rotation/marker.js'
import type {Target} from '../../../../../src/lib/services/key-rotation/index.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {failureOf} from '../../../../hsm/failure.js'
import {clearTexts, moduleOf, rotationOf} from '../../../../support/rotation.js'
import {addToken, smallInstance, type SmallInstance} from '../../../../support/small-instance.js'

class Crash extends Error {}

describeEachDatabase('a rotation of keys that is cut off', (open) => {
  let instance: SmallInstance
  let keyFiles = 0

  beforeEach(async () => {
    instance = await smallInstance(open)
  })

  afterEach(() => instance.remove())

  /** Runs until a step and dies there, as far as files and database can tell. @returns the steps until then */
  async function runUntil(crashAt: number, target: Target): Promise<string[]> {
    const steps: string[] = []
    const {service} = await rotationOf(instance.config, instance.db)
    try {
      await service.start(target, {
        graceMs: 0,
        onStep: (step) => {
          steps.push(step)
          if (steps.length > crashAt) throw new Crash(step)
        },
      })
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
    return steps
  }

  const targets: [string, () => Target][] = [
    ['in the same key file', () => ({kind: 'same'})],
    ['to another key file', () => ({kind: 'file', path: `${instance.folder}/key-${++keyFiles}`, encrypted: false})],
  ]

  for (const [name, target] of targets) {
    for (const way of ['resume', 'abort'] as const) {
      it(`${name}, anywhere: ${way} leaves every value whole and nothing lying about`, async () => {
        const before = await clearTextsNow()
        for (let crashAt = 0; ; crashAt++) {
          const {service} = await rotationOf(instance.config, instance.db)
          const files = readdirSync(instance.folder)
          const steps = await runUntil(crashAt, target())
          if (steps.length <= crashAt) break
          const where = `after ${steps.at(-1)}`
          const status = service.status()!

          if (way === 'resume' || status.phase === 'finishing') {
            // A run that dies before it changed anything takes itself back.
            if (status.phase === 'aborted') await service.start(target(), {graceMs: 0})
            else if (status.phase !== 'done') await service.resume({graceMs: 0})
          } else if (status.phase !== 'aborted' && status.phase !== 'done') {
            await service.abort({graceMs: 0})
          }

          expect(await clearTextsNow(), where).to.deep.equal(before)
          expect(await readMarker(instance.db), where).to.equal(undefined)
          const remains = readdirSync(instance.folder).filter((file) => !files.includes(file))
          expect(
            remains.filter((file) => !/sealed$|key-rotation$|^enckey$|^key-\d+$/.test(file)),
            where,
          ).to.deep.equal([])
        }
      })
    }
  }

  it('can die again while it is taken back, and be taken back at last', async () => {
    const before = await clearTextsNow()
    const all = await stepsOfAbort()

    for (let crashAt = 0; crashAt < all; crashAt++) {
      await runUntilClosing()
      const {service} = await rotationOf(instance.config, instance.db)
      let count = 0
      await failureOfCrash(
        service.abort({
          graceMs: 0,
          onStep: (step) => {
            if (count++ >= crashAt) throw new Crash(step)
          },
        }),
      )
      if (service.status()!.phase !== 'aborted') await service.abort({graceMs: 0})

      expect(service.status()!.phase).to.equal('aborted')
      expect(await clearTextsNow()).to.deep.equal(before)
    }
  })

  it('refuses a second run, and going back when it is complete', async () => {
    await runUntilClosing()
    const {service} = await rotationOf(instance.config, instance.db)

    const second = await failureOf(service.start({kind: 'same'}))
    await service.resume({graceMs: 0})
    const back = await failureOf(service.abort())

    expect([second.code, back.code]).to.deep.equal(['REFUSED', 'NOT_FOUND'])
    expect(second.hints.join()).to.contain('--resume')
  })

  it('refuses to go on with other keys than it began with', async () => {
    await runUntilClosing()
    const {service, settings} = await rotationOf(instance.config, instance.db)
    const {writeFileSync, chmodSync, readdirSync: list} = await import('node:fs')
    const previous = list(instance.folder).find((file) => file.includes('.old-') && !file.endsWith('.sealed'))!
    chmodSync(`${instance.folder}/${previous}`, 0o600)
    writeFileSync(`${instance.folder}/${previous}`, Buffer.alloc(96, 1))

    const failure = await failureOf(service.resume({graceMs: 0}))

    expect(failure.code).to.equal('INTEGRITY')
    expect(settings.path('PI_ENCFILE')).to.equal(instance.enckey)
  })

  it('is told from the database when its state is not there', async () => {
    await runUntilClosing()
    const {renameSync} = await import('node:fs')
    renameSync(`${instance.config}.key-rotation`, `${instance.folder}/moved`)
    const {service} = await rotationOf(instance.config, instance.db)

    const failure = await failureOf(service.start({kind: 'same'}))

    expect(failure.code).to.equal('REFUSED')
    expect(failure.message).to.contain('has not ended')
  })

  describe('with programs that take part', () => {
    let server: SecurityModule
    let idle: SecurityModule

    beforeEach(async () => {
      server = await instance.openModule()
      idle = await instance.openModule()
    })

    afterEach(async () => {
      await server.close()
      await idle.close()
    })

    for (const way of ['done', 'aborted'] as const) {
      it(`keeps them reading and writing at every step until it is ${way}`, async () => {
        const before = await clearTextsNow()
        const {service} = await rotationOf(instance.config, instance.db)
        const added: string[] = []
        const onStep = async (step: string): Promise<void> => {
          expect(await clearTexts(instance.db, server), step).to.deep.include(before)
          // Opened in the middle, by a command.
          const command = await instance.openModule()
          expect(await clearTexts(instance.db, command), step).to.deep.include(before)
          const serial = `NEW${added.length}`
          await addToken(instance.db, added.length % 2 === 0 ? server : command, serial)
          await instance.db.k('smtpserver').update({password: await encryptValue(server, 'mail secret')})
          added.push(serial)
          await command.close()
        }

        if (way === 'done') await service.start({kind: 'same'}, {graceMs: 0, onStep})
        else {
          await runUntilClosing(onStep)
          await service.abort({graceMs: 0, onStep})
        }

        const final = await clearTextsNow()
        expect(Object.values(final)).not.to.include('!')
        expect(final).to.deep.include(before)
        for (const module of [server, idle]) {
          expect(await secretOf(module, 'T3')).to.equal('secret of T3')
          for (const serial of added) expect(await secretOf(module, serial)).to.equal(`secret of ${serial}`)
        }
        expect(added.length).to.be.above(8)
        // What they write now needs no run.
        await addToken(instance.db, idle, 'LAST')
        const fresh = await moduleOf(instance.config)
        expect(await secretOf(fresh, 'LAST')).to.equal('secret of LAST')
        await fresh.close()
      })
    }

    it('finds what a server with the old keys alone writes until the end', async () => {
      const before = await clearTextsNow()
      const outsider = await moduleOf(instance.config)
      const {service} = await rotationOf(instance.config, instance.db)
      let written = 0

      await service.start(
        {kind: 'same'},
        {
          graceMs: 0,
          onStep: async (step) => {
            // As long as it writes, no look is the last one.
            if (!/^(sweep|switch|enter)/.test(step) || written === 8) return
            await addToken(instance.db, outsider, `OLD${written++}`)
          },
        },
      )

      await outsider.close()
      expect(written).to.equal(8)
      expect(service.status()!.rewritten).to.be.at.least(Object.keys(before).length + 8)
      expect(Object.values(await clearTextsNow())).not.to.include('!')
    })
  })

  async function clearTextsNow(): Promise<Record<string, string>> {
    const module = await moduleOf(instance.config)
    try {
      return await clearTexts(instance.db, module)
    } finally {
      await module.close()
    }
  }

  async function secretOf(module: SecurityModule, serial: string): Promise<string> {
    const row = await instance.db.k('token').where({serial}).first()
    return String(await decryptTokenSecret(module, {ciphertext: row.key_enc, iv: row.key_iv}))
  }

  async function runUntilClosing(onStep: (step: string) => Promise<void> = async () => {}): Promise<void> {
    const {service} = await rotationOf(instance.config, instance.db)
    await failureOfCrash(
      service.start(
        {kind: 'same'},
        {
          graceMs: 0,
          onStep: async (step) => {
            await onStep(step)
            if (step === 'entered closing') throw new Crash(step)
          },
        },
      ),
    )
  }

  async function stepsOfAbort(): Promise<number> {
    await runUntilClosing()
    const {service} = await rotationOf(instance.config, instance.db)
    let count = 0
    await service.abort({graceMs: 0, onStep: () => void count++})
    return count
  }
})

async function failureOfCrash(promise: Promise<unknown>): Promise<void> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Crash) return
    throw error
  }
  throw new Error('it did not crash')
}
