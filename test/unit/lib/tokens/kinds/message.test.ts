import {expect} from 'chai'
import {email} from '../../../../../src/lib/tokens/kinds/email.js'
import {sms} from '../../../../../src/lib/tokens/kinds/sms.js'
import {
  applied,
  challengeTestEnv,
  responseTestEnv,
  testEnv,
  testToken,
  type SentMessage,
  type TestChallenges,
} from '../../../../support/token-check.js'

const phone = {phone: '+49 123'}

/** Creates a challenge and sends its value. */
async function challenged(given: TestChallenges, token = testToken({type: 'sms', info: phone})) {
  const sent: SentMessage[] = []
  const draft = await sms.createChallenge!(token, challengeTestEnv({...given, sent}), '')
  applied(token, {accepted: true, changes: draft.changes ?? []})
  await draft.deliver!()
  return {draft, sent, token}
}

describe('sms', () => {
  it('sends the next value with every challenge', async () => {
    const {draft, sent, token} = await challenged({config: {'sms.identifier': 'gate'}})

    expect(sent).to.deep.equal([{to: '+49 123', text: '287082', through: 'gate'}])
    expect([token.count, draft.message, draft.validitySeconds, draft.challenge.data]).to.deep.equal([
      1,
      'Enter the OTP from the SMS:',
      300,
      '',
    ])
  })

  it('fills the tags of its text', async () => {
    const policies = {smstext: '<serial> {otp} for {username}@{userrealm} {client_ip} {{x}}'}
    const owner = {userId: '1', resolver: 'r', realm: 'acme'}
    const token = testToken({type: 'sms', info: phone, owner})

    const {sent} = await challenged({policies, ownerInfo: {username: 'jo'}}, token)

    expect(sent[0]?.text).to.equal('T1 287082 for jo@acme 10.0.0.1 {x}')
  })

  it('sends nothing with an unknown tag, or to nobody', async () => {
    for (const [given, token] of [
      [{policies: {smstext: '{nonsense}'}}, testToken({info: phone})],
      [{}, testToken()],
      [{ownerInfo: {}}, testToken({info: {...phone, dynamic_phone: 'True'}})],
    ] as const) {
      let failed = false
      try {
        await challenged(given, token)
      } catch {
        failed = true
      }
      expect(failed).to.equal(true)
    }
  })

  it('takes the number of the user store when the token says so', async () => {
    const token = testToken({info: {...phone, dynamic_phone: 'True'}})

    const {sent} = await challenged({ownerInfo: {mobile: ['+1 55', '+1 66']}}, token)

    expect(sent[0]?.to).to.equal('+1 55')
  })

  it('accepts the value by its counter, and an older one only with concurrent challenges', async () => {
    const config = {'sms.concurrent_challenges': 'True'}
    const token = testToken({count: 2, info: phone})
    const answer = (pass: string, data: string, given: TestChallenges = {}) =>
      sms.checkResponse!(token, pass, responseTestEnv({data}, given))

    expect((await answer('287082', '')).accepted).to.equal(false)
    expect((await answer('287082', '287082')).accepted).to.equal(false)
    expect((await answer('287082', '287082', {config})).accepted).to.equal(true)
    expect((await answer('', '', {config})).accepted).to.equal(false)
    expect(await answer('359152', '287082', {config})).to.deep.equal({
      accepted: true,
      changes: [
        {change: 'count', to: 3},
        {change: 'drop-challenges', data: '359152'},
      ],
    })
  })

  it('takes a number as the answer to the question for one', async () => {
    const env = responseTestEnv({session: 'enrollment'})
    const token = testToken({info: {dynamic_phone: 'True'}})

    expect((await sms.checkResponse!(token, 'no number', env)).accepted).to.equal(false)
    const outcome = await sms.checkResponse!(token, '+49 (0)30-1', env)
    expect(applied(token, outcome)).to.equal(true)
    expect(outcome.further).to.deep.equal({data: '', keepsAnswered: false})
    expect([...token.info]).to.deep.equal([['phone', {value: '+49 (0)30-1', type: ''}]])
  })

  it('sends the next value after a login where a policy says so', async () => {
    const sent: SentMessage[] = []
    const token = testToken({count: 1, info: phone})

    await sms.afterLogin!(token, challengeTestEnv({sent}))
    await sms.afterLogin!(token, challengeTestEnv({sent, policies: {smsautosend: ''}}))

    expect(sent.map(({text}) => text)).to.deep.equal(['287082'])
  })

  it('checks values like HOTP', async () => {
    expect((await sms.checkOtp(testToken(), '755224', testEnv())).accepted).to.equal(true)
  })
})

describe('email', () => {
  it('sends subject and text', async () => {
    const sent: SentMessage[] = []
    const policies = {emailtext: 'Code {otp}', emailsubject: 'For {serial}'}
    const env = challengeTestEnv({policies, sent, config: {'email.identifier': 'mx', 'email.validtime': '60'}})

    const draft = await email.createChallenge!(testToken({info: {email: 'jo@example.org'}}), env, '')
    await draft.deliver!()

    expect(draft.validitySeconds).to.equal(60)
    expect(sent).to.deep.equal([
      {to: 'jo@example.org', subject: 'For T1', text: 'Code 287082', html: false, through: 'mx'},
    ])
  })

  it('takes one address, not a list', async () => {
    const env = responseTestEnv({session: 'enrollment'})

    for (const [text, accepted] of [
      ['a@b.example', true],
      ['a@b.example, c@d.example', false],
      ['a@b.example\r\nBcc: x@y.example', false],
      ['nobody', false],
    ] as const) {
      expect((await email.checkResponse!(testToken(), text, env)).accepted, text).to.equal(accepted)
    }
  })
})
