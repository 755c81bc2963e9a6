import {expect} from 'chai'
import fc from 'fast-check'
import {pythonFloat, pythonJson, pythonNumber} from '../../../../src/lib/crypto/python-json.js'

describe('pythonJson', () => {
  it('writes what is signed of a response as in spec/02 §10.4', () => {
    const body = {
      id: 1,
      jsonrpc: '2.0',
      detail: {threadid: 140, message: "wrong otp pin für 'ä'", serial: null},
      nonce: 'abc',
      result: {value: false, status: true},
      time: 1675168496.789012,
      version: 'privacyIDEA 3.8',
      versionnumber: '3.8',
    }
    expect(pythonJson(body, {sortKeys: true})).to.equal(
      '{"detail": {"message": "wrong otp pin f\\u00fcr \'\\u00e4\'", "serial": null, "threadid": 140}, "id": 1, "jsonrpc": "2.0", "nonce": "abc", "result": {"status": true, "value": false}, "time": 1675168496.789012, "version": "privacyIDEA 3.8", "versionnumber": "3.8"}',
    )
  })

  it('escapes as Python does', () => {
    expect(pythonJson('\u0000\b\t\n\f\r"\\/\u007f\u0080\u2028😀')).to.equal(
      '"\\u0000\\b\\t\\n\\f\\r\\"\\\\/\\u007f\\u0080\\u2028\\ud83d\\ude00"',
    )
  })

  it('sorts keys by code points', () => {
    expect(pythonJson({'😀': 1, '\uffff': 2, b: 3, a: 4, ab: 5}, {sortKeys: true})).to.equal(
      '{"a": 4, "ab": 5, "b": 3, "\\uffff": 2, "\\ud83d\\ude00": 1}',
    )
  })

  it('writes floats as Python does', () => {
    const vectors: [number, string][] = [
      [0, '0.0'],
      [-0, '-0.0'],
      [1, '1.0'],
      [0.1, '0.1'],
      [1e-4, '0.0001'],
      [1e-5, '1e-05'],
      [1.5e-7, '1.5e-07'],
      [1e15, '1000000000000000.0'],
      [1e16, '1e+16'],
      [1.2345e22, '1.2345e+22'],
      [5e-324, '5e-324'],
      [1.7976931348623157e308, '1.7976931348623157e+308'],
      [-123.456, '-123.456'],
      [Infinity, 'inf'],
      [-Infinity, '-inf'],
      [NaN, 'nan'],
    ]
    for (const [value, text] of vectors) expect(pythonFloat(value)).to.equal(text)
  })

  it('takes numbers without point for integers, as the verifier does who parses our body', () => {
    expect([1, -5, 1e20, 1e21, 0.5, 1e-7, NaN].map(pythonNumber)).to.deep.equal([
      '1',
      '-5',
      '100000000000000000000',
      '1e+21',
      '0.5',
      '1e-07',
      'null',
    ])
    expect(pythonJson(12345678901234567890n)).to.equal('12345678901234567890')
  })

  it('is JSON, and leaves out what is undefined', () => {
    expect(pythonJson({a: undefined, b: [undefined]})).to.equal('{"b": [null]}')
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, compact) => {
        const text = pythonJson(value as never, {compact, sortKeys: true})
        expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
