import {judge, type Outcome} from './judge.js'
import type {Json, Step} from './transcript.js'

type Body = {[key: string]: Json}
type Judgement = (step: Step, outcome: Outcome) => string[]

/**
 * What is right where the recording says, in words, that the original is wrong (`deviate`): per step how the outcome is
 * judged instead.
 */
const judgements: Record<string, Judgement> = {
  p100: (_step, outcome) => [...value(outcome, false), ...message(outcome, 'wrong otp value'), ...notAccepted(outcome)],
  p283: (_step, outcome) => [...status(outcome, 200), ...value(outcome, false)],
  p332: unknownUser,
  p398: (_step, outcome) => [
    ...status(outcome, 403),
    ...notAccepted(outcome),
    ...(outcome.changes.challenge ? ['a challenge was made'] : []),
  ],
  p424: withoutHashes,
  p426: withoutHashes,
  p429: withoutHashes,
  p431: withoutHashes,
  p433: withoutHashes,
  p434: withoutHashes,
  p494: withoutHashes,
  p602: acceptedInWords,
  p604: acceptedInWords,
  p617: (_step, outcome) =>
    outcome.answer.text.includes('pbkdf2') ? ['values were handed out'] : notAccepted(outcome),
  p626: (_step, outcome) => [
    ...status(outcome, 200),
    ...(/^status=MISSING_PARAMETER$/m.test(outcome.answer.text) ? [] : [`found ${outcome.answer.text}`]),
  ],
  p685: unknownUser,
  p686: unknownUser,
  // As for other restrictions after a check, the value is used up.
  p712: (_step, outcome) => status(outcome, 403),
}

/** What differs from the right behaviour in a step with `deviate`. */
export function judgeDeviation(step: Step, outcome: Outcome): string[] {
  const judgement = judgements[step.id]
  if (!judgement) throw new Error(`step ${step.id} deviates, but it is not said how: ${step.deviate}`)
  return judgement(step, outcome)
}

function unknownUser(_step: Step, outcome: Outcome): string[] {
  const code = (outcome.answer.body as {result?: {error?: {code?: number}}} | undefined)?.result?.error?.code
  return [
    ...status(outcome, 400),
    ...(code === 904 ? [] : [`error code: expected 904, found ${code}`]),
    ...(outcome.changes.token || outcome.changes.tokeninfo
      ? [`tokens changed: ${JSON.stringify(outcome.changes)}`]
      : []),
  ]
}

/** As recorded, but for the keys that hold password hashes; an empty password is none. */
function withoutHashes(step: Step, outcome: Outcome): string[] {
  const clean = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(clean)
    if (value === null || typeof value !== 'object') return value
    const kept = Object.entries(value).filter(
      ([key, item]) => key !== 'cryptpass' && (key !== 'password' || item === ''),
    )
    return Object.fromEntries(kept.map(([key, item]) => [key, clean(item)]))
  }
  return judge({...step, response: {...step.response, body: clean(step.response.body ?? null)}}, outcome)
}

/** As recorded, but `authentication` says what `value` says. */
function acceptedInWords(step: Step, outcome: Outcome): string[] {
  const body = step.response.body as Body
  const result = {...(body['result'] as Body), authentication: 'ACCEPT'}
  return judge({...step, response: {...step.response, body: {...body, result}}}, outcome)
}

function status({answer}: Outcome, expected: number): string[] {
  return answer.status === expected ? [] : [`status: expected ${expected}, found ${answer.status}`]
}

function value({answer}: Outcome, expected: boolean): string[] {
  const found = (answer.body as {result?: {value?: unknown}} | undefined)?.result?.value
  return found === expected ? [] : [`value: expected ${expected}, found ${String(found)}`]
}

function message({answer}: Outcome, expected: string): string[] {
  const found = (answer.body as {detail?: {message?: unknown}} | undefined)?.detail?.message
  return found === expected ? [] : [`message: expected ${expected}, found ${String(found)}`]
}

/** No counter of a token moved on. */
function notAccepted({changes}: Outcome): string[] {
  return Object.entries(changes.token ?? {}).flatMap(([serial, columns]) =>
    columns && 'count' in columns ? [`the counter of ${serial} moved`] : [],
  )
}
