import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import {epochMicroseconds, givenDate, readDate, storedDate, type WrittenDate} from '../../../../src/lib/python/dates.js'

const today = new Date(2025, 2, 3)
const vectors = JSON.parse(readFileSync('test/fixtures/python/dates.json', 'utf8')) as [string, string | null][]

describe('dates as Python reads them', () => {
  for (const [text, expected] of vectors) {
    it(`reads ${JSON.stringify(text)} as ${expected ?? 'no date'}`, () => {
      const date = readDate(text, {today})

      expect(date ? written(date) : null).to.equal(expected)
    })
  }

  it('knows microseconds and zones', () => {
    const date = readDate('2025-03-01 13:31:00.123456+01:00', {today})!

    expect(epochMicroseconds(date, 'local')).to.equal(Date.UTC(2025, 2, 1, 12, 31) * 1000 + 123_456)
  })

  it('takes a given date without zone as local time', () => {
    expect(givenDate('2025-01-31', {today, ambiguous: 'refuse'})).to.equal(new Date(2025, 0, 31).getTime() * 1000)
  })

  it('refuses a given date that can mean two days, unless asked to read month first', () => {
    expect(() => givenDate('01/02/2021', {today, ambiguous: 'refuse'})).to.throw('two days')
    expect(givenDate('01/02/2021', {today, ambiguous: 'month-first'})).to.equal(new Date(2021, 0, 2).getTime() * 1000)
  })

  it('reads the old form of stored dates with the day in front', () => {
    expect(storedDate('01/02/21 10:00', today)).to.equal(new Date(2021, 1, 1, 10).getTime() * 1000)
  })
})

function written(date: WrittenDate): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const {offsetSeconds} = date
  const fraction = date.microsecond === 0 ? '' : `.${String(date.microsecond).padStart(6, '0')}`
  const day = `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`
  const offset = Math.abs(offsetSeconds ?? 0)
  const zone =
    offsetSeconds === undefined
      ? ''
      : `${offsetSeconds < 0 ? '-' : '+'}${two(Math.floor(offset / 3600))}:${two((offset / 60) % 60)}`
  return `${day} ${two(date.hour)}:${two(date.minute)}:${two(date.second)}${fraction}${zone}`
}
