import {expect} from 'chai'
import fc from 'fast-check'
import {isAllowed} from '../../../../src/lib/policy/allowed.js'
import {parseActions, parseList} from '../../../../src/lib/policy/encoding.js'
import {explainPolicy} from '../../../../src/lib/policy/explain.js'
import {PolicyError} from '../../../../src/lib/policy/errors.js'
import {PolicySet} from '../../../../src/lib/policy/policy-set.js'
import type {PolicyRequest} from '../../../../src/lib/policy/request.js'
import {actionValues} from '../../../../src/lib/policy/values.js'
import type {Policy} from '../../../../src/lib/types/policy.js'
import {
  referenceAllowed,
  referenceMatch,
  referenceValues,
  type Asked,
  type StoredPolicy,
} from '../../../support/policy-reference.js'

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values)
/** A list that is mostly empty, as in real policies, so that some policies match. */
const listOf = (elements: fc.Arbitrary<string>) =>
  fc.oneof(
    {arbitrary: fc.constant(''), weight: 3},
    {
      arbitrary: fc.array(elements, {maxLength: 3, minLength: 1}).map((found) => found.join(', ')),
      weight: 1,
    },
  )

const logins = ['hans', 'root', 'Hans', 'anna', '', 'h.maier', 'axyz'] as const
const loginElements = [
  ...['hans', 'Hans', '*', 'h.*', '!root', '-root', '!h.*', '*admin', 'a|b', '(?i)HANS', '[ar].*', '', '!hans', '.+'],
  ...['(hans|root)', '^hans', 'hans$', '-', '!', 'h\\.maier', 'x*'],
]
const realms = ['sales', 'corp', '', 'dev'] as const
const resolvers = ['r1', 'r2', '', 'r3'] as const
const clients = ['10.1.1.1', '192.168.0.1', '10.0.0.1', 'fe80::1', '2001:db8::7'] as const
const times = [
  ...['', 'mon-fri:8-17', 'mon-fri: 8:00-17:00, sat:9-12', 'fri-mon:0-23', 'mon:22-6', 'wed:12:01-13', 'wed:11-12:00'],
  ...['xyz:1-2, wed:0-23:59', 'mon:25-26, wed:0-23', 'WED:0-23:59', 'wed', 'wed:12-12', 'sun:0-23:59', 'mon-wed:11-12'],
]
const actions = ['otppin', 'passthru', 'enable', 'smstext', 'delete', 'enroll_hotp'] as const
const actionParts = [
  ...['otppin=none', 'otppin=userstore', 'otppin=tokenpin', 'passthru', 'passthru=userstore', 'enable', 'delete', '*'],
  ...["smstext='a b'", 'smstext=a b', 'otp.*=none', '-delete', '!enable', 'enroll.*', '', 'otppin = none', 'otppin='],
  ...["smstext=''", "smstext='", 'otppin=a=b', 'enroll_hotp=False', 'otppin'],
]

const condition = fc.record({
  active: fc.boolean().map((on) => on),
  comparator: pick('equals', '!equals', 'contains', '!contains', 'matches', '!matches', 'in', '!in', '<', '>', 'odd'),
  key: pick('phone', 'type', 'tokentype', 'failcount', 'realms', 'active', 'X-Level', 'REQUEST_METHOD', 'count', 'nul'),
  missingData: pick('raise_error' as const, 'condition_is_false' as const, 'condition_is_true' as const),
  section: pick(
    ...['userinfo', 'tokeninfo', 'token', 'HTTP Request header', 'HTTP Environment', 'userinfo', 'token', 'nosuch'],
  ),
  value: pick('hotp', 'h.*', 'hotp, totp', '5', '+5', '', 'corp', '(?i)HOTP', 'GET', 'x|y', ' 7 ', 'True', 'many'),
})

