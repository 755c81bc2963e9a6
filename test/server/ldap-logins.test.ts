import {expect} from 'chai'
import {openDatabase} from '../../src/lib/db/connect.js'
import type {Database, Row} from '../../src/lib/db/database.js'
import {fixture} from '../support/folders.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {describeNeeding} from '../support/needs.js'
import {recording} from '../support/resolver-cases.js'
import {startServer, type RunningServer} from '../support/server.js'
import {slapdPackage, startSlapd, type Slapd} from '../support/slapd.js'

interface Answer {
  result: {status: boolean; value?: boolean; error?: {code: number; message: string}}
  detail?: {message?: string} | null
}

describeNeeding('logins of users in a directory', [slapdPackage], () => {
  let slapd: Slapd
  let instance: Instance
  let db: Database
  let server: RunningServer

  before(async function () {
    this.timeout(60_000)
    slapd = await startSlapd({ldif: fixture('interop', 'resolvers', 'ldap.ldif'), suffix: 'dc=example,dc=test'})
    instance = await fixtureInstance('resolvers')
    db = await openDatabase(`sqlite:///${instance.database}`)
    for (const row of await db.k<Row>('resolverconfig').where({Key: 'LDAPURI'})) {
      const uri = String(row['Value']).replace(`:${recording.ports.ldap}`, `:${slapd.port}`)
      await db.k('resolverconfig').where({id: row['id']}).update({Value: uri})
    }
    await db.k('token').where({serial: 'OLD'}).update({tokentype: 'spass', active: true, failcount: 0})
    const token = await db.k<Row>('token').where({serial: 'OLD'}).first('id')
    const realm = await db.k<Row>('realm').where({name: 'r-ldap'}).first('id')
    await db.insert('tokenrealm', [{token_id: token!['id'], realm_id: realm!['id']}])
    await db.insert('policy', [
      {
        name: 'directory',
        active: true,
        scope: 'authentication',
        action: 'otppin=userstore, passthru=userstore',
        realm: 'r-ldap, r-multi',
      },
    ])
    await db.insert('config', [{Key: 'UserCacheExpiration', Value: '600', Type: '', Description: ''}])
    await db.bumpTimestamp()
    server = await startServer({config: instance.config, cwd: instance.folder})
  })
  after(async () => {
    await server.stop()
    await db.close()
    instance.remove()
    await slapd.stop()
  })

  async function login(user: string, pass: string): Promise<Answer> {
    const query = new URLSearchParams({user, pass})
    return (await (await fetch(`${server.url}/validate/check?${query.toString()}`)).json()) as Answer
  }
  const failcount = async () =>
    Number((await db.k<Row>('token').where({serial: 'OLD'}).first('failcount'))?.['failcount'])

  it('take the password of the directory for the PIN', async () => {
    expect((await login('anna@r-ldap', 'pw-anna')).result.value).to.equal(true)
    expect((await login('anna@r-ldap', 'wrong')).result.value).to.equal(false)
    expect((await login('anna@r-ldap', '')).result.value).to.equal(false)
    expect(await failcount()).to.be.greaterThan(0)
  })

  it('go to the directory for users without a token, under each of their names', async () => {
    expect((await login('berta@r-ldap', 'pw-berta')).detail?.message).to.match(/against userstore due to 'directory'/)
    expect((await login('berta@example.test@r-multi', 'pw-berta')).result.value).to.equal(true)
    expect((await login('berta@r-ldap', 'wrong')).result.value).to.equal(false)
    expect((await login('*@r-ldap', 'pw-anna')).result.status).to.equal(false)
  })

  it('keep who was looked up', async () => {
    const rows = await db.k<Row>('usercache').where({resolver: 'ldmulti'}).select('username', 'used_login')

    expect(rows).to.deep.equal([{username: 'berta', used_login: 'berta@example.test'}])
  })

  it('fail while the directory is down, without a mark on the token, and work when it is back', async () => {
    const before = await failcount()
    await slapd.kill()

    const broken = await login('anna@r-ldap', 'pw-anna')
    expect(broken.result.status && broken.result.value).to.equal(false)
    expect(await failcount()).to.equal(before)
    expect((await login('walter@r-pw', 'x')).result).to.have.property('status')

    await slapd.restart()
    expect((await login('anna@r-ldap', 'pw-anna')).result.value).to.equal(true)
  })
})
