import {expect} from 'chai'
import fc from 'fast-check'
import {
  countOf,
  decodeRanges,
  encodeRanges,
  missingOf,
  RangeCollector,
  subtract,
  unionOf,
  type IdRanges,
} from '../../../../src/lib/audit/ranges.js'

const ids = fc.uniqueArray(fc.integer({min: 1, max: 60}))

function rangesOf(list: readonly number[]): IdRanges {
  const collector = new RangeCollector()
  for (const id of list) collector.add(id)
  return collector.ranges
}

function idsOf(ranges: IdRanges): number[] {
  const list: number[] = []
  for (let at = 0; at < ranges.length; at += 2) for (let id = ranges[at]!; id <= ranges[at + 1]!; id++) list.push(id)
  return list
}

const sorted = (list: Iterable<number>) => [...list].sort((a, b) => a - b)

describe('ranges of row numbers', () => {
  it('hold what was gathered, in whichever order it came', () => {
    fc.assert(
      fc.property(ids, (list) => {
        expect(idsOf(rangesOf(list))).to.deep.equal(sorted(list))
      }),
    )
  })

  it('are subtracted and united as sets', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const [a, b] = [rangesOf(one), rangesOf(other)]

        expect(idsOf(subtract(a, b))).to.deep.equal(sorted(one.filter((id) => !other.includes(id))))
        expect(idsOf(unionOf(a, b))).to.deep.equal(sorted(new Set([...one, ...other])))
        expect(countOf(a)).to.equal(one.length)
        expect(countOf(missingOf(a, 60))).to.equal(60 - one.length)
      }),
    )
  })

  it('come back from their text, also with numbers beyond 32 bits', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({min: 1, max: 2 ** 45}), {maxLength: 40}), (list) => {
        expect(decodeRanges(encodeRanges(rangesOf(list)))).to.deep.equal(rangesOf(list))
      }),
    )
  })

  it('are refused when their text is damaged', () => {
    const text = encodeRanges([1, 5, 9, 9])

    for (const damaged of ['', 'x', text.slice(0, 12), `${text.slice(0, 16)}AAAA${text.slice(20)}`]) {
      expect(() => decodeRanges(damaged)).to.throw(/damaged|cut off/)
    }
  })
})
