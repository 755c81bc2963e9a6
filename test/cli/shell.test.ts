import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, writeFileSync} from 'node:fs'
import {createServer, type AddressInfo} from 'node:net'
import {join} from 'node:path'
import {expect} from 'chai'
import {temporaryFolder} from '../support/folders.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {programEnv, programFile, runProgram, type ProgramResult} from '../support/program.js'

interface Failure {
  error: {code: string; message: string; hints: string[]}
}

/** Status, code and message are the same with and without --json; no stack is shown. */
async function failsAlike(args: readonly string[], status: number, code: string, message: RegExp): Promise<void> {
  const plain = await runProgram('pi-manage', args)
  const json = await runProgram('pi-manage', [...args, '--json'])

  expect([plain.status, json.status], plain.stderr).to.deep.equal([status, status])
  expect(plain.stdout).to.equal('')
  expect(plain.stderr)
    .to.match(/^Error: /m)
    .and.match(message)
  expect(plain.stderr).to.not.match(/\n\s+at /)
  const {error} = json.json<Failure>()
  expect(error.code).to.equal(code)
  expect(error.message).to.match(message)
  expect(error.hints).to.be.an('array')
}

describe('the shell of the command line', () => {
  let instance: Instance

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  after(() => instance.remove())

  it('shows its version in a moment, and help with status 0', async () => {
    const started = performance.now()
    const version = await runProgram('pi-manage', ['--version'])
    const tookMs = performance.now() - started

    expect(version.stdout).to.match(/^pi-manage\/\d+\.\d+\.\d+ /)
    // The target is 150 ms on a machine that does nothing else; tests run beside others.
    expect(tookMs).to.be.lessThan(1500)
    for (const args of [
      [],
      ['--help'],
      ['-h'],
      ['-?'],
      ['help'],
      ['token'],
      ['token', '--help'],
      ['token', 'list', '-?'],
    ]) {
      const {status, stderr, stdout} = await runProgram('pi-manage', args)
      expect([status, stderr], args.join(' ')).to.deep.equal([0, ''])
      expect(stdout, args.join(' ')).to.match(/USAGE/)
    }
  })

  describe('ends usage errors with 2', () => {
    const rows: [string, RegExp][] = [
      ['nosuch', /There is no command 'nosuch'/],
      ['tokn list', /There is no command 'tokn list'/],
      ['token nosuch', /There is no command 'token nosuch'/],
      ['db status extra', /'db status' takes no such argument: extra/],
      ['token list --nosuch', /Nonexistent flag: --nosuch/],
      ['token show', /Missing 1 required arg: serial/],
      ['token list --output-format pdf', /Expected --output-format=pdf to be one of/],
      ['setup init', /Missing 1 required arg: directory/],
      ['runserver', /'runserver' is not part of this tool/],
    ]
    for (const [line, message] of rows) {
      it(line, () => failsAlike(line.split(' '), 2, 'USAGE', message))
    }

    it('and says what was probably meant', async () => {
      expect((await runProgram('pi-manage', ['tokn', 'list'])).stderr).to.match(/Did you mean: pi-manage token list/)
    })
  })

  it('ends configuration errors with 2, naming the place', async () => {
    const folder = temporaryFolder('shell')
    const broken = join(folder, 'broken.cfg')
    writeFileSync(broken, 'PI_NODE = 1\nX = (1,\n')
    const partly = join(folder, 'partly.cfg')
    writeFileSync(partly, 'import os\nSQLALCHEMY_DATABASE_URI = os.environ["NOT_SET"]\n')

    await failsAlike(['db', 'status', '--config', '/nonexistent.cfg'], 2, 'CONFIG', /\/nonexistent\.cfg cannot be read/)
    await failsAlike(['db', 'status', '--config', folder], 2, 'CONFIG', /no pi\.cfg or edumfa\.cfg/)
    await failsAlike(['db', 'status', '--config', broken], 2, 'CONFIG', /broken\.cfg, line 2, column 5/)
    await failsAlike(['db', 'status', '--config', partly], 2, 'CONFIG', /partly\.cfg, line 2.*NOT_SET/)
  })

  it('ends what is not there with 1, and a database that does not answer with 6', async () => {
    await failsAlike(['token', 'show', 'NOSUCH', '--config', instance.config], 1, 'NOT_FOUND', /'NOSUCH'/)
    const uri = 'postgresql://u:canary-admin-password-7Hq2@127.0.0.1:1/db'
    await failsAlike(['db', 'status', '--db-uri', uri], 6, 'UNAVAILABLE', /database/i)
  })

  it('reads the configuration that the environment names', async () => {
    const {status} = await runProgram('pi-manage', ['db', 'status'], {env: {PRIVACYIDEA_CONFIGFILE: instance.config}})
    const byFlag = await runProgram('pi-manage', ['--pi-config', instance.config, 'db', 'status', '--json'])

    expect(status).to.equal(0)
    expect(byFlag.json()).to.include({product: 'privacyidea', version: '3.8'})
  })

  it('shows lists in the form asked for, plain when piped', async () => {
    const list = (format: string) => instance.manage(['token', 'list', 'OATHUNASS1', '--output-format', format])

    expect((await list('table')).stdout.split('\n')[0]!.split('\t').length).to.be.greaterThan(3)
    expect((await list('csv')).stdout).to.match(/\r\nOATHUNASS1,/)
    expect((await list('yaml')).stdout).to.match(/OATHUNASS1/)
    expect((await list('json')).json<{tokens: {serial: string}[]}>().tokens[0]?.serial).to.equal('OATHUNASS1')
  })

  it('never asks without a terminal, and never under an old name', async () => {
    const asked = await instance.manage(['token', 'delete', 'OATHUNASS1'])
    const old = await instance.run('edumfa-manage', ['token', 'delete', 'OATHUNASS1', '--config', instance.config])

    expect(asked.status).to.equal(2)
    expect(asked.stderr).to.match(/Add --yes/)
    expect([old.status, old.stderr]).to.deep.equal([0, ''])
  })

  describe('with signals and pipes', () => {
    it('ends with 130 on Ctrl-C', async () => {
      // Accepts connections and says nothing, so that the program has to wait.
      const silent = createServer(() => {})
      await once(silent.listen(0, '127.0.0.1'), 'listening')
      const {port} = silent.address() as AddressInfo
      const child = spawn(
        process.execPath,
        [programFile('pi-manage'), 'db', 'status', '--db-uri', `postgresql://u@127.0.0.1:${port}/x`],
        {env: programEnv({}), stdio: ['ignore', 'ignore', 'pipe']},
      )
      let stderr = ''
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      await once(silent, 'connection')

      child.kill('SIGINT')
      const [status] = (await once(child, 'close')) as [number]
      silent.close()

      expect([status, stderr]).to.deep.equal([130, '\nInterrupted.\n'])
    })

    it('survives a reader that goes away', async () => {
      const child = spawn(
        'sh',
        [
          '-c',
          `"${process.execPath}" "${programFile('pi-manage')}" token list --config "${instance.config}" 2>err.txt | head -n 1; exit "\${PIPESTATUS:-0}"`,
        ],
        {cwd: instance.folder, env: programEnv({})},
      )
      let stdout = ''
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))

      const [status] = (await once(child, 'close')) as [number]

      expect(status).to.equal(0)
      expect(stdout.split('\n')).to.have.length(2)
    })

    it('reads nothing from the standard input unasked', async () => {
      const {status} = await instance.manage(['token', 'show'], {stdin: 'OATHUNASS1\n'})

      expect(status).to.equal(2)
    })
  })

  describe('on a terminal', () => {
    /** Runs a program on a pseudo terminal and types `keys` as soon as `prompt` shows. */
    async function onTerminal(
      args: readonly string[],
      prompt: RegExp,
      keys: string,
    ): Promise<Pick<ProgramResult, 'status' | 'stdout'>> {
      const line = [process.execPath, programFile('pi-manage'), ...args].map((word) => `'${word}'`).join(' ')
      const child = spawn('script', ['-qefc', line, '/dev/null'], {
        cwd: instance.folder,
        env: {...programEnv({}), TERM: 'dumb'},
      })
      let stdout = ''
      let typed = false
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString()
        if (typed || !prompt.test(stdout)) return
        typed = true
        child.stdin.write(keys)
      })
      const [status] = (await once(child, 'close')) as [number]
      return {status, stdout}
    }

    it('asks before it destroys, and no means 130 and nothing changed', async () => {
      const answer = (keys: string) =>
        onTerminal(['token', 'delete', 'OATHSHA16', '--config', instance.config], /OATHSHA16.*\(y\/N\)/s, keys)

      const refused = await answer('n\r')
      const stays = await instance.manage(['token', 'show', 'OATHSHA16'])
      const accepted = await answer('y\r')
      const gone = await instance.manage(['token', 'show', 'OATHSHA16'])

      expect([refused.status, stays.status, accepted.status, gone.status], refused.stdout).to.deep.equal([130, 0, 0, 1])
    })

    it('ends with 130 on Ctrl-C at a question', async () => {
      const {status, stdout} = await onTerminal(
        ['token', 'delete', 'OATHUNASS1', '--config', instance.config],
        /\(y\/N\)/,
        '\u0003',
      )

      expect(status, stdout).to.equal(130)
    })
  })

  it('finds its files from any folder', async () => {
    const folder = temporaryFolder('shell')
    mkdirSync(join(folder, 'dist'))

    expect((await runProgram('pi-manage', ['token', 'list', '--help'], {cwd: folder})).status).to.equal(0)
  })
})
