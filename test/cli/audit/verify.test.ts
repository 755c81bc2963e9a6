import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import {fixture} from '../../support/folders.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'

interface Expected {
  audit: Record<string, {signature_valid: boolean; signature_valid_if_old_style_allowed: boolean}>
  audit_notes: {deleted_row: number; row_without_signature: number}
}

interface Verified {
  ok: boolean
  rows: number
  problems: {id: number; problem: string}[]
  gaps: {from: number; to: number; reason: string}[]
}

describe('audit verify on a recorded installation', () => {
  const {audit, audit_notes: notes} = JSON.parse(
    readFileSync(fixture('interop/privacyidea-3.8/expect.json'), 'utf8'),
  ) as Expected
  let instance: Instance
  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })
  after(() => instance.remove())

  for (const [flags, fact] of [
    [[], 'signature_valid'],
    [['--old-signatures'], 'signature_valid_if_old_style_allowed'],
  ] as const) {
    it(`agrees with what the original says of every row ${flags.join(' ')}`, async () => {
      const result = await instance.manage(['audit', 'verify', '--json', '--threads', '2', ...flags])

      const {rows, problems, gaps, ok} = result.json<Verified>()
      const wrong = Object.keys(audit).filter((id) => !audit[id]![fact])
      expect(problems.map(({id}) => String(id))).to.deep.equal(wrong)
      expect(problems.find(({problem}) => problem === 'unsigned')?.id).to.equal(notes.row_without_signature)
      expect(gaps).to.deep.equal([{from: notes.deleted_row, to: notes.deleted_row, reason: 'middle'}])
      expect([rows, ok, result.status]).to.deep.equal([Object.keys(audit).length, false, 3])
    })
  }

  it('notices after a checkpoint that the end was cut off', async () => {
    const made = await instance.manage(['audit', 'checkpoint', '--accept-gaps'])
    await instance.sql(['DELETE FROM pidea_audit WHERE id > 30'])

    const {stdout, status} = await instance.manage(['audit', 'verify', '--old-signatures'])

    expect(made.status, made.stderr).to.equal(0)
    expect(status).to.equal(3)
    expect(stdout).to.include('Rows 31 to 33 are missing (tail).')
  })
})
