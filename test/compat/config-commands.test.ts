import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import {withoutScimSecret} from '../support/replay-commands/corrected.js'
import {fixtureInstance, type Instance} from '../support/instance.js'

interface Recorded {
  file: string
  command: string[]
  exit_status: number
}

/** Recorded commands of pi-manage that read the configuration; each is run under its old name. */
const wanted = /^(policy|event|config|realm|resolver) /

describe('reading commands of 3.8 under the old name', () => {
  let instance: Instance
  const recorded = (
    JSON.parse(
      readFileSync(new URL('../fixtures/interop/privacyidea-3.8/exports/commands.json', import.meta.url), 'utf8'),
    ) as Recorded[]
  ).filter(({command}) => command[0] === 'pi-manage' && wanted.test(command.slice(1).join(' ')))

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  after(() => instance.remove())

  it('finds the recorded commands', () => {
    expect(recorded.length).to.be.greaterThan(15)
  })

  for (const {command, file} of recorded) {
    // the original ends with a traceback where a task has run; spec/03-cli.md F 13
    const mended =
      file === 'config_exporter.json' ||
      file.startsWith('config_exporter_periodictask') ||
      file === 'config_exporter.py.txt'
    it(`${command.join(' ')}${mended ? ' (mended)' : ''}`, async () => {
      const result = await instance.run('pi-manage', command.slice(1), {
        env: {PI_MANAGE_SHIM: '1'},
        // The exporter of 3.8 prints the passwords of servers, and under its name so do we.
        showsSecrets: true,
      })

      expect(result.status, result.stderr).to.equal(0)
      const theirs = instance.path('exports', file)
      if (mended) expect(result.stdout).to.include('2024-02-03T03:15:01')
      else {
        const text = withoutScimSecret(readFileSync(theirs, 'utf8').replaceAll('@FIXTURE@', instance.folder), command)
        expect(result.stdout).to.equal(text.replace('2024-02-03 03:15:01+00:00', "'2024-02-03T03:15:01+00:00'"))
      }
    })
  }
})
