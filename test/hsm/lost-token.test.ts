import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect} from 'chai'
import {openSecurityModule} from '../../src/hsm/registry.js'
import {PiError} from '../../src/lib/errors.js'
import {hasAbility, type KeyImporter, type SecurityModule} from '../../src/lib/security-module.js'
import {hasP11Kit, hasSoftHsm, P11KitServer, SoftHsm, type SoftToken} from '../support/softhsm.js'
import {settingsOf} from '../support/settings.js'
import {failureOf} from './failure.js'

const iv = Buffer.alloc(16, 1)
/** The first slot number that p11-kit gives away. */
const firstSlot = 0x11
const labels = {token: 'pi_token', config: 'pi_config', value: 'pi_value'}

describe('a token that is lost and found', function () {
  this.timeout(120_000)
  let hsm: SoftHsm
  let server: P11KitServer
  let ours: SoftToken
  let other: SoftToken

  before(async function () {
    if (!hasSoftHsm() || !hasP11Kit()) {
      if (process.env['CI']) throw new Error('SoftHSM2 or p11-kit is missing')
      this.skip()
    }
    hsm = new SoftHsm()
    ours = hsm.addToken('ours')
    other = hsm.addToken('other')
    // The same labels on both tokens, other keys: a mix-up gives wrong plaintexts.
    await importInto(ours, 1)
    await importInto(other, 2)
    server = new P11KitServer(hsm)
    // With both tokens there, ours is to be the second: alone it has the slot that is the other's then.
    await server.start([ours, other])
    const first = await openBySlot(firstSlot)
    if (first.description.includes(ours.serial)) [ours, other] = [other, ours]
    await first.close()
    await server.kill()
  })

  afterEach(() => server?.kill())
  after(() => hsm?.remove())

  async function importInto(token: SoftToken, fill: number): Promise<void> {
    const module = await openSecurityModule(settingsOf(hsm.aesSettings(token)))
    if (!hasAbility<KeyImporter>(module, 'importKeys')) throw new Error('no importKeys')
    await module.importKeys(Buffer.alloc(96, fill), labels)
    await module.close()
  }

  /** By slot number, as the original has it: the worst case when tokens change places. */
  async function openBySlot(slot: number): Promise<SecurityModule> {
    const {PI_HSM_MODULE_TOKEN_SERIAL: _, ...settings} = hsm.aesSettings(ours, labels)
    return openSecurityModule(settingsOf({...settings, PI_HSM_MODULE_MODULE: server.library, PI_HSM_MODULE_SLOT: slot}))
  }

  it('goes on after the server was restarted', async () => {
    await server.start([ours])
    const module = await openBySlot(firstSlot)
    const encrypted = await module.encrypt('token', Buffer.from('seed'), iv)

    await server.kill()
    await server.start([ours])
    const decrypted = await module.decrypt('token', encrypted, iv)
    await module.close()

    expect(String(decrypted)).to.equal('seed')
  })

  it('finds its token in another slot instead of taking the one that is in its place', async () => {
    await server.start([ours])
    const module = await openBySlot(firstSlot)
    const encrypted = await module.encrypt('token', Buffer.from('seed'), iv)

    await server.kill()
    await server.start([ours, other])
    const decrypted = await module.decrypt('token', encrypted, iv)
    const again = await module.encrypt('token', Buffer.from('seed'), iv)
    await module.close()

    expect(module.description).to.contain(ours.serial)
    expect(String(decrypted)).to.equal('seed')
    expect(again.equals(encrypted)).to.equal(true)
  })

  it('fails after a bounded time when the token stays away, and recovers when it is back', async () => {
    await server.start([ours])
    const module = await openBySlot(firstSlot)
    const encrypted = await module.encrypt('token', Buffer.from('seed'), iv)

    await server.kill()
    const started = Date.now()
    const away = await failureOf(module.decrypt('token', encrypted, iv))
    const took = Date.now() - started
    await server.start([other])
    const foreign = await failureOf(module.decrypt('token', encrypted, iv))
    await server.kill()
    await server.start([ours])
    const decrypted = await module.decrypt('token', encrypted, iv)
    await module.close()

    expect([away.code, foreign.code]).to.deep.equal(['UNAVAILABLE', 'UNAVAILABLE'])
    expect(took).to.be.below(10_000)
    expect(foreign.message).to.contain(`The token '${ours.label}'`)
    expect(String(decrypted)).to.equal('seed')
  })

  it('refuses a key that took the label of the one it used', async () => {
    const replaced = hsm.addToken('replaced')
    await importInto(replaced, 3)
    await server.start([replaced])
    const module = await openBySlot(firstSlot)
    const encrypted = await module.encrypt('token', Buffer.from('seed'), iv)

    await server.kill()
    hsm.pkcs11Tool(replaced, ['--delete-object', '--type', 'secrkey', '--label', labels.token])
    hsm.pkcs11Tool(replaced, ['--keygen', '--key-type', 'AES:32', '--label', labels.token])
    await server.start([replaced])
    const failure = await failureOf(module.decrypt('token', encrypted, iv))
    await module.close()

    expect(failure.code).to.equal('UNAVAILABLE')
    expect(failure.message).to.contain("The key 'pi_token' is no longer")
  })

  it('never gives a wrong answer while the server dies and returns under load', async () => {
    const offers = [[ours], [ours, other], [other]]
    await server.start(offers[0]!)
    const module = await openBySlot(firstSlot)
    const counts = {done: 0, refused: 0}
    let stop = false

    const callers = Array.from({length: 8}, async () => {
      while (!stop) {
        const plaintext = randomBytes(20)
        const own = randomBytes(16)
        try {
          const back = await module.decrypt('token', await module.encrypt('token', plaintext, own), own)
          expect(back.equals(plaintext)).to.equal(true)
          counts.done += 1
        } catch (error) {
          if (!(error instanceof PiError) || error.code !== 'UNAVAILABLE') throw error
          counts.refused += 1
        }
        await sleep(0)
      }
    })
    for (let round = 1; round <= 9; round++) {
      await sleep(250)
      await server.kill()
      await sleep(round * 30)
      await server.start(offers[round % 3]!)
    }
    // A slow machine gets the time that it needs.
    for (let waited = 0; waited < 300 && counts.done <= 200; waited++) await sleep(100)
    stop = true
    await Promise.all(callers)
    await module.close()

    expect(counts.done).to.be.above(200)
  })
})
