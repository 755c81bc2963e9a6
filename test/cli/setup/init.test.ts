import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect} from 'chai'
import {temporaryFolder} from '../../support/folders.js'
import {programEnv, programFile, runProgram} from '../../support/program.js'

const password = 'canary-admin-password-7Hq2'

describe('pi-manage setup init', () => {
  const folder = temporaryFolder('setup')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${password}\n`, {mode: 0o600})

  it('makes an installation that every other command can use, and is idempotent', async () => {
    const directory = join(folder, 'one')
    const args = ['setup', 'init', directory, '--admin', 'alice', '--password-file', passwordFile, '--json']

    const first = await runProgram('pi-manage', args)
    const second = await runProgram('pi-manage', args)

    expect(first.status, first.stderr).to.equal(0)
    const made = first.json()
    expect(made).to.include({admin: 'alice', administrators: 1, config: join(directory, 'pi.cfg'), directory})
    expect(made['made']).to.deep.equal(['config', 'enckey', 'auditKeys', 'tables', 'admin'])
    expect(second.json()['kept']).to.deep.equal(made['made'])
    expect(readdirSync(directory).sort()).to.deep.equal([
      'data.sqlite',
      'enckey',
      'pi.cfg',
      'private.pem',
      'public.pem',
    ])
    const status = await runProgram('pi-manage', ['db', 'status', '--json', '--config', directory])
    expect(status.json()).to.include({clean: true, version: '3.8'})
    expect(first.stdout + first.stderr + second.stdout + second.stderr).to.not.include(password)
  })

  it('takes the password from the standard input, and makes no administrator when nobody can be asked', async () => {
    const piped = await runProgram('pi-manage', ['setup', 'init', join(folder, 'two'), '--password-stdin', '--json'], {
      stdin: `${password}\n`,
    })
    const bare = await runProgram('pi-manage', ['setup', 'init', join(folder, 'three')])

    expect(piped.json()).to.include({admin: 'admin', administrators: 1})
    expect(bare.status).to.equal(0)
    expect(bare.stderr).to.match(/no administrator yet/)
  })

  it('refuses what cannot work before it makes anything', async () => {
    const rows: [string[], number][] = [
      [['--admin', 'bob'], 2],
      [['--no-admin', '--password-file', passwordFile], 2],
      [['--password-file', '/nonexistent'], 2],
      [['--password-stdin', '--password-file', passwordFile], 2],
    ]
    for (const [args, status] of rows) {
      const result = await runProgram('pi-manage', ['setup', 'init', join(folder, 'never'), ...args])
      expect(result.status, args.join(' ')).to.equal(status)
    }

    expect(existsSync(join(folder, 'never'))).to.equal(false)
  })

  it('is completed by a second run after it was killed at any moment', async function () {
    this.timeout(240_000)
    for (let round = 0; round < 8; round++) {
      const directory = join(folder, `killed-${round}`)
      const args = ['setup', 'init', directory, '--admin', 'alice', '--password-file', passwordFile]
      const child = spawn(process.execPath, [programFile('pi-manage'), ...args], {env: programEnv({}), stdio: 'ignore'})
      const closed = once(child, 'close')
      await sleep(250 + round * 150)
      child.kill('SIGKILL')
      await closed
      const config = join(directory, 'pi.cfg')
      const before = existsSync(config) ? readFileSync(config, 'utf8') : undefined

      const again = await runProgram('pi-manage', [...args, '--json'])

      expect(again.status, again.stderr).to.equal(0)
      if (before !== undefined) expect(readFileSync(config, 'utf8')).to.equal(before)
      expect(again.json()).to.include({administrators: 1})
      expect(readdirSync(directory).filter((name) => name.includes('.new-'))).to.deep.equal([])
      expect(statSync(join(directory, 'enckey')).size).to.equal(96)
      const status = await runProgram('pi-manage', ['db', 'status', '--json', '--config', directory])
      expect(status.json()).to.include({clean: true})
    }
  })
})

describe('pi-manage setup fix-permissions', () => {
  it('finds files that others can read, and mends them', async () => {
    const directory = temporaryFolder('rights')
    await runProgram('pi-manage', ['setup', 'init', directory])
    for (const name of ['pi.cfg', 'enckey', 'private.pem', 'data.sqlite']) chmodSync(join(directory, name), 0o644)
    const fix = (...more: string[]) =>
      runProgram('pi-manage', ['setup', 'fix-permissions', '--config', directory, '--json', ...more])
    const modes = () =>
      ['pi.cfg', 'enckey', 'private.pem', 'data.sqlite'].map((name) =>
        (statSync(join(directory, name)).mode & 0o777).toString(8),
      )

    const looked = await fix('--check')
    const untouched = modes()
    const mended = await fix()
    const again = await fix('--check')

    expect([looked.status, mended.status, again.status]).to.deep.equal([4, 0, 0])
    expect(looked.json<{findings: unknown[]}>().findings).to.have.length(4)
    expect(untouched).to.deep.equal(['644', '644', '644', '644'])
    expect(modes()).to.deep.equal(['640', '400', '400', '640'])
  })

  it('knows when a user does not exist', async () => {
    const directory = temporaryFolder('rights')
    await runProgram('pi-manage', ['setup', 'init', directory])

    const {status} = await runProgram('pi-manage', [
      'setup',
      'fix-permissions',
      '--config',
      directory,
      '--owner',
      'nosuch-user',
    ])

    expect(status).to.equal(1)
  })
})
