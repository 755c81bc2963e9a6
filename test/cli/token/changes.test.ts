import {expect} from 'chai'
import {writeFileSync} from 'node:fs'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import type {ProgramResult} from '../../support/program.js'

describe('token commands', () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  const token = (...args: string[]): Promise<ProgramResult> => instance.manage(['token', ...args])
  const one = async (serial: string) =>
    (await token('show', serial, '--json')).json<{tokens: Record<string, unknown>[]}>().tokens[0]!

  it('change several tokens, report each, and end with 7 when one failed', async () => {
    const result = await token('disable', 'OATHSHA16', 'NOSUCH', 'OATHSHA18', '--json')

    expect(result.status).to.equal(7)
    expect(result.json()).to.deep.equal({
      changed: ['OATHSHA16', 'OATHSHA18'],
      unchanged: [],
      failed: [{serial: 'NOSUCH', reason: "There is no token 'NOSUCH'."}],
    })
    expect((await token('enable', 'OATHSHA16', 'OATHSHA18')).status).to.equal(0)
  })

  it('end with 1 for a token that does not exist', async () => {
    for (const args of [
      ['show', 'NOSUCH'],
      ['enable', 'NOSUCH'],
      ['delete', 'NOSUCH', '--yes'],
      ['reset-failcount', 'NOSUCH'],
    ]) {
      const result = await token(...args)
      expect(result.status).to.equal(1)
      expect(result.stderr).to.include("There is no token 'NOSUCH'.")
    }
  })

  it('assign, describe, set details and realms, and take the token back', async () => {
    await token('assign', 'OATHUNASS1', '--user', 'carol', '--realm', 'corp')
    await token('set-description', 'OATHUNASS1', 'third floor')
    await token('set-info', 'OATHUNASS1', 'room', '3.14')
    await token('set-realms', 'OATHUNASS1', 'corp,field')

    expect(await one('OATHUNASS1')).to.deep.include({
      description: 'third floor',
      realms: ['corp', 'field'],
      owners: [{userId: '1002', resolver: 'passwdres', realm: 'corp', username: 'carol'}],
    })
    expect((await one('OATHUNASS1'))['info']).to.include({room: '3.14'})

    expect((await token('unassign', 'OATHUNASS1')).status).to.equal(2)
    await token('unassign', 'OATHUNASS1', '--yes')
    await token('remove-info', 'OATHUNASS1', 'room')
    await token('set-realms', 'OATHUNASS1', '--none')

    expect(await one('OATHUNASS1')).to.deep.include({owners: [], realms: []})
    expect((await one('OATHUNASS1'))['info']).to.not.have.property('room')
  })

  it('read PINs and secret details from files, and never show them', async () => {
    writeFileSync(instance.path('pin'), 'canary-pin-4Kd81v\n')

    const pin = await token('set-pin', 'OATHSHA16', '--password-file', instance.path('pin'), '--json')
    const detail = await token('set-info', 'OATHSHA16', 'apikey', '--secret-file', instance.path('pin'))
    const shown = await token('show', 'OATHSHA16', '--json')
    const secret = await token('show', 'OATHSHA16', '--json', '--show-secrets')

    for (const {stdout, stderr} of [pin, detail, shown]) expect(stdout + stderr).to.not.include('canary-pin')
    expect(shown.json<{tokens: {info: object}[]}>().tokens[0]!.info).to.include({apikey: '__CENSORED__'})
    expect(secret.json<{tokens: {info: object}[]}>().tokens[0]!.info).to.include({apikey: 'canary-pin-4Kd81v'})
  })

  it('synchronise a counter with two values of the device', async () => {
    const synchronised = await token('resync', 'OATHSHA18', '81600937', '43868647')
    const again = await token('resync', 'OATHSHA18', '81600937', '43868647')

    expect(synchronised.status).to.equal(0)
    expect(again.status).to.equal(1)
    expect((await one('OATHSHA18'))['count']).to.equal(3)
  })

  it('change nothing in a dry run', async () => {
    const result = await token('delete', 'OATHSHA16', '--dry-run')

    expect(result.stdout).to.equal('Dry run: Deleted OATHSHA16.\n')
    expect((await one('OATHSHA16'))['serial']).to.equal('OATHSHA16')
  })

  it('filter a list', async () => {
    const listed = await token('list', '--type', 't*', '--active', 'true', '--description', '^TOTP sha1', '--json')
    const named = await token('list', 'OATHSHA16', 'TOTPSHA130', '--output-format', 'jsonl')

    expect(listed.json<{tokens: {serial: string}[]}>().tokens.map(({serial}) => serial)).to.deep.equal([
      'TOTPSHA130',
      'TOTPSHA160',
    ])
    expect(named.stdout.trimEnd().split('\n')).to.have.length(2)
  })
})
