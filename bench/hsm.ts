/**
 * Operations a second of the AES HSM module on a SoftHSM2 token, beside a bare loop of the same calls on the same token
 * and one pkcs11-tool per operation; then 100,000 operations through a p11-kit server that is killed and restarted with
 * other tokens: none may be wrong.
 *
 * node --import tsx bench/hsm.ts [operations]
 */
import {randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {benchModule} from '../src/hsm/bench.js'
import {Library, listSlots} from '../src/hsm/drivers/pkcs11/index.js'
import {openModuleAlone} from '../src/hsm/registry.js'
import {PiError} from '../src/lib/errors.js'
import {hasAbility, type KeyImporter} from '../src/lib/security-module.js'
import {settingsOf} from '../test/support/settings.js'
import {P11KitServer, SoftHsm, type SoftToken} from '../test/support/softhsm.js'

const operations = Number(process.argv[2] ?? 100_000)
const labels = {token: 'pi_token', config: 'pi_config', value: 'pi_value'}
const hsm = new SoftHsm()
const [ours, other] = [hsm.addToken('ours'), hsm.addToken('other')]
await importInto(ours, 1)
// The same labels, other keys: a mix-up would show.
await importInto(other, 2)

const module = await openModuleAlone(settingsOf(hsm.aesSettings(ours, labels)), {})
for (const parallel of [1, 4, 16]) {
  const rows = await benchModule(module, {seconds: 2, parallel})
  console.log(
    `module, ${parallel} callers: ${rows.map(({operation, perSecond}) => `${operation} ${perSecond}/s`).join(', ')}`,
  )
}
await module.close()
console.log(`bare loop: encrypt ${await bareLoop()}/s; pkcs11-tool, a process each: ${toolLoop()}/s`)
await killTest()
hsm.remove()

async function importInto(token: SoftToken, fill: number): Promise<void> {
  const opened = await openModuleAlone(settingsOf(hsm.aesSettings(token)), {})
  if (hasAbility<KeyImporter>(opened, 'importKeys')) await opened.importKeys(Buffer.alloc(96, fill), labels)
  await opened.close()
}

async function bareLoop(): Promise<number> {
  const library = await Library.open(hsm.library)
  try {
    return await library.use((p11) => {
      const {js} = library
      const slot = listSlots(p11).find(({token}) => token?.serial === ours.serial)
      if (!slot) throw new Error('the token is gone')
      const session = p11.C_OpenSession(slot.handle, js.CKF_SERIAL_SESSION)
      p11.C_Login(session, js.CKU_USER, ours.pin)
      p11.C_FindObjectsInit(session, [{type: js.CKA_LABEL, value: labels.token}])
      const [key] = p11.C_FindObjects(session, 1)
      p11.C_FindObjectsFinal(session)
      if (!key) throw new Error('the key is gone')
      const [iv, data, count] = [randomBytes(16), randomBytes(40), 50_000]
      const started = performance.now()
      for (let at = 0; at < count; at++) {
        p11.C_EncryptInit(session, {mechanism: js.CKM_AES_CBC_PAD, parameter: iv}, key)
        p11.C_Encrypt(session, data, Buffer.alloc(64))
      }
      return Math.round(count / ((performance.now() - started) / 1000))
    })
  } finally {
    await library.release()
  }
}

function toolLoop(): number {
  const [input, output] = [join(hsm.folder, 'in'), join(hsm.folder, 'out')]
  writeFileSync(input, randomBytes(40))
  const started = performance.now()
  for (let at = 0; at < 10; at++) {
    hsm.pkcs11Tool(ours, [
      '--encrypt',
      '--mechanism',
      'AES-CBC-PAD',
      '--iv',
      '00'.repeat(16),
      '--label',
      labels.token,
      '-i',
      input,
      '-o',
      output,
    ])
  }
  return Math.round(10 / ((performance.now() - started) / 1000))
}

async function killTest(): Promise<void> {
  const server = new P11KitServer(hsm)
  await server.start([ours])
  const {PI_HSM_MODULE_TOKEN_SERIAL: _, ...settings} = hsm.aesSettings(ours, labels)
  const through = await openModuleAlone(
    settingsOf({...settings, PI_HSM_MODULE_MODULE: server.library, PI_HSM_MODULE_SLOT: 0x11}),
    {},
  )
  const counts = {right: 0, refused: 0, wrong: 0, restarts: 0}
  let ended = false
  const restarts = (async () => {
    const offers = [[ours, other], [other], [ours]]
    while (!ended) {
      await sleep(300 + Math.random() * 700)
      await server.kill()
      await sleep(Math.random() * 300)
      await server.start(offers[counts.restarts++ % offers.length] ?? [ours])
    }
  })()
  const callers = Array.from({length: 8}, async () => {
    while (counts.right + counts.refused + counts.wrong < operations) {
      const [plaintext, iv] = [randomBytes(20), randomBytes(16)]
      try {
        const back = await through.decrypt('token', await through.encrypt('token', plaintext, iv), iv)
        if (back.equals(plaintext)) counts.right += 2
        else counts.wrong += 1
      } catch (error) {
        if (!(error instanceof PiError) || error.code !== 'UNAVAILABLE') throw error
        counts.refused += 1
      }
      // Lets the one who restarts the server have his turn.
      await sleep(0)
    }
  })
  await Promise.all(callers)
  ended = true
  await restarts
  await through.close()
  await server.kill()
  console.log(
    `p11-kit: ${counts.right} right, ${counts.refused} refused as unavailable, ${counts.wrong} wrong, ${counts.restarts} restarts`,
  )
  if (counts.wrong > 0) process.exitCode = 1
}