const row = fc.record({
  action: fc.array(pick(...actionParts), {maxLength: 4, minLength: 1}).map((parts) => parts.join(', ')),
  active: fc.oneof({arbitrary: fc.constant(true), weight: 5}, {arbitrary: fc.constant(false), weight: 1}),
  adminrealm: listOf(pick('super', '*', '', '!super', 'help.*')),
  adminuser: listOf(pick('boss', '*', '!boss', 'BOSS', 'b.*')),
  checkAllResolvers: fc.oneof({arbitrary: fc.constant(false), weight: 4}, {arbitrary: fc.constant(true), weight: 1}),
  client: listOf(
    pick(
      ...['10.0.0.0/8', '10.1.2.3/8', '!10.1.1.1', '-10.0.0.0/255.255.0.0', '0.0.0.0/0', '192.168.0.1', 'fe80::/10'],
      ...['10.0.0.0/255.0.0.0', '::/0', '!2001:db8::/32', ''],
    ),
  ),
  conditions: fc.oneof(
    {arbitrary: fc.constant([]), weight: 3},
    {arbitrary: fc.array(condition, {maxLength: 2, minLength: 1}), weight: 1},
  ),
  name: fc.constant('p'),
  pinode: listOf(pick('n1', 'n2', '*', '!n1', 'n.')),
  priority: pick(1, 2, 3),
  realm: listOf(pick('sales', 'corp', '*', '!corp', 'Sales', 's.*', '(?i)SALES', '-sales')),
  resolver: listOf(pick('r1', 'r2', '*', '!r1', 'r.', '-r2')),
  scope: pick('authentication', 'authentication', 'admin', 'user', 'nowhere'),
  time: fc.oneof({arbitrary: fc.constant(''), weight: 2}, {arbitrary: pick(...times), weight: 1}),
  user: listOf(pick(...loginElements)),
  userAgents: listOf(pick('keycloak', 'PAM', 'FreeRADIUS', '*')),
  userCaseInsensitive: fc.boolean(),
})

const user = fc.oneof(
  fc.record({login: pick(...logins), realm: pick(...realms), resolver: pick(...resolvers)}),
  fc.record({realm: pick(...realms)}),
  fc.record({tokenRealms: fc.subarray(['sales', 'corp', 'dev'], {minLength: 1})}),
  fc.constant({}),
)
const optional = <T>(given: fc.Arbitrary<T>) => fc.option(given, {nil: undefined})

const asked = fc
  .record({
    action: optional(pick(...actions)),
    adminRealm: optional(pick('super', '', 'helpdesk')),
    adminUser: optional(pick('boss', 'Boss', 'ann')),
    client: optional(pick(...clients)),
    // there is always one; what its absence means is not written
    environment: pick({REQUEST_METHOD: 'GET'}, {REQUEST_METHOD: '', phone: '5'}, {}),
    headers: optional(pick({'x-level': '5'}, {'x-level': ''}, {phone: 'hotp'}, {})),
    node: optional(pick('n1', 'n2', 'localnode')),
    now: pick(
      new Date(2023, 10, 15, 12, 0, 30),
      new Date(2023, 10, 15, 12, 1),
      new Date(2023, 10, 18, 9, 0),
      new Date(2023, 10, 19, 23, 59),
      new Date(2023, 10, 13, 17, 0, 59),
    ),
    resolversOf: fc.constant({corp: ['r2', 'r3'], sales: ['r1']}),
    scope: pick('authentication', 'authentication', 'admin', 'user'),
    token: optional(
      pick(
        {active: true, count: 5, failcount: 0, nul: null, realms: ['corp', 'hotp'], tokentype: 'hotp'},
        {active: false, failcount: 7, realms: [], tokentype: 'HOTP'},
      ),
    ),
    tokenInfo: optional(pick({count: '5', type: 'totp'}, {phone: 'many', tokentype: ''})),
    user,
    userAgent: optional(pick('Keycloak', 'pam', '', 'other')),
    userInfo: optional(
      pick({phone: '7', realms: ['5', 'corp'], type: 'hotp'}, {active: true, count: 6, nul: null}, {tokentype: 'xz'}),
    ),
  })
  .map(({user: whom, ...rest}): Asked => ({...rest, ...whom}))

