import {appendFileSync, chmodSync} from 'node:fs'
import {expect} from 'chai'
import {openApp} from '../../../../../src/app.js'
import type {DoctorReport} from '../../../../../src/lib/services/doctor/index.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {smallInstance, type SmallInstance} from '../../../../support/small-instance.js'

describeEachDatabase('the doctor on a database', (open) => {
  let instance: SmallInstance

  before(async () => {
    instance = await smallInstance({freshUri: () => open.freshUri({version: '3.12'})}, {tokens: 3})
    chmodSync(instance.config, 0o600)
  })
  after(() => instance.remove())

  async function examine(only: readonly string[] = []): Promise<DoctorReport> {
    const app = await openApp({configFile: instance.config, env: {}, warn: () => {}})
    try {
      return await (await app.doctor({answerMs: 2000, warnings: []})).examine({only})
    } finally {
      await app.close()
    }
  }

  it('carries out every check', async () => {
    const {checks} = await examine()

    expect(checks.filter(({status}) => status === 'failed')).to.deep.equal([])
    const found = checks.filter(({severity, status}) => status === 'fault' && severity === 'error').map(({id}) => id)
    // This installation has a short SECRET_KEY, no audit keys, and a mail server that is not there.
    expect(found.filter((id) => id !== 'file-modes')).to.have.members(['secret-key', 'smtp-servers', 'audit-keys'])
  })

  it('names a sequence that lags behind the ids', async () => {
    if (instance.db.dialect === 'sqlite') {
      expect((await examine(['sequences'])).checks[0]).to.include({status: 'ok'})
      return
    }
    const {id} = (await instance.db.k('token').max({id: 'id'}).first()) as {id: number}
    await instance.db.k('token').insert({id: Number(id) + 5000, serial: 'LATE', active: true})

    const [report] = (await examine(['sequences'])).checks

    expect(report).to.include({id: 'sequences', status: 'fault', severity: 'error'})
    expect(report!.message).to.match(/token_seq/)
    await instance.db.raiseSequences(['token'])
    expect((await examine(['sequences'])).checks[0]).to.include({status: 'ok'})
  })

  it('names a pool that is larger than the server allows, and audit rows that may be lost', async () => {
    appendFileSync(instance.config, "SQLALCHEMY_ENGINE_OPTIONS = {'pool_size': 100000}\n")

    const {checks} = await examine(['database-pool', 'database-charset', 'database-version', 'audit-truncate'])

    const status = Object.fromEntries(checks.map((check) => [check.id, check.status]))
    const server = instance.db.dialect !== 'sqlite'
    expect(status).to.deep.equal({
      'database-pool': server ? 'fault' : 'skipped',
      'database-charset': server ? 'ok' : 'skipped',
      'database-version': 'ok',
      'audit-truncate': server ? 'fault' : 'skipped',
    })
  })
})
