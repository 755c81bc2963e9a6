import {expect} from 'chai'
import * as fc from 'fast-check'
import {formatIndex, parseIndex, type IndexRow} from '../../../../../../src/lib/ca/kinds/local/index-file.js'
import {OpensslConfig} from '../../../../../../src/lib/ca/kinds/local/openssl-config.js'
import {onelineOf, parseDn, readableName} from '../../../../../../src/lib/ca/shared/names.js'
import {serialHex} from '../../../../../../src/lib/ca/shared/certificate.js'
import {PiError} from '../../../../../../src/lib/errors.js'

const parse = (text: string) =>
  OpensslConfig.parse(text, {file: 'x.cnf', env: (name) => (name === 'HOME' ? '/root' : undefined)})

describe('openssl configurations', () => {
  it('have variables, quotes, escapes, comments and continued lines (config(5))', () => {
    const config = parse(
      [
        'base = /a # not this',
        '[ one ]',
        'dir = ${base}/b',
        'file = $dir/c\\',
        'd',
        'home = $ENV::HOME/x',
        'quoted = " a # b " # c',
        'escaped = a\\#b\\$c',
        'other = $two::name!',
        'gone = $ENV::NOTHING',
        '[two]',
        'name=value',
        'one::late = 1',
        '[one]',
        'again = yes',
      ].join('\n'),
    )

    const get = (name: string) => config.get('one', name)
    expect(['dir', 'file', 'home', 'quoted', 'escaped', 'other', 'late', 'again', 'base'].map(get)).to.deep.equal([
      '/a/b',
      '/a/b/cd',
      '/root/x',
      ' a # b ',
      'a#b$c',
      'value!',
      '1',
      'yes',
      '/a',
    ])
    expect(() => get('gone')).to.throw(PiError, 'NOTHING')
    expect(() => parse('[x]\na = $b\nb = $a').get('x', 'a')).to.throw(PiError, 'itself')
    expect(() => parse('rubbish')).to.throw(PiError, 'line 1')
  })

  it('fail with a message of ours only, whatever they say', () => {
    fc.assert(
      fc.property(fc.string({unit: fc.constantFrom(...'[]=$\\\n"\'#ab:{}() '.split(''))}), (text) => {
        try {
          parse(text).get('a', 'b')
        } catch (error) {
          expect(error).to.be.instanceOf(PiError)
        }
      }),
    )
  })
})

describe('index.txt', () => {
  it('comes back as it was', () => {
    const row: fc.Arbitrary<IndexRow> = fc.record({
      state: fc.constantFrom('V' as const, 'R' as const, 'E' as const),
      expires: fc.constantFrom('271122050242Z', '20540414164458Z'),
      revoked: fc.constantFrom('', '261122050244Z,unspecified'),
      serial: fc.bigInt({min: 0n, max: 2n ** 159n}).map(serialHex),
      file: fc.constant('unknown'),
      subject: fc
        .string({unit: fc.constantFrom('/', 'C', 'N', '=', '\t', '\\', 'x', ' ')})
        .map((text) => `/CN=${text}z`),
    })
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(parseIndex(formatIndex(rows), 'index.txt')).to.deep.equal(rows)
      }),
    )
  })

  it('names the line that is damaged', () => {
    expect(() => parseIndex('V\t271122050242Z\t\t1000\tunknown\t/CN=a\nV\tx\n', 'index.txt')).to.throw(
      PiError,
      'line 2',
    )
  })
})

describe('names', () => {
  it('are written as openssl prints them', () => {
    const name = parseDn('/C=DE/O=Ü \\/ Co/CN=a, "b"/emailAddress=a@b.c/1.2.3.4=x')

    expect(onelineOf(name)).to.equal('/C=DE/O=\\xC3\\x9C / Co/CN=a, "b"/emailAddress=a@b.c/1.2.3.4=x')
    expect(readableName(name)).to.equal('1.2.3.4=x,emailAddress=a@b.c,CN=a\\, \\"b\\",O=Ü / Co,C=DE')
    for (const wrong of ['CN=a', '/', '/XX=a', '/CN=']) expect(() => parseDn(wrong)).to.throw(PiError)
  })

  it('have serial numbers of even length', () => {
    expect([4096n, 1n, 4095n, 0n].map(serialHex)).to.deep.equal(['1000', '01', '0FFF', '00'])
  })
})
