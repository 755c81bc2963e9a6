import {expect} from 'chai'
import {writeFileSync} from 'node:fs'
import {openApp, type App} from '../../../../src/app.js'
import type {PiError} from '../../../../src/lib/errors.js'
import {
  cachedLogins,
  cachedUsers,
  challenges,
  clearLoginCache,
  clearUserCache,
} from '../../../../src/lib/services/caches.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'
import {installation, type Installation} from '../../../support/installation.js'

describeEachDatabase('machines and caches', (open) => {
  let instance: Installation
  let app: App
  let place: string

  before(async () => {
    place = process.cwd()
    instance = await installation(open, 'privacyidea-3.8')
    process.chdir(instance.folder)
    app = await openApp({configFile: instance.config, env: {}})
  })
  after(async () => {
    process.chdir(place)
    await app.close()
    instance.remove()
  })

  const codeOf = async (work: Promise<unknown>) => ((await failureOf(work)) as PiError | undefined)?.code
  const all = async <R>(pages: AsyncIterable<R[]>): Promise<R[]> => {
    const found: R[] = []
    for await (const page of pages) found.push(...page)
    return found
  }

  it('list attachments of a computer, by a name of a hosts file in any case', async () => {
    const machines = await app.machines()

    const found = await machines.list({hostname: 'Gandalf', application: 'ssh'})
    expect(found.map(({serial, options}) => [serial, options])).to.deep.equal([
      ['SSHK0001', {user: 'root'}],
      ['SSHK0002', {service_id: 'svc', user: 'judy'}],
    ])
    expect(found[0]).to.deep.include({machineId: '192.168.0.1', resolver: 'hostsfile'})
    expect(found[0]!.hostnames).to.deep.equal(['gandalf.example.com', 'gandalf'])
    expect(await machines.list({})).to.have.length(5)
    expect(await codeOf(machines.list({hostname: 'sauron'}))).to.equal('NOT_FOUND')
  })

  it('print the keys of active tokens for a login on a computer, or for a service', async () => {
    const machines = await app.machines()

    const [key, ...more] = await machines.authorizedKeys({user: 'root', hostname: 'gandalf'})
    expect(more).to.deep.equal([])
    expect(key).to.match(/^ssh-ed25519 AAAA\S+ ivan@host$/)
    expect(await machines.authorizedKeys({user: 'www', serviceId: 'webserver'})).to.deep.equal([key])
    expect(await machines.authorizedKeys({user: 'www', hostname: 'gandalf'})).to.deep.equal([])
    expect(await machines.authorizedKeys({user: 'www', hostname: 'gandalf', anyHost: true})).to.deep.equal([key])
    expect(await machines.authorizedKeys({user: 'nobody', hostname: 'gandalf'})).to.deep.equal([])

    await (await app.tokens()).setInfo('SSHK0001', 'ssh_comment', 'a\nssh-rsa AAAA evil')
    expect(await machines.authorizedKeys({user: 'root', hostname: 'gandalf'})).to.have.length(1)
    await (await app.tokens()).setInfo('SSHK0001', 'ssh_type', 'command="sh" ssh-ed25519')
    expect(await machines.authorizedKeys({user: 'root', hostname: 'gandalf'})).to.deep.equal([])
  })

  it('attach and detach tokens with their options', async () => {
    const machines = await app.machines()
    const place = {machineId: '10.1.2.3', resolver: 'hostsfile'}

    const made = await machines.attach('OATHSHA18', 'offline', place, {count: '20'})
    expect(made).to.deep.include({...place, application: 'offline', options: {count: '20'}, serial: 'OATHSHA18'})
    expect(await codeOf(machines.attach('TOTPSHA130', 'offline', {}, {}))).to.equal('REFUSED')
    expect(await codeOf(machines.attach('OATHSHA18', 'toaster', {}, {}))).to.equal('USAGE')
    expect(await codeOf(machines.attach('OATHSHA18', 'offline', {}, {a: 'x'.repeat(65)}))).to.equal('INVALID_INPUT')
    expect(await codeOf(machines.attach('OATHSHA18', 'offline', {machineId: '1'}, {}))).to.equal('USAGE')

    expect(await machines.detach({serial: 'OATHSHA18'}, {dryRun: true})).to.have.length(1)
    expect(await machines.detach({id: made.id})).to.have.length(1)
    expect(await codeOf(machines.detach({serial: 'OATHSHA18'}))).to.equal('NOT_FOUND')
    const options = (await app.database()).k('machinetokenoptions').where({machinetoken_id: made.id})
    expect(await options).to.deep.equal([])
    writeFileSync(instance.path('hosts'), '10.0.0.1 twin\n10.0.0.2 twin\n')
    expect(await codeOf(machines.attach('OATHSHA18', 'offline', {hostname: 'twin'}, {}))).to.equal('NOT_FOUND')
  })

  it('caches and challenges are listed without what is secret in them, and cleared', async () => {
    const db = await app.database()

    expect((await all(cachedUsers(db, {}))).map(({usedLogin}) => usedLogin)).to.deep.equal(['Alice', 'bob'])
    const logins = await all(cachedLogins(db, {realm: 'corp', username: 'carol'}))
    expect(logins).to.deep.equal([
      {
        count: 4,
        firstAuth: '2022-01-01T00:00:00.000Z',
        id: 3,
        lastAuth: '2022-01-02T00:00:00.000Z',
        realm: 'corp',
        resolver: 'passwdres',
        username: 'carol',
      },
    ])
    const [open] = await all(challenges(db, {serial: 'OATHSHA16'}, new Date('2029-01-01T00:00:00Z')))
    expect(open).to.include({expired: false, transactionId: '01234567890123456789'})
    expect(JSON.stringify(open)).to.not.include('unïcode')
    expect(await clearUserCache(db, {username: 'bob'})).to.equal(1)
    expect(await clearLoginCache(db, {})).to.equal(3)
  })
})
