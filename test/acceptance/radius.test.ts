import {expect} from 'chai'
import {openSecurityModule} from '../../src/hsm/registry.js'
import {loadSettings} from '../../src/lib/config/load.js'
import {encryptValue} from '../../src/lib/crypto/secret-values.js'
import {openDatabase} from '../../src/lib/db/connect.js'
import {freeradiusPackages, startFreeRadius, type FreeRadius} from '../support/freeradius.js'
import {cheapenPins, expected} from '../support/installation.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {describeNeeding} from '../support/needs.js'
import {startServer, type RunningServer} from '../support/server.js'

describeNeeding('a RADIUS server before the listener', freeradiusPackages, () => {
  const {tokens} = expected('privacyidea-3.8')
  let instance: Instance
  let server: RunningServer
  let radius: FreeRadius
  before(async function () {
    this.timeout(60_000)
    instance = await fixtureInstance('privacyidea-3.8')
    await cheapenPins(`sqlite:///${instance.database}`, tokens)
    server = await startServer({config: instance.config, cwd: instance.folder})
    radius = await startFreeRadius(server.url)
  })
  after(async () => {
    await radius?.stop()
    await server?.stop()
    instance?.remove()
  })

  it('accepts PIN and OTP once, and refuses what is wrong', async () => {
    const {pin, next_otps: values} = tokens['OATHSQL1']!
    const right = `${pin}${values![0]!.otp}`

    expect(await radius.login('sql01@dev', right)).to.equal('Access-Accept')
    expect(await radius.login('sql01@dev', right)).to.equal('Access-Reject')
    expect(await radius.login('sql01@dev', `${pin}000000`)).to.equal('Access-Reject')
    expect(await radius.login('nobody@dev', right)).to.equal('Access-Reject')
    expect(await radius.login('sql01@dev', `${pin}${values![1]!.otp}`)).to.equal('Access-Accept')
  })

  it('is asked by another installation about users who have no token there', async function () {
    this.timeout(60_000)
    const {pin, next_otps: values} = tokens['OATHSHA2566']!
    const login = tokens['OATHSHA2566']!.owners[0]!.login!
    const other = await fixtureInstance('privacyidea-3.8')
    const db = await openDatabase(`sqlite:///${other.database}`)
    const security = await openSecurityModule(await loadSettings({configFile: other.config, env: {}}), {})
    await db.k('tokenowner').delete()
    await db.k('policy').delete()
    await db.transaction(async (tx) => {
      await tx.insert('radiusserver', [
        {
          identifier: 'upstream',
          server: '127.0.0.1',
          port: radius.port,
          secret: await encryptValue(security, radius.secret),
        },
      ])
      await tx.insert('policy', [{name: 'pass', scope: 'authentication', action: 'passthru=upstream', active: true}])
      await tx.bumpTimestamp()
    })
    await db.close()
    const check = async (password: string) =>
      (await other.manage(['validate', 'check', login, '--password-file', '-', '--json'], {stdin: password})).json<{
        result: {value: boolean}
        detail: {message: string}
      }>()

    try {
      const right = await check(`${pin}${values![0]!.otp}`)
      const again = await check(`${pin}${values![0]!.otp}`)

      expect(right.result.value).to.equal(true)
      expect(right.detail.message).to.equal("against RADIUS server upstream due to 'pass'")
      expect(again.result.value).to.equal(false)
    } finally {
      await security.close()
      other.remove()
    }
  })
})