const policyOf = (stored: StoredPolicy): Policy => ({
  actions: parseActions(stored.action),
  active: stored.active,
  adminRealms: parseList(stored.adminrealm),
  adminUsers: parseList(stored.adminuser),
  checkAllResolvers: stored.checkAllResolvers,
  clients: parseList(stored.client),
  conditions: stored.conditions,
  id: stored.id,
  name: stored.name,
  nodes: parseList(stored.pinode),
  priority: stored.priority,
  realms: parseList(stored.realm),
  resolvers: parseList(stored.resolver),
  scope: stored.scope,
  time: stored.time,
  userAgents: parseList(stored.userAgents),
  userCaseInsensitive: stored.userCaseInsensitive,
  users: parseList(stored.user),
})

const requestOf = ({environment, headers, token, tokenInfo, tokenRealms, userInfo, ...rest}: Asked): PolicyRequest => ({
  ...rest,
  additionalRealms: tokenRealms,
  context: {
    environment,
    headers,
    token: token && {columns: token, info: tokenInfo ?? {}},
    userInfo: userInfo && (() => Promise.resolve(userInfo)),
  },
})

/** The result, or the text of a policy error. */
async function outcome<T>(work: () => Promise<T> | T): Promise<T | {error: string}> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PolicyError) return {error: error.message}
    throw error
  }
}

describe('policies against a second evaluator of spec/07', () => {
  it('gives the same policies, rights and values for random sets and requests', async function () {
    this.timeout(60_000 + 20 * Number(process.env['PI_REFERENCE_RUNS'] ?? 0))
    let matches = 0
    let errors = 0
    const numRuns = Number(process.env['PI_REFERENCE_RUNS'] ?? 400)
    await fc.assert(
      fc.asyncProperty(fc.array(row, {maxLength: 6, minLength: 1}), asked, async (rows, given) => {
        const stored = rows.map((one, index): StoredPolicy => ({...one, id: index + 1, name: `p${index + 1}`}))
        // a token always comes with its info
        const question: Asked = {...given, tokenInfo: given.token && (given.tokenInfo ?? {})}
        const policies = stored.map(policyOf)
        const surroundings = {resolversOfRealm: (realm: string) => question.resolversOf[realm as 'corp'] ?? []}
        const set = new PolicySet(policies, surroundings)
        const request = requestOf(question)

        const expected = referenceMatch(stored, question)
        if ('error' in expected) errors++
        else if (expected.length > 0) matches++
        const matched = await outcome(async () => (await set.match(request)).map(({name}) => name))
        expect(matched).to.deep.equal(expected)
        expect(await outcome(() => isAllowed(set, request))).to.deep.equal(referenceAllowed(stored, question))
        if (question.action !== undefined) {
          const action = question.action
          for (const unique of [true, false]) {
            for (const whiteSpace of [true, false]) {
              const values = await outcome(async () =>
                Object.fromEntries(actionValues(await set.match(request), action, {unique, whiteSpace})),
              )
              expect(values).to.deep.equal(referenceValues(stored, {...question, action}, {unique, whiteSpace}))
            }
          }
        }
        if (!('error' in expected)) {
          const explained = await Promise.all(policies.map((policy) => explainPolicy(policy, request, surroundings)))
          const met = explained.filter(({matches: met}) => met).map(({name}) => name)
          expect(new Set(met)).to.deep.equal(new Set(expected))
        }
      }),
      {numRuns},
    )
    // a generator that never matches would prove nothing
    expect(matches).to.be.greaterThan(numRuns / 20)
    expect(errors).to.be.greaterThan(0)
  })
})
