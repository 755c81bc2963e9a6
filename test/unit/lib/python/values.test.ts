import {expect} from 'chai'
import {pythonInteger} from '../../../../src/lib/python/integers.js'
import {pythonRepr} from '../../../../src/lib/python/repr.js'
import {parseTimedelta} from '../../../../src/lib/python/timedelta.js'

describe('values as Python writes and reads them', () => {
  const shown: [unknown, string][] = [
    ['plain', "'plain'"],
    ["it's", `"it's"`],
    [`both ' and "`, String.raw`'both \' and "'`],
    ['line\nand\ttab\\', String.raw`'line\nand\ttab\\'`],
    ['\u0000\u00a0\u200b\u{e0001}é字', String.raw`'\x00\xa0\u200b\U000e0001é字'`],
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [1, '1'],
    [['a', 'b'], "['a', 'b']"],
    [{k: 'v', n: null}, "{'k': 'v', 'n': None}"],
    [
      new Map([
        ['b', '1'],
        ['1', '2'],
      ]),
      "{'b': '1', '1': '2'}",
    ],
  ]
  for (const [value, text] of shown) {
    it(`shows ${text}`, () => {
      expect(pythonRepr(value as string)).to.equal(text)
    })
  }

  const integers: [string, bigint | undefined][] = [
    ['7', 7n],
    ['7 ', 7n],
    ['\n -3', -3n],
    ['+1_000', 1000n],
    ['٣٤', 34n],
    ['𝟜𝟚', 42n],
    ['x9', undefined],
    ['', undefined],
    ['1.0', undefined],
    ['1__0', undefined],
    ['99999999999999999999', 99_999_999_999_999_999_999n],
  ]
  for (const [text, value] of integers) {
    it(`reads ${JSON.stringify(text)} as the integer ${value}`, () => {
      expect(pythonInteger(text)).to.equal(value)
    })
  }

  it('reads time spans', () => {
    expect(parseTimedelta('10d')).to.equal(864_000)
    expect(parseTimedelta(' - 2 h ')).to.equal(-7200)
    expect(parseTimedelta('1y')).to.equal(31_536_000)
  })

  for (const text of ['5w', '1d12h', 'd', '', '1D']) {
    it(`refuses the time span ${JSON.stringify(text)}`, () => {
      expect(() => parseTimedelta(text))
        .to.throw()
        .with.property('code', 'USAGE')
    })
  }
})
