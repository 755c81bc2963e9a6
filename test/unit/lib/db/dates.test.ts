import {expect} from 'chai'
import fc from 'fast-check'
import {durationOf, durationText, sixDigits, utcText} from '../../../../src/lib/db/dates.js'
import {pointInTime} from '../../../../src/lib/db/dialects/postgres.js'

describe('dates as text', () => {
  it('have six fraction digits', () => {
    expect(utcText(new Date('2024-02-29T12:34:56.789Z'))).to.equal('2024-02-29 12:34:56.789000')
    expect(sixDigits('2023-01-31 12:34:56')).to.equal('2023-01-31 12:34:56.000000')
    expect(sixDigits('2023-01-31 12:34:56.5')).to.equal('2023-01-31 12:34:56.500000')
    expect(sixDigits('2023-01-31 12:34:56.123456')).to.equal('2023-01-31 12:34:56.123456')
  })
})

describe('durations', () => {
  it('are the points in time of spec/01 §1.4', () => {
    expect(durationText(120)).to.equal('1970-01-01 00:00:00.000120')
    expect(durationText(86_403_000_005)).to.equal('1970-01-02 00:00:03.000005')
    expect(durationOf('1970-01-02 00:00:03.000005')).to.equal(86_403_000_005)
    expect(durationOf('gone')).to.equal(undefined)
  })

  it('are the same again after being written and read', () => {
    fc.assert(
      fc.property(fc.integer({min: -86_400_000_000 * 400, max: 86_400_000_000 * 40_000}), (microseconds) => {
        expect(durationOf(durationText(microseconds))).to.equal(microseconds)
      }),
    )
  })

  it('are read from the intervals of PostgreSQL', () => {
    expect(pointInTime('00:00:00.00012')).to.equal('1970-01-01 00:00:00.000120')
    expect(pointInTime('1 day 00:00:03.000005')).to.equal('1970-01-02 00:00:03.000005')
    expect(pointInTime('2 days')).to.equal('1970-01-03 00:00:00.000000')
    expect(pointInTime('-00:00:01')).to.equal('1969-12-31 23:59:59.000000')
    expect(pointInTime('1 mon')).to.equal('1 mon')
  })
})
