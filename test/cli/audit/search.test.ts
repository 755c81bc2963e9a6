import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import {Clock} from '../../support/clock.js'
import {fixture} from '../../support/folders.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'

describe('audit dump, search and stats', () => {
  const made = 1_795_324_007
  let instance: Instance
  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  for (const [args, file] of [
    [[], 'audit_dump.csv'],
    [['-t', '30d'], 'audit_dump_30d.csv'],
  ] as const) {
    it(`dump ${args.join(' ')} is the original's, byte for byte`, async () => {
      const {stdout, stderr, status} = await instance.run('pi-manage', ['audit', 'dump', ...args], {
        clock: new Clock(made),
      })

      expect([status, stderr]).to.deep.equal([0, ''])
      expect(stdout).to.equal(readFileSync(fixture('interop/privacyidea-3.8/exports', file), 'utf8'))
    })
  }

  it('dumps into a file, and filtered as CSV with a header', async () => {
    const file = instance.path('dump.csv')

    const {status} = await instance.manage(['audit', 'dump', '-f', file, '--user', 'alice', '--success'])

    const lines = readFileSync(file, 'utf8').trim().split('\r\n')
    expect(status).to.equal(0)
    expect(lines[0]).to.match(/^id,date,signature,neighbours,action,/)
    expect(lines.slice(1).every((line) => line.includes('alice') && line.includes(',yes,'))).to.equal(true)
    expect(lines.length).to.be.greaterThan(3)
  })

  it('writes CEF with escaped values', async () => {
    await instance.sql([`UPDATE pidea_audit SET info = 'a=b\\|c' || char(10) || 'd' WHERE id = 4`])

    const {stdout} = await instance.manage(['audit', 'search', '--where', 'number=4', '--output-format', 'cef'])

    expect(stdout).to.match(
      /^CEF:0\|privacyIDEA\|privacyIDEA\|3\.8\|POST \/validate\/check\|POST \/validate\/check\|2\|rt=\d{13} /,
    )
    expect(stdout)
      .to.include(String.raw`msg=a\=b\\|c\nd cs1Label=serial cs1=OATHSQL1`)
      .and.include('duser=sql01')
    expect(stdout.split('\n')).to.have.length(2)
  })

  it('makes a report that needs nothing from elsewhere', async () => {
    await instance.sql([`UPDATE pidea_audit SET user = '<script>alert(1)</script>' WHERE id = 4`])
    const file = instance.path('report.html')

    const {stdout, status, stderr} = await instance.manage(['audit', 'stats', '--html', file])

    const html = readFileSync(file, 'utf8')
    expect(status, stderr).to.equal(0)
    expect(stdout)
      .to.include('POST /validate/check')
      .and.match(/^32 rows, \d+ failed/)
    expect(html).to.include('&lt;script&gt;').and.include('<svg')
    expect(html).not.to.match(/<script|src=|href=|url\(|@import/)
  })
})
