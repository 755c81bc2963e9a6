import {expect} from 'chai'
import {
  columnTime,
  detailTime,
  lastAuthTime,
  readColumnTime,
} from '../../../../../src/lib/services/authenticate/times.js'
import {readLimit, spanText} from '../../../../../src/lib/services/authenticate/time-limits.js'
import {readCacheRule} from '../../../../../src/lib/services/authenticate/auth-cache.js'
import {contentProblems} from '../../../../../src/lib/services/authenticate/pin-rules.js'

const moment = Date.UTC(2023, 10, 14, 22, 13, 20)

describe('times of logins', () => {
  it('are written as columns and read back', () => {
    expect(columnTime(moment + 123, 'utc')).to.equal('2023-11-14 22:13:20.123000')
    for (const zone of ['utc', 'local'] as const) {
      expect(readColumnTime(columnTime(moment + 5, zone), zone)).to.equal(moment + 5)
    }
    expect(readColumnTime('never', 'utc')).to.be.NaN
  })

  it('in details name the same moment', () => {
    expect(Date.parse(detailTime(moment))).to.equal(moment - (moment % 60_000))
    expect(Date.parse(lastAuthTime(moment, false).replace(' ', 'T'))).to.equal(moment)
    expect(lastAuthTime(moment, false)).to.match(/[+-]\d\d:\d\d$/)
    expect(lastAuthTime(moment, true)).to.match(/\.000000[+-]\d{4}$/)
  })
})

describe('values of policies', () => {
  it('limit logins in a time', () => {
    expect(readLimit('2/5m')).to.deep.equal({count: 2, seconds: 300})
    expect(readLimit(' 1 / 2 H ')).to.deep.equal({count: 1, seconds: 7200})
    for (const text of ['often', '2/5', '2/5d', '-1/5m']) expect(() => readLimit(text), text).to.throw('time limit')
    expect([spanText(60), spanText(86_400), spanText(3 * 86_400 + 61)]).to.deep.equal([
      '0:01:00',
      '1 day, 0:00:00',
      '3 days, 0:01:01',
    ])
  })

  it('say how long a password may be taken from the cache', () => {
    expect(readCacheRule('4h')).to.deep.equal({seconds: 14_400, idleSeconds: 14_400, uses: 0})
    expect(readCacheRule('4h/5m')).to.deep.equal({seconds: 14_400, idleSeconds: 300, uses: 0})
    expect(readCacheRule('4h/10')).to.deep.equal({seconds: 14_400, idleSeconds: 14_400, uses: 10})
    expect(() => readCacheRule('4h/5m/1')).to.throw('auth_cache')
  })

  it('say what a PIN may hold', () => {
    expect(contentProblems('a1', 'cn')).to.deep.equal([])
    expect(contentProblems('aa', 'cn')).to.deep.equal(['Missing character in PIN: 0123456789'])
    expect(contentProblems('1', '+cn')).to.deep.equal([])
    expect(contentProblems('a1', '-n')).to.deep.equal(['Not allowed character in PIN!'])
    expect(contentProblems('ab1', '[ab1]')).to.deep.equal([])
    expect(contentProblems('ä', 'c')[0]).to.equal('Not allowed character in PIN!')
    expect(() => contentProblems('a', 'xyz')).to.throw('Unknown character specifier')
  })
})
