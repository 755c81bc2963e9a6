import {expect} from 'chai'
import {behaviourOf} from '../../../../../src/lib/services/authenticate/behaviour.js'
import {parameterError, policyError, tokenNotFound} from '../../../../../src/lib/services/authenticate/errors.js'
import {authenticationOf, failureDocument, successDocument} from '../../../../../src/lib/services/validate/envelope.js'
import {failureOf} from '../../../../../src/lib/services/validate/failures.js'
import {PiError} from '../../../../../src/lib/errors.js'
import type {Schema} from '../../../../../src/lib/db/database.js'

const behaviour = (version: string, product = 'privacyidea') => behaviourOf({product, version} as unknown as Schema)
const challenge = {multi_challenge: [{}]}

describe('answers', () => {
  it('have the keys of the release', () => {
    const document = successDocument({id: 2, value: true, detail: {message: 'm'}}, behaviour('3.8'), 1_714_567_890_120)

    expect(document).to.deep.include({
      jsonrpc: '2.0',
      id: 2,
      result: {status: true, value: true, authentication: 'ACCEPT'},
      time: 1_714_567_890.12,
      version: 'privacyIDEA 3.8',
      versionnumber: '3.8',
    })
    expect(document['detail']).to.have.keys('message', 'threadid')
  })

  it('leave out an empty detail, and the word for the outcome with id 1', () => {
    const document = successDocument({id: 1, value: false, detail: {}}, behaviour('3.8'), 0)

    expect(document).to.not.have.property('detail')
    expect(document['result']).to.deep.equal({status: true, value: false})
  })

  it('name failures by number and text', () => {
    expect(
      failureDocument({number: 905, message: 'ERR905: x'}, {behaviour: behaviour('3.8'), now: 1000}),
    ).to.deep.equal({
      jsonrpc: '2.0',
      id: 1,
      detail: null,
      result: {status: false, error: {code: 905, message: 'ERR905: x'}},
      time: 1,
      version: 'privacyIDEA 3.8',
    })
  })

  for (const [version, value, detail, word] of [
    ['3.8', true, {}, 'ACCEPT'],
    ['3.8', false, {}, 'REJECT'],
    ['3.8', false, challenge, 'CHALLENGE'],
    ['3.8', 2, challenge, 'ACCEPT'],
    ['3.8', 0, {multi_challenge: []}, 'REJECT'],
    ['3.8', {auth: false}, {}, 'ACCEPT'],
    ['3.8', false, {challenge_status: 'declined'}, 'REJECT'],
    ['3.9', false, {challenge_status: 'declined'}, 'DECLINED'],
    ['3.12', {auth: false}, {}, 'REJECT'],
    ['3.12', 2, challenge, 'CHALLENGE'],
  ] as const) {
    it(`of ${version} say ${word} for ${JSON.stringify(value)} with ${JSON.stringify(detail)}`, () => {
      expect(authenticationOf({value, detail}, behaviour(version))).to.equal(word)
    })
  }

  it('behave for eduMFA as for the release that it left', () => {
    expect(behaviour('2.0', 'edumfa')).to.deep.include({
      tellsMore: true,
      authorizesRadius: false,
      version: 'eduMFA 2.0',
    })
  })
})

describe('failures', () => {
  it('have status and number of their kind', () => {
    const facts = (error: unknown) => {
      const {status, number, appends} = failureOf(error)
      return [status, number, appends]
    }

    expect(facts(parameterError('x'))).to.deep.equal([400, 905, false])
    expect(facts(policyError('x'))).to.deep.equal([403, 303, true])
    expect(facts(tokenNotFound())).to.deep.equal([404, 601, false])
  })

  it('from inside tell clients nothing, and the operator what happened', () => {
    const failure = failureOf(new PiError('UNAVAILABLE', 'The database at db1 is gone.'))

    expect([failure.status, failure.log]).to.deep.equal([500, 'The database at db1 is gone.'])
    expect(failure.message).to.not.contain('db1')
  })
})
