import {expect} from 'chai'
import {readInterval} from '../../../../src/lib/tasks/interval.js'

/** Local times, as the interval means them. */
function next(interval: string, after: string): string | undefined {
  const found = readInterval(interval).nextAfter(new Date(after))
  if (!found) return undefined
  const local = new Date(found.getTime() - found.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19)
}

describe('the interval of a periodic task', () => {
  const cases: [string, string, string | undefined][] = [
    ['*/5 * * * *', '2022-12-20T10:05:00', '2022-12-20T10:10:00'],
    ['*/5 * * * *', '2022-12-20T10:04:59.999', '2022-12-20T10:05:00'],
    ['0 0 * * 7', '2022-12-20T00:00:00', '2022-12-25T00:00:00'],
    ['0 0 * * sun', '2022-12-20T00:00:00', '2022-12-25T00:00:00'],
    ['0 0 13 * 5', '2022-12-20T00:00:00', '2022-12-23T00:00:00'],
    ['0 0 l * *', '2022-12-20T00:00:00', '2022-12-31T00:00:00'],
    ['0 0 * * 1#2', '2022-12-20T00:00:00', '2023-01-09T00:00:00'],
    ['0 0 * * L5', '2022-12-20T00:00:00', '2022-12-30T00:00:00'],
    ['0/15 * * * *', '2022-12-20T00:01:05', '2022-12-20T00:15:00'],
    ['0 0 1 jan *', '2022-12-20T00:00:00', '2023-01-01T00:00:00'],
    ['* * * * * */20', '2022-12-20T00:00:05', '2022-12-20T00:00:20'],
    ['0 0 * * fri-mon', '2022-12-20T00:00:00', '2022-12-23T00:00:00'],
    ['@hourly', '2022-12-20T00:30:00', '2022-12-20T01:00:00'],
    ['@midnight', '2022-12-20T00:30:00', '2022-12-21T00:00:00'],
    ['0 0 31 2 *', '2022-12-20T00:00:00', undefined],
  ]
  for (const [interval, after, expected] of cases) {
    it(`${interval} comes after ${after} at ${expected ?? 'no time'}`, () => {
      expect(next(interval, after)).to.equal(expected)
    })
  }

  it('chooses one time for r and keeps to it', () => {
    const [one, again] = [next('r r * * *', '2022-12-20T00:00:00'), next('r r * * *', '2022-12-20T00:00:00')]

    expect(one).to.match(/^2022-12-2[01]T/)
    expect(again).to.equal(one)
  })

  for (const bad of [
    '?',
    '* * * *',
    '',
    '*/0 * * * *',
    '0 24 * * *',
    '0 0 15W * *',
    '0 0 * * 5L',
    'H * * * *',
    '60 * * * *',
    '0 0 0 * *',
  ]) {
    it(`refuses '${bad}'`, () => {
      expect(() => readInterval(bad)).to.throw(/Invalid interval/)
    })
  }
})
