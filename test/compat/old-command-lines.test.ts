import {readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {fixture, temporaryFolder} from '../support/folders.js'
import {fixtureInstance} from '../support/instance.js'
import {runProgram, type ProgramOptions} from '../support/program.js'

interface Step {
  command: string[]
  exit_status: number
  stdout: string
}

const actions = JSON.parse(readFileSync(fixture('interop/privacyidea-3.8/actions/actions.json'), 'utf8')) as {
  name: string
  steps: Step[]
}[]

describe('command lines of the original, as they are documented', () => {
  describe('make an installation', () => {
    const folder = temporaryFolder('old')
    const config = join(folder, 'pi.cfg')
    const file = (name: string) => join(folder, name)
    const run = (line: string, options: ProgramOptions = {}) => {
      const [program = '', ...args] = line.split(' ')
      return runProgram(program, args, {cwd: folder, ...options, env: {PRIVACYIDEA_CONFIGFILE: config}})
    }
    const mode = (name: string) => statSync(file(name)).mode & 0o777

    before(() => {
      const settings = {
        PI_AUDIT_KEY_PRIVATE: file('private.pem'),
        PI_AUDIT_KEY_PUBLIC: file('public.pem'),
        PI_ENCFILE: file('enckey'),
        PI_PEPPER: 'pepper',
        SECRET_KEY: 'secret',
        SQLALCHEMY_DATABASE_URI: `sqlite:///${file('data.sqlite')}`,
      }
      writeFileSync(
        config,
        Object.entries(settings)
          .map(([key, value]) => `${key} = '${value}'\n`)
          .join(''),
      )
    })

    it('pi-manage create_enckey', async () => {
      const made = await run('pi-manage create_enckey')
      const again = await run('pi-manage create_enckey')

      expect(made.status).to.equal(0)
      expect(made.stdout).to.equal(
        `\nEncryption key written to ${file('enckey')}\nThe file permission of ${file('enckey')} was set to 400!\n` +
          'Please ensure, that it is owned by the right user.   \n',
      )
      expect([mode('enckey'), statSync(file('enckey')).size]).to.deep.equal([0o400, 96])
      expect(again.status).to.equal(1)
    })

    it('pi-manage encrypt_enckey, fed by a pipe as scripts do', async () => {
      const encrypted = await run(`pi-manage encrypt_enckey ${file('enckey')}`, {
        stdin: 'canary-enckey-password-Zt9x\ncanary-enckey-password-Zt9x\n',
      })
      const different = await run(`pi-manage encrypt_enckey ${file('enckey')}`, {stdin: 'one\ntwo\n'})

      expect(encrypted.status, encrypted.stderr).to.equal(0)
      expect(encrypted.stdout).to.match(/^[0-9a-f]{32}:[0-9a-f]{416}\n$/)
      expect(different.status).to.equal(1)
    })

    it('pi-manage create_audit_keys', async () => {
      const {status, stdout} = await run('pi-manage create_audit_keys')

      expect(status).to.equal(0)
      expect(stdout).to.match(/^Signing keys written to .*private\.pem and .*public\.pem\n/)
      expect(mode('private.pem')).to.equal(0o400)
    })

    it('pi-manage create_tables, with and without -s, and db stamp head -d DIR', async () => {
      for (const line of [
        'create_tables',
        'create_tables -s',
        'createdb',
        'db stamp head -d /opt/privacyidea/migrations',
      ]) {
        const {status, stderr} = await run(`pi-manage ${line}`)
        expect(status, `${line}: ${stderr}`).to.equal(0)
      }
      const status = await run('pi-manage db current --json')

      expect(status.json()).to.include({clean: true, product: 'privacyidea', version: '3.8'})
    })

    it('pi-manage admin add admin -e admin@localhost, and a login of that administrator', async () => {
      const added = await run('pi-manage admin add admin -e admin@localhost', {
        stdin: 'canary-admin-password-7Hq2\ncanary-admin-password-7Hq2\n',
      })
      const verified = await run('pi-manage admin verify admin --password-stdin', {
        stdin: 'canary-admin-password-7Hq2\n',
      })

      expect([added.status, verified.status], added.stderr).to.deep.equal([0, 0])
      expect((await run('pi-manage admin list')).stdout).to.match(/admin.*admin@localhost/)
    })

    it('pi-manage api createtoken', async () => {
      for (const role of ['validate', 'admin']) {
        const {status, stdout} = await run(`pi-manage api createtoken -r ${role}`)
        expect(status).to.equal(0)
        expect(stdout)
          .to.match(new RegExp(`^Role: {7}${role}$`, 'm'))
          .and.match(/^Auth-Token: [\w-]+\.[\w-]+\.[\w-]+$/m)
      }
    })

    it('pi-manage token import FILE, and what the janitor finds then', async () => {
      const imported = await run(`pi-manage token import ${fixture('interop/privacyidea-3.8/imports/oath_v1.csv')}`)
      const found = await run('privacyidea-token-janitor find --csv --tokentype totp')
      const early = await run('privacyidea-token-janitor find --last_auth 10d --csv')

      expect(imported.status, imported.stderr).to.equal(0)
      expect(found.stdout.split('\n').filter((line) => line.startsWith("'IMPT"))).to.have.length(5)
      expect([early.status, early.stdout]).to.deep.equal([0, ''])
    })

    it('pi-manage drop_tables --dropit==yes', async () => {
      const kept = await run('pi-manage drop_tables')
      const dropped = await run('pi-manage drop_tables --dropit==yes')
      const {status} = await run('pi-manage admin list')

      expect(kept.stdout).to.equal('Not dropping anything!\n')
      expect(dropped.stdout).to.equal('Dropping all database tables!\n')
      expect(status).to.equal(2)
    })
  })

  it('pi-manage validate USER PASSWORD prints what the original printed', async () => {
    const instance = await fixtureInstance('privacyidea-3.8')
    const {steps} = actions.find((action) => action.name === 'validate')!

    for (const {command, stdout} of steps) {
      const [program = '', ...args] = command
      const result = await instance.run(program, args)
      expect(result.stdout, command.join(' ')).to.equal(stdout)
      // The original ends with 0 whatever comes out; scripts could not tell a login from a refusal.
      expect(result.status).to.equal(stdout.startsWith('RESULT=True') ? 0 : 1)
    }
    instance.remove()
  })
})
