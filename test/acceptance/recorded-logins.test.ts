import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {Clock, hasFaketime} from '../support/clock.js'
import {fixture} from '../support/folders.js'
import {cheapenPins, expected, type ExpectedToken} from '../support/installation.js'
import {fixtureInstance, type Instance} from '../support/instance.js'
import {describeNeeding} from '../support/needs.js'
import {send, type Answer} from '../support/replay/client.js'
import {differences, show} from '../support/replay/compare.js'
import type {Json} from '../support/replay/transcript.js'
import {startServer, type RunningServer} from '../support/server.js'

/** An entry of expect_validate.json. */
interface RecordedLogin {
  note: string
  command?: string[]
  at_epoch: number
  path: string
  request: Record<string, string>
  http_status: number
  result: Json
  detail: Record<string, Json> | null
  token_after?: {serial: string; count: number; failcount: number}
}

interface Played {
  login: RecordedLogin
  answer: Answer
  after: {serial: string; count: number; failcount: number} | undefined
}

interface Detail {
  transaction_id?: string
  message?: string
  attributes?: {random_positions?: number[]}
}

/** The challenge that is open. */
let transaction: Detail | undefined

/**
 * Tokens left out: of one the owner is gone, over which the original breaks down (README of the fixtures).
 */
const leftOut = new Set(['OATHORPHAN'])

describeNeeding('logins that privacyIDEA 3.8 answered', [{package: 'faketime', present: hasFaketime()}], () => {
  const {tokens} = expected('privacyidea-3.8')
  const logins = JSON.parse(
    readFileSync(fixture('interop/privacyidea-3.8/expect_validate.json'), 'utf8'),
  ) as RecordedLogin[]
  const played: Played[] = []
  let instance: Instance
  let server: RunningServer

  before(async function () {
    this.timeout(300_000)
    instance = await fixtureInstance('privacyidea-3.8')
    await cheapenPins(`sqlite:///${instance.database}`, tokens)
    const clock = new Clock(Math.floor(logins[0]!.at_epoch) - 1)
    server = await startServer({config: instance.config, cwd: instance.folder, clock})
    for (const login of logins) {
      if (login.command) {
        // The one command is `policy disable authz1`.
        await instance.sql([`UPDATE policy SET active = 0 WHERE name = '${login.command.at(-1)}'`, bumped(played)])
        continue
      }
      clock.set(Math.floor(login.at_epoch))
      const form = doublyEncoded(asAskedNow(login.request, tokens, played.at(-1)))
      const request = {method: 'POST', path: login.path, headers: {}, form}
      const answer = await send(server.url, request, {body: () => undefined, sent: () => undefined})
      const [after] = await instance.query<NonNullable<Played['after']>>(
        'SELECT serial, count, failcount FROM token WHERE serial = ?',
        [login.token_after?.serial ?? login.request['serial'] ?? ''],
      )
      played.push({login, answer, after})
    }
  })
  after(async () => {
    await server?.stop()
    instance?.remove()
  })

  const types = ['(user)', ...new Set(Object.values(tokens).map(({type}) => type))].sort()
  for (const type of types) {
    const of = ({path, request: {serial = ''}}: RecordedLogin): boolean =>
      path === '/validate/check' && !leftOut.has(serial) && type === (tokens[serial]?.type ?? '(user)')
    const count = logins.filter((login) => !login.command && of(login)).length
    if (count === 0) continue
    it(`${type}: ${count} answers and counters are the same`, () => {
      const lines = played.filter(({login}) => of(login)).flatMap(judgeLogin)

      expect(lines).to.deep.equal([])
    })
  }
})

/**
 * The request with the transaction id of our challenge, and with the answer to what we asked: questions and positions are
 * drawn at random.
 */
function asAskedNow(
  request: Record<string, string>,
  tokens: Record<string, ExpectedToken>,
  before: Played | undefined,
): Record<string, string> {
  if (!('transaction_id' in request)) return request
  const detail = (before?.answer.body as {detail?: Detail} | undefined)?.detail
  if (detail?.transaction_id) transaction = detail
  const {secret, answers} = (tokens[request['serial'] ?? '']?.facts ?? {}) as {
    secret?: string
    answers?: Record<string, string>
  }
  const positions = transaction?.attributes?.random_positions
  const asked = answers?.[transaction?.message ?? '']
  const positioned = secret && positions?.map((position) => secret[position - 1]).join('')
  return {
    ...request,
    transaction_id: transaction?.transaction_id ?? '',
    pass: asked ?? positioned ?? request['pass'] ?? '',
  }
}

/** The configuration must be seen as changed. */
function bumped(played: readonly Played[]): string {
  const last = Math.floor(played.at(-1)?.login.at_epoch ?? 0)
  return `UPDATE config SET "Value" = '${last}' WHERE "Key" = '__timestamp__'`
}

/** The recorded values went through the second decoding of form values. */
function doublyEncoded(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeURIComponent(value)]))
}

function judgeLogin({login, answer, after}: Played): string[] {
  const body = answer.body as {result?: unknown; detail?: Record<string, Json>} | undefined
  const found =
    login.http_status === 500
      ? [...(answer.status >= 400 ? [] : [`status ${answer.status}`])]
      : [
          ...differences(login.http_status, answer.status, undefined, 'status'),
          ...differences(login.result, body?.result, undefined, 'result'),
          ...detailDifferences(login, body?.detail ?? {}),
        ]
  if (login.token_after) {
    const {serial, count, failcount} = login.token_after
    found.push(...differences({serial, count, failcount}, after, undefined, 'token'))
  }
  return found.map((line) => `${login.note} ${show(login.request)}: ${line}`)
}

/** Part of the detail was recorded; of `multi_challenge` the serials. */
function detailDifferences({detail, request}: RecordedLogin, actual: Record<string, Json>): string[] {
  const random = ['question', 'indexedsecret'].some((type) => actual['type'] === type) && !('transaction_id' in request)
  return Object.entries(detail ?? {}).flatMap(([key, value]) => {
    if (key === 'message' && random) return []
    const found = key === 'challenged_serials' ? challengedSerials(actual) : actual[key]
    return differences(value, found, undefined, `detail.${key}`)
  })
}

function challengedSerials(detail: Record<string, Json>): Json {
  const challenges = (detail['multi_challenge'] ?? []) as {serial: string}[]
  return challenges.map(({serial}) => serial)
}
