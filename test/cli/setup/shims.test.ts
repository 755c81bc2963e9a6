import {execFileSync} from 'node:child_process'
import {lstatSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {shimFile, shimNames, type ShimOutcome} from '../../../src/cli/shims.js'
import {projectRoot, temporaryFolder} from '../../support/folders.js'
import {programEnv, runProgram} from '../../support/program.js'

describe('pi-manage setup shims', () => {
  it('has a file in bin/ for every old name, and no other', () => {
    const expected = shimNames().map((name) => shimFile(projectRoot, name))
    const found = readdirSync(join(projectRoot, 'bin'))
      .filter((name) => !['dev.js', 'program.js', 'run.js'].includes(name))
      .map((name) => join(projectRoot, 'bin', name))

    expect(found).to.have.members(expected)
    for (const [at, file] of expected.entries()) {
      expect(readFileSync(file, 'utf8')).to.include(`runProgram('${shimNames()[at]}')`)
      expect(lstatSync(file).mode & 0o111, file).to.not.equal(0)
    }
  })

  it('makes links that work, keeps what is there, and takes them away again', async () => {
    const folder = temporaryFolder('shims')
    writeFileSync(join(folder, 'privacyidea-cron'), 'of the server')
    const shims = async (...more: string[]) => {
      const result = await runProgram('pi-manage', ['setup', 'shims', folder, '--json', ...more])
      return {status: result.status, ...result.json<{shims: ShimOutcome[]}>()}
    }

    const made = await shims()
    const help = execFileSync(join(folder, 'privacyidea-token-janitor'), ['find', '--help'], {
      encoding: 'utf8',
      env: programEnv({}),
    })
    const again = await shims('--only', 'edumfa-manage')
    const removed = await shims('--remove')

    expect(made.status).to.equal(7)
    expect(made.shims.filter(({outcome}) => outcome === 'taken')).to.deep.equal([
      {name: 'privacyidea-cron', outcome: 'taken'},
    ])
    expect(help).to.match(/USAGE/)
    expect([again.status, again.shims]).to.deep.equal([0, [{name: 'edumfa-manage', outcome: 'kept'}]])
    expect(removed.shims.filter(({outcome}) => outcome === 'removed')).to.have.length(shimNames().length - 1)
    expect(readdirSync(folder)).to.deep.equal(['privacyidea-cron'])
  })

  it('ends with 2 when the folder is not there', async () => {
    expect((await runProgram('pi-manage', ['setup', 'shims', '/nonexistent'])).status).to.equal(2)
  })
})
