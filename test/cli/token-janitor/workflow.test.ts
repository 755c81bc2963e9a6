import {expect} from 'chai'
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import type {ProgramResult} from '../../support/program.js'
import {asRecorded, diffDatabases} from '../../support/rows.js'
import {copyFileSync} from 'node:fs'

interface Change {
  action: string
  found: number
  changed: string[]
  skipped: {serial: string; reason: string}[]
  undoFile?: string
}

describe('the token janitor under its own name', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    copyFileSync(instance.database, instance.path('before.sqlite'))
  })
  afterEach(() => instance.remove())

  const janitor = (...args: string[]): Promise<ProgramResult> =>
    instance.manage(['token-janitor', ...args], {env: {XDG_STATE_HOME: instance.path('state')}})
  const serials = (result: ProgramResult) =>
    result.json<{tokens: {serial: string}[]}>().tokens.map(({serial}) => serial)
  const changes = async () => asRecorded(await diffDatabases(instance.path('before.sqlite'), instance.database))

  it('finds by flags, by expressions of 3.11 and by a condition alike', async () => {
    const byFlags = await janitor(
      'find',
      '--tokentype',
      'totp',
      '--tokeninfo-key',
      'hashlib',
      '--tokeninfo-value',
      '^sha256$',
      '--json',
    )
    const byExpression = await janitor(
      'find',
      '--tokenattribute',
      'tokentype=^totp$',
      '--tokeninfo',
      'hashlib=^sha256$',
      'list',
      '--json',
    )
    const byWhere = await janitor('find', '--where', 'type = totp and info.hashlib = sha256', '--json')

    expect(serials(byFlags)).to.deep.equal(['TOTPSHA25630', 'TOTPSHA25660'])
    expect(serials(byExpression)).to.deep.equal(serials(byFlags))
    expect(serials(byWhere)).to.deep.equal(serials(byFlags))
  })

  it('writes the same list in every form', async () => {
    const filter = ['find', '--serial', '^OATHSHA1']
    const lines = (await janitor(...filter, '--output-format', 'jsonl')).stdout.trimEnd().split('\n')
    const csv = (await janitor(...filter, '--csv')).stdout.split('\r\n')
    const yaml = (await janitor(...filter, '--output-format', 'yaml')).stdout

    expect(lines.map((line) => (JSON.parse(line) as {serial: string}).serial)).to.deep.equal(['OATHSHA16', 'OATHSHA18'])
    expect(csv).to.have.length(4)
    expect(csv[1]).to.match(/^OATHSHA16,hotp,enabled,/)
    expect(yaml.match(/^- serial: "OATHSHA1[68]"$/gm)).to.have.length(2)
  })

  it('sums tokens over all owners', async () => {
    const result = await janitor('find', 'listuser', '--sum', '--attributes', 'email', '--serial', '^OATHSHA', '--json')

    expect(result.json<{users: object[]}>().users[0]).to.deep.equal({
      userId: '1000',
      resolver: 'passwdres',
      realm: 'corp',
      username: 'alice',
      givenname: 'Alice',
      surname: 'Ånström',
      attributes: {email: 'alice@example.com'},
      tokens: 2,
    })
  })

  it('only tells in a dry run', async () => {
    const result = await janitor('find', 'delete', '--serial', '^OATHSHA', '--dry-run')

    expect(result.stdout.match(/^Would delete OATHSHA/gm)).to.have.length(6)
    expect(await changes()).to.deep.equal({})
  })

  it('deletes and takes it back to the last row', async () => {
    const deleted = (await janitor('find', 'delete', '--serial', '^OATHSHA', '--yes', '--json')).json<Change>()
    const between = await changes()
    const undone = await janitor('undo', deleted.undoFile!, '--yes', '--json')

    expect(deleted).to.deep.include({action: 'delete', found: 6})
    expect(between['token']?.removed).to.have.length(6)
    expect(between['tokentokengroup']?.removed).to.have.length(2)
    expect(between['machinetokenoptions']?.removed).to.have.length(2)
    expect(statSync(deleted.undoFile!).mode & 0o777).to.equal(0o600)
    expect(undone.json<{restored: string[]}>().restored).to.have.length(6)
    expect(await changes()).to.deep.equal({})
  })

  it('stops before too many tokens, and says how to go on', async () => {
    const refused = await janitor('find', 'disable', '--yes')
    const allowed = await janitor('find', 'disable', '--yes', '--allow-mass', '77', '--json')

    expect(refused.status).to.equal(8)
    expect(refused.stderr).to.include('--allow-mass 77')
    expect(allowed.status).to.equal(0)
    expect(allowed.json<Change>().changed).to.have.length(72)
  })

  it('asks before it changes anything', async () => {
    const result = await janitor('find', 'disable', '--serial', '^OATHSHA16$')

    expect(result.status).to.equal(2)
    expect(result.stderr).to.include('--yes')
    expect(await changes()).to.deep.equal({})
  })

  it('freezes a plan and applies it to what has not changed since', async () => {
    const plan = instance.path('plan.json')
    await janitor('find', 'disable', '--serial', '^OATHSHA', '--plan', plan)
    expect(await changes()).to.deep.equal({})
    await instance.sql([
      "UPDATE token SET failcount = failcount + 1 WHERE serial = 'OATHSHA18'",
      "DELETE FROM token WHERE serial = 'OATHSHA2566'",
    ])

    const applied = await janitor('apply', plan, '--yes', '--json')
    const again = await janitor('apply', plan, '--yes', '--json')

    expect(applied.status).to.equal(7)
    expect(applied.json<Change>().changed).to.deep.equal(['OATHSHA16', 'OATHSHA2568', 'OATHSHA5126', 'OATHSHA5128'])
    expect(applied.json<Change>().skipped).to.deep.equal([
      {serial: 'OATHSHA18', reason: 'changed'},
      {serial: 'OATHSHA2566', reason: 'gone'},
    ])
    expect(existsSync(`${plan}.undo`)).to.equal(true)
    expect(again.json<Change>().changed).to.deep.equal([])
  })

  it('does not overwrite a plan, and tells a plan from other files', async () => {
    const plan = instance.path('plan.json')
    await janitor('find', 'disable', '--serial', '^OATHSHA16$', '--plan', plan)
    const text = readFileSync(plan, 'utf8')

    expect((await janitor('find', 'delete', '--serial', 'x', '--plan', plan)).status).to.equal(2)
    expect(readFileSync(plan, 'utf8')).to.equal(text)
    for (const other of ['', '{}', '[]', 'null', text.slice(0, -20), text.replace('"version": 1', '"version": 9')]) {
      writeFileSync(instance.path('other.json'), other)
      const result = await janitor('apply', instance.path('other.json'), '--yes')
      expect(result.status).to.equal(2)
      expect(result.stderr).to.match(/is not a plan of the janitor/)
    }
    writeFileSync(instance.path('other.json'), text.replace('"version": "3.8"', '"version": "3.9"'))
    expect((await janitor('apply', instance.path('other.json'), '--yes')).status).to.equal(8)
  })

  it('lets one run work at a time', async () => {
    const holder = JSON.stringify({
      owner: 'x',
      host: 'elsewhere',
      pid: 1,
      work: 'a test',
      since: 0,
      heartbeat: Math.floor(Date.now() / 1000),
    })
    await instance.sql([`INSERT INTO config ("Key", "Value") VALUES ('pi-manage.lock.janitor', '${holder}')`])

    const locked = await janitor('find', 'disable', '--serial', '^OATHSHA16$', '--yes')
    await instance.sql([
      `UPDATE config SET "Value" = replace("Value", '"heartbeat":1', '"heartbeat":0') WHERE "Key" = 'pi-manage.lock.janitor'`,
    ])
    const after = await janitor('find', 'disable', '--serial', '^OATHSHA16$', '--yes')

    expect(locked.status).to.equal(5)
    expect(locked.stderr).to.include('elsewhere')
    expect(after.status).to.equal(0)
    expect(await instance.query('SELECT * FROM config WHERE "Key" LIKE \'pi-manage%\'')).to.deep.equal([])
  })

  it('lets one of two that start together work, and the other one wait or end with 5', async () => {
    const args = ['find', 'mark', '--set-tokeninfo', 'k=v', '--yes', '--allow-mass', '77']
    const results = await Promise.all([janitor(...args, '--wait', '30'), janitor(...args, '--wait', '30')])

    expect(results.map(({status}) => [0, 7].includes(status))).to.deep.equal([true, true])
    const rows = await instance.query('SELECT token_id FROM tokeninfo WHERE "Key" = \'k\'')
    expect(rows).to.have.length(75)
  })

  it('refuses what it does not understand before anything is read or changed', async () => {
    for (const args of [
      ['find', '--serial', '['],
      ['find', '--where', 'colour = red'],
      ['find', '--tokeninfo-key', 'x'],
      ['find', '--tokeninfo-value', 'x'],
      ['find', '--active', 'maybe'],
      ['find', '--last-auth', 'often'],
      ['find', '--tokenattribute', 'pin_hash', '--tokenattribute-value', 'x'],
      ['find', '--tokeninfo-key', 'due', '--tokeninfo-value-after', '01/02/2021'],
      ['find', 'explode'],
      ['find', 'mark', '--yes'],
      ['find', 'set-realms', '--yes'],
      ['find', 'unmark', '--yes'],
      ['find', '--chunksize', 'many'],
    ]) {
      const result = await janitor(...args)
      expect(result.status, args.join(' ')).to.equal(2)
      expect(result.stdout).to.equal('')
    }
    expect(await changes()).to.deep.equal({})
  })
})

