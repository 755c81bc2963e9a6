import {expect} from 'chai'
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
})
