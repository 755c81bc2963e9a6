import {expect} from 'chai'
import {clientAddress} from '../../../../../src/lib/services/validate/client-address.js'

/** @param path peer first, then the addresses that proxies tell, nearest first */
function client(setting: string | undefined, path: readonly string[], clientParameter?: string): string {
  const [remoteAddress = '', ...proxies] = path
  const forwardedFor = proxies.length > 0 ? proxies.reverse().join(', ') : undefined
  return clientAddress(setting, {remoteAddress, forwardedFor, clientParameter})
}

describe('the address of a client', () => {
  for (const [setting, path, expected] of [
    ['10.1.1.1 > 10.2.3.0/24 > 192.168.0.0/16', ['10.1.1.1', '10.2.3.4', '192.168.1.1'], '192.168.1.1'],
    ['10.1.1.1 > 192.168.0.0/16', ['10.1.1.1', '10.2.3.4', '192.168.1.1'], '10.1.1.1'],
    ['10.1.1.1', ['10.1.1.1', '8.8.8.8'], '8.8.8.8'],
    ['10.1.1.1', ['10.1.1.1', '2001:db8::1'], '10.1.1.1'],
    ['10.1.1.1, 10.1.1.1 > 10.2.3.4 > 0.0.0.0/0', ['10.1.1.1', '10.2.3.4', '7.7.7.7'], '7.7.7.7'],
    ['', ['10.1.1.1', '8.8.8.8'], '10.1.1.1'],
    [undefined, ['10.1.1.1', '8.8.8.8'], '10.1.1.1'],
    ['nonsense', ['10.1.1.1', '8.8.8.8'], '10.1.1.1'],
  ] as const) {
    it(`is ${expected} when ${setting ?? 'nobody'} is trusted and the way was ${path.join(', ')}`, () => {
      expect(client(setting, path)).to.equal(expected)
    })
  }

  it('may be named by a trusted program', () => {
    expect(client('10.1.1.1', ['10.1.1.1'], '5.6.7.8')).to.equal('5.6.7.8')
    expect(client('10.1.1.2', ['10.1.1.1'], '5.6.7.8')).to.equal('10.1.1.1')
  })

  it('is the plain address of an IPv4 peer', () => {
    expect(client('', ['::ffff:10.1.1.1'])).to.equal('10.1.1.1')
  })

  it('is refused when a proxy names something else', () => {
    expect(() => client('10.1.1.1', ['10.1.1.1', 'unknown'])).to.throw('ERR905')
  })
})
