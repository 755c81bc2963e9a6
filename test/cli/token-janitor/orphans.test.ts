import {expect} from 'chai'
import {openDatabase} from '../../../src/lib/db/connect.js'
import type {Database, Row} from '../../../src/lib/db/database.js'
import {temporaryFolder} from '../../support/folders.js'
import {startLdapProxy, type LdapProxy} from '../../support/ldap-proxy.js'
import {describeNeeding} from '../../support/needs.js'
import {createDatabaseFile, directorySettings, ownTokens, writeConfig, writeUsers} from '../../support/orphans.js'
import {runProgram, type ProgramResult} from '../../support/program.js'
import {slapdPackage, startSlapd, type Slapd} from '../../support/slapd.js'

/** Users with a token; the directory gives only 20 of them in a listing, so the others are asked for one by one. */
const live = Array.from({length: 80}, (_, n) => n)
const gone = [900, 901, 902]

describeNeeding('orphans of a directory', [slapdPackage], () => {
  let slapd: Slapd
  let proxy: LdapProxy
  let db: Database
  let config: string
  let dieAt = Number.POSITIVE_INFINITY

  before(async () => {
    const folder = temporaryFolder('orphans')
    slapd = await startSlapd({...(await writeUsers(folder, live.length)), sizeLimit: 20})
    proxy = await startLdapProxy(slapd.port, (count) => {
      if (count === dieAt) void slapd.kill()
    })
    const uri = await createDatabaseFile(folder)
    db = await openDatabase(uri)
    config = writeConfig(folder, uri)
    await ownTokens(db, directorySettings(proxy.port), [...live, ...gone])
  })
  after(async () => {
    await db.close()
    await proxy.close()
    await slapd.stop()
  })

  const unassign = (): Promise<ProgramResult> =>
    runProgram('pi-manage', [
      ...['token-janitor', 'find', '--orphaned', '1', '--action', 'unassign', '--yes', '--json'],
      ...['--config', config],
    ])
  const owned = async () => (await db.k<Row>('tokenowner').select('id')).length

  it('are left alone when the directory dies half way, and found exactly when it is back', async () => {
    dieAt = proxy.messages + 40
    const broken = await unassign()

    expect(broken.status, broken.stderr).to.equal(6)
    expect(broken.stderr).to.match(/owners from 'people' could not be looked up and were left alone/)
    expect(await owned()).to.equal(live.length + gone.length)

    await slapd.restart()
    const whole = await unassign()

    expect(whole.status, whole.stderr).to.equal(0)
    expect(whole.json<{changed: string[]}>().changed).to.deep.equal(gone.map((n) => `LDAP00000${n}`))
    expect(await owned()).to.equal(live.length)
  })
})
