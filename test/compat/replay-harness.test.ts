import {expect} from 'chai'
import {judge, type Outcome} from '../support/replay/judge.js'
import {readScenarios, type Step} from '../support/replay/transcript.js'

/** What the original itself did in a step. */
function recordedOutcome({response, db_after, sent = []}: Step): Outcome {
  const text = JSON.stringify(response.body ?? response.text).replace(/"time":(\d+)([,}])/, '"time":$1.0$2')
  return {
    answer: {
      status: response.status,
      contentType: response.content_type,
      text: response.body === undefined ? (response.text ?? '') : text,
      body: response.body,
    },
    changes: db_after,
    sent: sent.map((item) =>
      item.kind === 'mail'
        ? {
            kind: 'mail',
            mailFrom: item.mail_from,
            rcptTo: item.rcpt_to,
            headers: item.headers,
            body: item.body,
            raw: '',
            message: {headers: [], headerLines: [], attachments: []} as never,
          }
        : {...item, headers: {}, body: ''},
    ),
  }
}

describe('replay harness', () => {
  const steps = readScenarios().flatMap((scenario) => scenario.steps)

  it('reads all recorded steps', () => {
    expect(steps).to.have.length(725)
  })

  it('finds that every recorded answer agrees with its own recording, signature included', () => {
    for (const step of steps) expect(judge(step, recordedOutcome(step)), step.id).to.deep.equal([])
  })

  it('notices a changed answer, a missing row and a wrong signature', () => {
    const step = steps.find(({id}) => id === 'p001')!
    const outcome = recordedOutcome(step)
    const body = structuredClone(step.response.body) as {result: {value: boolean}}
    body.result.value = false

    const changed = judge(step, {...outcome, answer: {...outcome.answer, body}})
    const without = judge(step, {...outcome, changes: {...step.db_after, audit: []}})

    expect(changed.join('\n'))
      .to.match(/result\.value: expected true, found false/)
      .and.to.match(/signature/)
    expect(without.join('\n')).to.match(/audit/)
  })

  it('takes any refusal for an internal error of the original, but no acceptance', () => {
    const step = steps.find(({id}) => id === 'p364')!
    const refused = {status: 400, contentType: 'application/json', text: '{}', body: {result: {status: false}}}
    const accepted = {status: 200, contentType: 'application/json', text: '{}', body: {result: {value: true}}}

    expect(judge(step, {answer: refused, changes: {}, sent: []})).to.deep.equal([])
    expect(judge(step, {answer: accepted, changes: {}, sent: []})).to.not.deep.equal([])
  })
})