describe('unused tokens', () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  it('are listed and changed in the words of the original, also with its breaker and undo file off', async () => {
    const old = (...args: string[]) =>
      instance.run('privacyidea-get-unused-tokens', args, {env: {XDG_STATE_HOME: instance.path('state')}})

    const listed = await old('list', '1s')
    const [header, line, ...tokens] = listed.stdout.trimEnd().split('\n')
    const disabled = await old('disable', '1s')

    expect([header, line]).to.deep.equal(['Token serial\tLast authentication', '='.repeat(42)])
    expect(tokens).to.have.length.greaterThan(0)
    for (const row of tokens) expect(row).to.match(/^[^\t]+\t\d{4}-\d\d-\d\d /)
    for (const row of tokens) expect(disabled.stdout).to.include(`Token ${row.split('\t')[0]} disabled.\n`)
    expect(existsSync(instance.path('state'))).to.equal(false)
    expect((await instance.manage(['token-janitor', 'unused', 'list', 'soon'])).status).to.equal(2)
  })
})

describe('exports of the token janitor', () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  const find = (...args: string[]): Promise<ProgramResult> =>
    instance.manage(['token-janitor', 'find', 'export', ...args], {showsSecrets: true})

  it('are one encrypted document, whose key is in a file of its own and reads it back', async () => {
    const [file, key] = [instance.path('tokens.xml'), instance.path('tokens.key')]

    const exported = await find('--where', 'type = totp', '--output', file, '--keyfile', key, '--json')
    const read = await instance.manage([
      'import',
      'tokens',
      file,
      '--preshared-key-file',
      key,
      '--dry-run',
      '--existing',
      'skip',
      '--json',
    ])

    expect(exported.json<{written: number}>().written).to.equal(9)
    expect(statSync(key).mode & 0o777).to.equal(0o600)
    expect(readFileSync(file, 'utf8').match(/<(?:\w+:)?KeyContainer\b/g)).to.have.length(1)
    expect(read.json<{summary: {total: number; refused: number}}>().summary).to.include({total: 9, refused: 0})
  })

  it('show secrets in clear only when asked, and leave no key without its document', async () => {
    const key = instance.path('lonely.key')
    const clear = await find('--serial', '^OATHSHA18$', '--format', 'oath-csv', '--plain')

    expect((await find('--format', 'yaml')).status).to.equal(2)
    expect((await find('--serial', 'x')).status).to.equal(2)
    expect((await find('--output', instance.config, '--keyfile', key)).status).to.equal(1)
    expect(existsSync(key)).to.equal(false)
    expect(clear.stdout).to.match(/^OATHSHA18, [0-9a-f]{40}, hotp, 8, 0/)
  })

  it('find the token that shows a value, and change nothing', async () => {
    const byOtp = (...args: string[]) => instance.manage(['token', 'find-by-otp', ...args, '--json'])

    const found = await byOtp('81600937')
    const again = await byOtp('81600937', '--type', 'hotp', '--assigned')

    expect(found.json()).to.deep.equal({searched: 77, tokens: [{serial: 'OATHSHA18', counter: 1}], unreadable: []})
    expect(again.json<{tokens: object[]}>().tokens).to.have.length(1)
    expect((await byOtp('81600937', '--unassigned')).status).to.equal(1)
    expect((await instance.run('privacyidea-get-serial', ['byotp', '--otp', '81600937'])).stdout).to.equal(
      readFileSync(instance.path('exports/get_serial.txt'), 'utf8'),
    )
  })
})
