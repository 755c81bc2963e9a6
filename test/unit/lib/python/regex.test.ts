import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import {PythonRegex} from '../../../../src/lib/python/regex.js'
import type {PiError} from '../../../../src/lib/errors.js'

interface Vectors {
  texts: string[]
  patterns: [string, number[] | null][]
}
const {texts, patterns} = JSON.parse(readFileSync('test/fixtures/python/regex.json', 'utf8')) as Vectors

describe('regular expressions of Python', () => {
  for (const [pattern, found] of patterns) {
    if (found === null) {
      it(`refuses ${JSON.stringify(pattern)} as Python does`, () => {
        expect(() => new PythonRegex(pattern))
          .to.throw()
          .with.property('code', 'USAGE')
      })
      continue
    }
    it(`finds ${JSON.stringify(pattern)} where Python does`, () => {
      const regex = new PythonRegex(pattern)

      const indexes = texts.flatMap((text, index) => (regex.search(text) ? [index] : []))

      expect(indexes).to.deep.equal(found)
    })
    it(`tells a database what is true of ${JSON.stringify(pattern)}`, () => {
      const {fact} = new PythonRegex(pattern)

      for (const [index, text] of texts.entries()) {
        const holds =
          fact.kind === 'any' ||
          (fact.kind === 'equals' && (text === fact.text || text === `${fact.text}\n`)) ||
          (fact.kind === 'prefix' && text.startsWith(fact.text)) ||
          (fact.kind === 'contains' && text.includes(fact.text))
        const matches = found.includes(index)
        if (fact.exact) expect(holds, JSON.stringify(text)).to.equal(matches)
        else if (matches) expect(holds, JSON.stringify(text)).to.equal(true)
      }
    })
  }

  it('ends in time on patterns that make backtracking explode', () => {
    const regex = new PythonRegex('(a+)+$')
    const started = Date.now()

    for (let index = 0; index < 100_000; index++) regex.search(`${'a'.repeat(70)}b${index}`)

    expect(Date.now() - started).to.be.lessThan(10_000)
  })

  it('gives up on a look-ahead that explodes', () => {
    const regex = new PythonRegex('(?=(a+)+$)')

    try {
      regex.search(`${'a'.repeat(60)}b`)
      expect.fail('searched to the end')
    } catch (error) {
      expect((error as PiError).code).to.equal('REFUSED')
    }
  })
})
