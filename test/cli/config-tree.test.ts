import {expect} from 'chai'
import {spawn} from 'node:child_process'
import {readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openApp} from '../../src/app.js'
import {DatabaseLock} from '../../src/lib/jobs/lock.js'
import {fixtureInstance, type Instance} from '../support/instance.js'

describe('config dump, diff, plan and apply', () => {
  let instance: Instance
  let tree: string

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    tree = instance.path('site')
    const dumped = await instance.manage(['config', 'dump', tree])
    expect(dumped.status, dumped.stderr).to.equal(0)
  })

  afterEach(() => instance.remove())

  const json = async (...args: string[]) =>
    JSON.parse((await instance.manage([...args, '--json'])).stdout) as Record<string, unknown>
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(join(tree, file), change(readFileSync(join(tree, file), 'utf8')))

  it('holds no password in clear, and changes nothing when applied as it is', async () => {
    const texts = readdirSync(tree, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('')
    const {passwords_set: passwords} = JSON.parse(readFileSync(instance.path('expect.json'), 'utf8')) as {
      passwords_set: Record<string, Record<string, unknown>>
    }

    expect(Object.keys(passwords)).not.to.deep.equal([])
    expect(texts).not.to.include('ZzvbJuT475C4j63pUg')
    expect(await json('config', 'apply', tree)).to.deep.equal({applied: true, changes: [], findings: []})
    expect((await instance.manage(['config', 'diff', tree])).status).to.equal(0)
  })

  it('shows a drift with status 4, applies only the difference and keeps comments', async () => {
    edit('policy/helpdesk.yaml', (text) => text.replace('priority: 2', 'priority: 4 # agreed'))

    const drift = await instance.manage(['config', 'diff', tree])
    expect(drift.status).to.equal(4)
    expect(drift.stdout).to.equal('~ policy helpdesk\n    priority: 2 -> 4\n')
    const before = await instance.query<{Value: string}>('SELECT "Value" FROM config WHERE "Key" = \'__timestamp__\'')
    expect((await json('config', 'apply', tree))['changes']).to.have.length(1)
    const after = await instance.query<{Value: string}>('SELECT "Value" FROM config WHERE "Key" = \'__timestamp__\'')
    expect(Number(after[0]!.Value)).to.be.at.least(Number(before[0]!.Value))
    expect((await json('config', 'dump', tree))['written']).to.deep.equal([])
    expect(readFileSync(join(tree, 'policy/helpdesk.yaml'), 'utf8')).to.include('# agreed')
  })

  it('deletes with --prune what this tree made, and nothing that others made', async () => {
    await instance.manage(['config', 'apply', tree])
    const made = await instance.manage(['policy', 'create', 'foreign', 'admin', 'enable'])
    expect(made.status, made.stderr).to.equal(0)
    rmSync(join(tree, 'policy/webui1.yaml'))

    const planned = (await json('config', 'plan', tree, '--prune'))['changes'] as {name: string; change: string}[]
    expect(planned.map(({change, name}) => `${change} ${name}`)).to.deep.equal(['delete webui1'])
    const refused = await instance.manage(['config', 'apply', tree, '--prune'])
    expect(refused.status).to.equal(2)
    const done = await instance.manage(['config', 'apply', tree, '--prune', '--yes'])
    expect(done.status, done.stderr).to.equal(0)
    expect(await instance.query("SELECT name FROM policy WHERE name IN ('webui1', 'foreign')")).to.deep.equal([
      {name: 'foreign'},
    ])
  })

  it('takes another installation as it takes a folder, and tells the audit log of every change', async () => {
    const other = await fixtureInstance('privacyidea-3.8')
    try {
      await other.manage(['policy', 'edit', 'helpdesk', '--priority', '7', '--force'])
      await other.manage(['event', 'reorder', 'count auth', '8'])

      const drift = await instance.manage(['config', 'diff', '--from', other.config])
      const applied = await instance.manage(['config', 'apply', '--from', other.config])

      expect(drift.status, drift.stderr).to.equal(4)
      expect(applied.status, applied.stderr).to.equal(0)
      expect((await instance.manage(['config', 'diff', '--from', other.config])).status).to.equal(0)
      const rows = await instance.query<{info: string}>(
        "SELECT info FROM pidea_audit WHERE action = 'CLI config apply' AND signature <> '' ORDER BY id",
      )
      expect(rows.map(({info}) => info)).to.include.members([
        'update policy helpdesk: priority',
        'update event count auth: ordering',
      ])
    } finally {
      other.remove()
    }
  })

  it('waits for nobody: a second run at the same time ends with status 5', async () => {
    const app = await openApp({configFile: instance.config, env: {}})
    const lock = await DatabaseLock.acquire(await app.database(), {name: 'config', work: 'another run'})
    try {
      const result = await instance.manage(['config', 'apply', tree])

      expect(result.status).to.equal(5)
      expect(result.stderr).to.include('another run')
    } finally {
      await lock.release()
      await app.close()
    }
  })

  it('keeps a reference to a secret while it names the stored one', async () => {
    const file = 'smtp-server/mail1.yaml'
    edit(file, (text) => text.replace(/password: .*/, `password: file:${tree}/secret # from the vault`))
    const clear = await instance.manage(['config', 'export', '-t', 'smtp-server', '-n', 'mail1', '-p'], {
      showsSecrets: true,
    })
    const stored = JSON.parse(clear.stdout) as {smtpserver: {mail1: {password: string}}}
    writeFileSync(join(tree, 'secret'), `${stored.smtpserver.mail1.password}\n`)

    expect((await json('config', 'apply', tree))['changes']).to.deep.equal([])
    expect((await json('config', 'dump', tree))['written']).to.deep.equal([])
    expect(readFileSync(join(tree, file), 'utf8')).to.include('# from the vault')
  })

  it('names file and field of a mistake and changes nothing', async () => {
    edit('policy/helpdesk.yaml', (text) => text.replace('priority: 2', 'priority: high'))

    const result = await instance.manage(['config', 'apply', tree])

    expect(result.status).to.equal(2)
    expect(result.stderr).to.match(/policy\/helpdesk\.yaml: The policy 'helpdesk' is not valid \(priority\)/)
  })

  it('leaves the old or the new state when it is killed', async function () {
    this.timeout(120_000)
    const states = new Set<string>()
    const state = async (): Promise<string> =>
      JSON.stringify(await instance.query('SELECT name, priority FROM policy ORDER BY id'))
    const old = await state()
    for (const file of readdirSync(join(tree, 'policy'))) {
      edit(`policy/${file}`, (text) =>
        /^priority: /m.test(text) ? text.replace(/^priority: .*/m, 'priority: 9') : `${text}priority: 9\n`,
      )
    }
    const wanted = JSON.stringify((JSON.parse(old) as {name: string}[]).map(({name}) => ({name, priority: 9})))
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, ['bin/run.js', 'config', 'apply', tree, '--config', instance.config], {
        stdio: 'ignore',
      })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      setTimeout(() => child.kill('SIGKILL'), 300 + round * 90)
      await ended
      states.add(await state())
    }
    const last = await instance.manage(['config', 'apply', tree])
    expect(last.status, last.stderr).to.equal(0)
    states.add(await state())

    expect(await state()).to.equal(wanted)
    expect([...states].every((seen) => seen === old || seen === wanted)).to.equal(true)
  })
})
