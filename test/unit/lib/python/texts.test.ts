import {expect} from 'chai'
import {formatBraces} from '../../../../src/lib/python/format.js'
import {substituteAll} from '../../../../src/lib/python/substitute.js'

describe('texts as Python fills them', () => {
  it('have tags in braces', () => {
    expect(formatBraces('{a}-{b} {{c}}', {a: '1', b: undefined})).to.equal('1- {c}')
    for (const text of ['{c}', '{', '}', '{a!r}', '{}', '{a.b}', '{toString}']) {
      expect(() => formatBraces(text, {a: '1'}), text).to.throw('no known tag')
    }
  })

  it('do not fill what a value brings along', () => {
    expect(formatBraces('{a}', {a: '{b}', b: 'x'})).to.equal('{b}')
  })

  it('are replaced by regular expressions', () => {
    expect(substituteAll('(.*)@corp.com', '\\1', 'jo@corp.com')).to.equal('jo')
    expect(substituteAll('^0', '0049', '0123')).to.equal('0049123')
    expect(substituteAll('a', '$&', 'banana')).to.equal('b$&n$&n$&')
    expect(() => substituteAll('(', '', 'x')).to.throw('not a regular expression')
  })
})
