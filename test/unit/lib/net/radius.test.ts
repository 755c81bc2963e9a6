import {createHash, createHmac} from 'node:crypto'
import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import {radiusLogin, type RadiusLogin} from '../../../../src/lib/net/radius-login.js'
import {genuineReply, hiddenPassword, requestPacket} from '../../../../src/lib/net/radius-packet.js'
import {radiusStatus} from '../../../../src/lib/net/radius-status.js'
import {failureOf} from '../../../support/failure.js'

const secret = 'testing123'

describe('RADIUS', () => {
  let server: Socket
  let target: RadiusLogin
  /** What the server says to a request. */
  let answers: (request: Buffer) => Buffer[]

  beforeEach(async () => {
    server = createSocket('udp4')
    server.on('message', (request, from) => {
      for (const reply of answers(request)) server.send(reply, from.port, from.address)
    })
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    const {port} = server.address() as AddressInfo
    target = {
      server: '127.0.0.1',
      port,
      secret,
      timeout: 0.2,
      retries: 2,
      requiresMessageAuthenticator: false,
      nasIdentifier: 'here',
    }
  })
  afterEach(() => server.close())

  function reply(
    request: Buffer,
    code: number,
    {signed = false, key = secret, id = request.readUInt8(1)} = {},
  ): Buffer {
    const attributes = signed ? Buffer.from([80, 18, ...Buffer.alloc(16)]) : Buffer.alloc(0)
    const packet = Buffer.concat([Buffer.from([code, id, 0, 0]), request.subarray(4, 20), attributes])
    packet.writeUInt16BE(packet.length, 2)
    if (signed) createHmac('md5', key).update(packet).digest().copy(packet, 22)
    createHash('md5').update(packet).update(key).digest().copy(packet, 4)
    return packet
  }

  it('hides a password as RFC 2865 §5.2 says', () => {
    const authenticator = Buffer.from(Array.from({length: 16}, (_, at) => at))

    expect(hiddenPassword('test123456', authenticator, secret).toString('hex')).to.equal(
      'e28b7abe45cf492e257007240014828b',
    )
    expect(hiddenPassword('x'.repeat(17), authenticator, secret)).to.have.length(32)
    expect(hiddenPassword('', authenticator, secret)).to.have.length(16)
  })

  it('tells what the server decided', async () => {
    for (const [code, verdict] of [
      [2, 'accepted'],
      [3, 'rejected'],
      [11, 'challenged'],
    ] as const) {
      answers = (request) => [reply(request, code)]
      expect(await radiusLogin(target, 'alice', 'pw')).to.equal(verdict)
    }
  })

  it('believes no reply that is forged, foreign or damaged', async () => {
    answers = (request) => [
      reply(request, 2, {key: 'another'}),
      reply(request, 2, {id: (request.readUInt8(1) + 1) % 256}),
      reply(request, 2).subarray(0, 19),
    ]

    expect(await radiusLogin(target, 'alice', 'pw')).to.equal('silent')
  })

  it('wants a Message-Authenticator where that is configured, and checks one that is there', async () => {
    const strict = {...target, requiresMessageAuthenticator: true}
    answers = (request) => [reply(request, 2)]
    expect(await radiusLogin(strict, 'alice', 'pw')).to.equal('silent')

    answers = (request) => [reply(request, 2, {signed: true})]
    expect(await radiusLogin(strict, 'alice', 'pw')).to.equal('accepted')
  })

  it('repeats a request that is lost', async () => {
    let seen = 0
    answers = (request) => ((seen += 1) === 1 ? [] : [reply(request, 2)])

    expect(await radiusLogin(target, 'alice', 'pw')).to.equal('accepted')
    expect(seen).to.equal(2)
  })

  it('sends nothing that does not fit into an attribute', async () => {
    answers = (request) => [reply(request, 2)]

    expect(await radiusLogin(target, 'a'.repeat(254), 'pw')).to.equal('rejected')
    expect(await radiusLogin(target, 'alice', 'p'.repeat(129))).to.equal('rejected')
  })

  it('says when nobody listens', async () => {
    const closed = createSocket('udp4').bind(0, '127.0.0.1')
    await once(closed, 'listening')
    const {port} = closed.address() as AddressInfo
    closed.close()
    await once(closed, 'close')

    expect(await failureOf(radiusLogin({...target, port}, 'alice', 'pw'))).to.include({code: 'UNAVAILABLE'})
  })

  it('asks for the state of a server', async () => {
    answers = (request) => [reply(request, 2)]
    expect(await radiusStatus(target, 500)).to.equal('answers')
    answers = (request) => [reply(request, 2, {key: 'another'})]
    expect(await radiusStatus(target, 500)).to.equal('wrong secret')
    answers = () => []
    expect(await radiusStatus(target, 100)).to.equal('silent')
  })

  it('reads no packet that is shorter than it says', () => {
    const ours = {id: 7, authenticator: Buffer.alloc(16), secret}
    const packet = requestPacket(1, {...ours, attributes: [[1, Buffer.from('alice')]]})

    expect(genuineReply(packet.subarray(0, packet.length - 1), ours)).to.equal(undefined)
    expect(packet.readUInt16BE(2)).to.equal(packet.length)
  })
})
