import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import fc from 'fast-check'
import {evaluatePython} from '../../../../src/lib/config/python/evaluate.js'
import {SyntaxFailure} from '../../../../src/lib/config/python/parse.js'
import {toSettingValue} from '../../../../src/lib/config/python/setting-value.js'
import {repr} from '../../../../src/lib/config/python/text.js'
import {fixture} from '../../../support/folders.js'
import {fakeHost} from './fake-host.js'

/** Evaluates, and lets nothing through but what is foreseen; no text may take long. */
function survive(source: string): void {
  const started = performance.now()
  try {
    const {file, names, skipped} = evaluatePython(source, fakeHost())
    for (const [, binding] of names) {
      if ('value' in binding) toSettingValue(binding.value)
      else expect(file.position(binding.failure.at).line).to.be.greaterThan(0)
    }
    for (const {failure} of skipped) expect(failure.reason).to.be.a('string')
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error
  }
  expect(performance.now() - started, source.slice(0, 200)).to.be.lessThan(5000)
}

const tokens = ['X', 'y', ' = ', '\n', '\n  ', '(', ')', '[', ']', '{', '}', ':', ',', '.', "'a'", '"b"', "f'{", "}'", "'''", '\\', '1', '2.5', '0x', '+', '-', '*', '**', '/', '//', '%', '<<', '<', '==', ' if ', ' else ', ' and ', ' or ', ' not ', ' in ', ' is ', 'def f():', ' return ', 'lambda x: ', 'for x in ', 'while ', 'with open(', ' as ', 'try:', 'except:', 'import os', 'os.environ', 'open', 'range(9)', '# ', ';', ':=', 'None', 'True', 'global X', 'del ', 'raise ', 'yield ', 'await ', 'class ', '@', '\t', '\r\n', '\0', 'é', '😀', '.format(', '.join(', '.split(', '.append(', 'X += '] // prettier-ignore

describe('the evaluator of configuration files, with garbage', () => {
  it('survives sequences of tokens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), {maxLength: 40}), (parts) => survive(parts.join(''))),
      {numRuns: 3000},
    )
  })

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({maxLength: 200, unit: 'binary'}), survive), {numRuns: 2000})
  })

  it('survives real files with pieces changed', () => {
    const real = readFileSync(fixture('interop/privacyidea-3.8/pi.cfg'), 'utf8')
    fc.assert(
      fc.property(fc.nat(real.length), fc.nat(20), fc.string({maxLength: 10}), (at, length, put) =>
        survive(real.slice(0, at) + put + real.slice(at + length)),
      ),
      {numRuns: 1500},
    )
  })

  for (const [name, source] of Object.entries({
    'deep brackets': `X = ${'('.repeat(50_000)}1${')'.repeat(50_000)}`,
    'deep lists': `X = ${'['.repeat(3000)}${']'.repeat(3000)}`,
    'long sums': `X = ${Array.from({length: 20_000}, () => '1').join(' + ')}`,
    'many statements': 'X = 1\n'.repeat(20_000),
    'nested blocks':
      Array.from({length: 80}, (_unused, depth) => `${' '.repeat(depth)}if True:\n`).join('') +
      `${' '.repeat(80)}X = 1\n`,
    'nested f-strings': `X = ${"f'{".repeat(60)}1${"}'".repeat(60)}`,
    'an endless loop': 'while 1: pass',
    'a loop in a loop': 'for a in range(1000):\n for b in range(1000):\n  X = a * b\n',
    'doubling text': `X = 'a'\n${'X = X + X\n'.repeat(60)}`,
    'squaring numbers': `X = 3\n${'X = X * X\n'.repeat(60)}`,
    'a list in itself': 'X = []\nX.append(X)\nY = str(X)\n',
    'one long line': `X = '${'a'.repeat(1_000_000)}'`,
    'an open text': `X = '''${'a\n'.repeat(20_000)}`,
    'deep f-strings': `X = ${'f\'{f"{'.repeat(3000)}1${'}"}\''.repeat(3000)}`,
    'unclosed texts': "X = '''".repeat(5001) + '"""'.repeat(5001),
    'nothing but errors': ') = ( '.repeat(30_000),
    'a pattern of blanks': `X = '${' '.repeat(50_000)}x'.strip().split()`,
  })) {
    it(`survives ${name}`, () => survive(source))
  }

  it('reads back what repr writes', () => {
    const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      value: fc.oneof(
        {maxDepth: 3},
        fc.string({unit: 'binary'}),
        fc.integer(),
        fc.double({noDefaultInfinity: true, noNaN: true}),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), {maxLength: 4}),
      ),
    })).value
    const literal = (some: unknown): string => {
      if (Array.isArray(some)) return `[${some.map((item) => literal(item)).join(', ')}]`
      if (typeof some === 'string') return repr(some)
      if (typeof some === 'number')
        return Number.isInteger(some) && !Object.is(some, -0) && Math.abs(some) < 1e15 ? String(some) : repr(some)
      return some === null ? 'None' : some ? 'True' : 'False'
    }

    fc.assert(
      fc.property(value, (some) => {
        const binding = evaluatePython(`X = ${literal(some)}\n`, fakeHost()).names.get('X')!
        expect('value' in binding && toSettingValue(binding.value)).to.deep.equal({value: some})
      }),
      {numRuns: 1000},
    )
  })
})
