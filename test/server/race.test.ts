import {expect} from 'chai'
import {describeEachDatabase} from '../support/database.js'
import {removeFolder, temporaryFolder} from '../support/folders.js'
import {startServer, type RunningServer} from '../support/server.js'
import {makeInstallation, type Installation} from './support/installation.js'
import {race} from './support/race.js'

describeEachDatabase('two servers at once', (open) => {
  const folder = temporaryFolder('race')
  let installation: Installation
  let servers: RunningServer[]

  before(async function () {
    this.timeout(120_000)
    installation = await makeInstallation({folder, uri: await open.freshUri(), users: 10})
    servers = [await startServer({config: installation.config}), await startServer({config: installation.config})]
  })

  after(async () => {
    for (const server of servers) await server.stop()
    await installation.close()
    removeFolder(folder)
  })

  for (const type of ['hotp', 'totp'] as const) {
    it(`accept a ${type.toUpperCase()} value once in 200 parallel logins`, async function () {
      this.timeout(120_000)

      const accepted = await race(
        installation,
        servers.map(({url}) => url),
        {type, rounds: 3, parallel: 200},
      )

      expect(accepted).to.deep.equal([1, 1, 1])
    })
  }
})
