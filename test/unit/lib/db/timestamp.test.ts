import {expect} from 'chai'
import fc from 'fast-check'
import {newTimestamp} from '../../../../src/lib/db/open-database.js'

/** When a server reloads (spec/01 §7): the comparison is textual. */
const reloads = (stored: string, lastLoad: number) => stored >= String(lastLoad)

describe('the configuration timestamp', () => {
  const now = 1_675_168_496_789

  it('is whole seconds, or with a fraction for releases that write one', () => {
    expect(newTimestamp(undefined, now, false)).to.equal('1675168496')
    expect(newTimestamp(undefined, now, true)).to.equal('1675168496.789')
    expect(newTimestamp('', 1_675_168_496_000, true)).to.equal('1675168496.0')
  })

  it('never goes back behind what another host has written', () => {
    expect(newTimestamp('1675168999', now, false)).to.equal('1675168999')
    expect(newTimestamp('1675168999.5', now, true)).to.equal('1675168999.5')
    expect(newTimestamp('1675168400', now, false)).to.equal('1675168496')
  })

  it('replaces what is no number', () => {
    for (const stored of ['2016-01-01 10:00', 'x', 'NaN', 'Infinity'])
      expect(newTimestamp(stored, now, false)).to.equal('1675168496')
  })

  it('makes every server reload that loaded before', () => {
    const seconds = fc.integer({min: 1_500_000_000, max: 1_900_000_000})
    fc.assert(
      fc.property(seconds, fc.nat(999), fc.option(seconds), fc.boolean(), (second, ms, stored, fraction) => {
        const written = newTimestamp(stored === null ? undefined : String(stored), second * 1000 + ms, fraction)
        expect(reloads(written, second)).to.equal(true)
        if (stored !== null) expect(reloads(written, stored)).to.equal(true)
      }),
    )
  })
})
