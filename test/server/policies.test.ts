import {join} from 'node:path'
import {expect} from 'chai'
import {openApp, type App} from '../../src/app.js'
import {connect} from '../../src/lib/db/connect.js'
import {createSchema} from '../../src/lib/db/create.js'
import {validateCheck} from '../../src/lib/services/validate/endpoints/check.js'
import type {Validation} from '../../src/lib/services/validate/open.js'
import {removeFolder, temporaryFolder} from '../support/folders.js'
import {makeInstallation, type Installation} from './support/installation.js'

interface Document {
  result: {value?: boolean; error?: {message: string}}
  detail?: {message: string}
}

describe('policies of a running listener', () => {
  const folder = temporaryFolder('policies')
  let installation: Installation
  let app: App
  let validation: Validation

  before(async function () {
    this.timeout(30_000)
    const uri = `sqlite:///${join(folder, 'data.sqlite')}`
    const connection = await connect(uri, {create: true})
    await createSchema(connection, 'privacyidea', '3.8')
    await connection.knex.destroy()
    installation = await makeInstallation({folder, uri, users: 2})
    app = await openApp({configFile: installation.config, env: {}})
    validation = await app.validation({warn: () => {}})
  })
  after(async () => {
    await app.close()
    await installation.close()
    removeFolder(folder)
  })

  async function check(user: string): Promise<Document> {
    const response = await validation.api.handle(validateCheck, {
      method: 'POST',
      route: '/validate/check',
      path: '/validate/check',
      query: '',
      parameters: new Map<string, unknown>([
        ['user', user],
        ['pass', 'x'],
      ]),
      headers: {},
      remoteAddress: '127.0.0.1',
      now: Date.now(),
    })
    return ('document' in response ? response.document : {}) as unknown as Document
  }

  it('are those of the moment of each request, with custom attributes of the user in their conditions', async () => {
    const {db} = installation
    expect((await check('user0')).result.value).to.equal(false)

    await db.transaction(async (tx) => {
      const [id] = await tx.insert('policy', [
        {name: 'ops', scope: 'authentication', action: 'passOnNoToken', active: true},
      ])
      await tx.insert('policycondition', [
        {
          policy_id: id,
          section: 'userinfo',
          Key: 'department',
          comparator: 'equals',
          Value: 'ops',
          active: true,
        },
      ])
      const [realm] = (await tx.k('realm').select('id')) as {id: number}[]
      await tx.insert('customuserattribute', [
        {user_id: '1000', resolver: 'users', realm_id: realm!.id, Key: 'department', Value: 'ops'},
        {user_id: '1001', resolver: 'users', realm_id: realm!.id, Key: 'department', Value: 'sales'},
      ])
      await tx.bumpTimestamp()
    })

    const accepted = await check('user0')
    expect(accepted.result.value).to.equal(true)
    expect(accepted.detail?.message).to.equal("user has no token, accepted due to 'ops'")
    expect((await check('user1')).result.value).to.equal(false)
  })
})
