import {expect} from 'chai'
import {fourEyes} from '../../../../../src/lib/tokens/kinds/4eyes.js'
import {indexedsecret} from '../../../../../src/lib/tokens/kinds/indexedsecret.js'
import {question} from '../../../../../src/lib/tokens/kinds/question.js'
import {challengeTestEnv, responseTestEnv, testChallenge, testEnv, testToken} from '../../../../support/token-check.js'

describe('question', () => {
  const info = {
    'Pet?': {value: 'iv:ct', type: 'password', id: 7},
    'Town?': {value: 'iv:ct', type: 'password', id: 8},
    tokenkind: 'software',
  }

  it('asks what was not asked in this chain', async () => {
    const previous = testChallenge({challenge: 'Pet?', data: '7', session: ''})

    const draft = await question.createChallenge!(testToken({info}), challengeTestEnv({previous}), '')

    expect(draft.message).to.equal('Town?')
    expect(draft.challenge).to.deep.equal({challenge: 'Town?', data: '7,8', session: '1'})
  })

  it('wants as many answers as the policy says', async () => {
    const env = {
      ...responseTestEnv({challenge: 'Pet?'}, {policies: {question_number: '2'}}),
      infoSecret: async () => 'Rex',
    }
    const last = {...env, challenge: testChallenge({challenge: 'Pet?', session: '1'})}

    expect(await question.checkResponse!(testToken({info}), 'rex', env)).to.deep.include({accepted: false})
    expect((await question.checkResponse!(testToken({info}), 'Rex', env)).further).to.deep.equal({
      data: '',
      keepsAnswered: true,
    })
    expect((await question.checkResponse!(testToken({info}), 'Rex', last)).further).to.equal(undefined)
  })
})

describe('indexedsecret', () => {
  it('asks positions and takes the characters there', async () => {
    const draft = await indexedsecret.createChallenge!(
      testToken(),
      challengeTestEnv({secret: 'äbcdef', policies: {indexedsecret_count: '3'}}),
      '',
    )
    const positions = draft.challenge.data.split(',').map(Number)
    const answer = positions.map((position) => [...'äbcdef'][position - 1]).join('')

    expect(positions).to.have.length(3)
    expect(draft.message).to.equal(`Please enter the positions ${positions.join(',')} from your secret.`)
    const env = responseTestEnv({data: draft.challenge.data}, {secret: 'äbcdef'})
    expect((await indexedsecret.checkResponse!(testToken(), answer, env)).accepted).to.equal(true)
    expect((await indexedsecret.checkResponse!(testToken(), `${answer}x`, env)).accepted).to.equal(false)
    expect((await indexedsecret.checkResponse!(testToken(), '', env)).accepted).to.equal(false)
  })

  it('does not go on without a secret, or with a count that is no number', async () => {
    for (const given of [{secret: ''}, {secret: 'x', policies: {indexedsecret_count: 'two'}}]) {
      let failed = false
      try {
        await indexedsecret.createChallenge!(testToken(), challengeTestEnv(given), '')
      } catch {
        failed = true
      }
      expect(failed).to.equal(true)
    }
  })
})

describe('4eyes', () => {
  const token = () => testToken({type: '4eyes', info: {'4eyes': 'acme:2', separator: '|'}})
  const serials: Record<string, string> = {one: 'A1', two: 'A2'}
  const realmCheck = async (realm: string, pass: string) => (realm === 'acme' ? serials[pass] : undefined)

  it('takes the passwords of two tokens at once, and none of one token twice', async () => {
    const env = testEnv({realmCheck})

    expect((await fourEyes.checkPass!(token(), 'one|two', env)).accepted).to.equal(true)
    const twice = await fourEyes.checkPass!(token(), 'one|one', env)
    expect(twice.accepted).to.equal(false)
    expect(twice.reply).to.deep.equal({foureyes: 'Only found 1 tokens in realm acme'})
  })

  it('takes them one after the other', async () => {
    const asked = await fourEyes.asksForChallenge!(token(), 'one', testEnv({realmCheck}))
    expect(asked).to.deep.equal({data: '{"acme": ["A1"]}'})

    const again = await fourEyes.checkResponse!(token(), 'one', responseTestEnv({data: asked!.data}, {realmCheck}))
    const other = await fourEyes.checkResponse!(token(), 'two', responseTestEnv({data: asked!.data}, {realmCheck}))

    expect([again.accepted, other.accepted, other.further]).to.deep.equal([false, true, undefined])
  })
})
