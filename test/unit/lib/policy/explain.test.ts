import {expect} from 'chai'
import {explainPolicy} from '../../../../src/lib/policy/explain.js'
import type {PolicyRequest} from '../../../../src/lib/policy/request.js'
import type {PolicyCondition} from '../../../../src/lib/types/policy.js'
import {policy, request} from './support.js'

type Fields = Parameters<typeof policy>[3]
const on = (section: string, key: string, comparator: string, value: string, more = {}): Fields => ({
  conditions: [{active: true, comparator, key, section, value, ...more} as PolicyCondition],
})
const user = (login: string, realm = 'sales', resolver = 'r1') => ({login, realm, resolver})
const header = {context: {headers: {'x-level': '5'}}}
const token = {
  context: {token: {columns: {count: 5, realms: ['corp'], tokentype: 'hotp', user_pin: 'x'}, info: {origin: 'import'}}},
}
const info = (found: Record<string, string>) => ({context: {userInfo: () => Promise.resolve(found)}})

/** Section of spec/07, fields of the policy, the request, what decides, and what is said about it. */
const cases: [string, Fields, Partial<PolicyRequest>, string, string][] = [
  ['4.2', {active: false}, {}, 'inactive', 'the policy is disabled'],
  ['4.2', {scope: 'admin'}, {}, 'scope', 'the policy is of scope admin, asked is authentication'],
  ['2', {scope: 'nowhere'}, {}, 'scope', 'the policy is of scope nowhere, asked is authentication'],
  ['4.2', {}, {action: 'otppin'}, 'match', ''],
  ['4.2', {}, {action: 'passthru'}, 'action', "'passthru' is not in otppin"],
  ['3.1', {actions: new Map()}, {action: 'otppin'}, 'action', 'the policy names no action'],
  ['4.1', {user: ''}, user('hans'), 'match', ''],
  ['4.1', {user: '*'}, user(''), 'match', ''],
  ['4.1', {user: 'root'}, user(''), 'user', "'' is not in root"],
  ['4.1', {user: '!root'}, user('hans'), 'user', "'hans' is not in !root (only negations: add *)"],
  ['4.1', {user: '*, !root'}, user('root'), 'user', "'root' is found by element 1, *; excluded by element 2, !root"],
  ['4.1', {user: '*, -root'}, user('root'), 'user', 'excluded by element 2, -root'],
  ['4.1', {user: '*, -root'}, user('hans'), 'match', ''],
  ['4.1', {user: 'h.*'}, user('hans'), 'match', ''],
  ['4.1', {user: 'Hans'}, user('hans'), 'user', "'hans' is not in Hans"],
  ['4.1', {user: 'a|b'}, user('axyz'), 'match', ''],
  ['4.1', {user: '*admin'}, user('hans'), 'user', "'hans' is not in *admin"],
  ['4.1', {user: '-root'}, user('-root'), 'match', ''],
  ['4.1', {user: '*, !h.*'}, user('hans'), 'match', ''],
  ['4.1', {user: '(?i)HANS'}, user('hans'), 'match', ''],
  ['4.4', {user: 'HANS', userCaseInsensitive: true}, user('hans'), 'match', ''],
  ['4.3', {user: 'root'}, {}, 'match', ''],
  ['4.2', {realm: 'corp'}, user('hans'), 'realm', "'sales' is not in corp"],
  ['4.3', {realm: 'Sales'}, user('hans'), 'realm', "'sales' is not in Sales"],
  ['4.3', {realm: 'sales'}, {login: '', realm: '', resolver: ''}, 'realm', "'' is not in sales"],
  ['4.1', {realm: 'corp'}, {additionalRealms: ['dev', 'corp']}, 'match', ''],
  ['4.1', {realm: 'corp'}, {additionalRealms: ['dev', 'ext']}, 'realm', "'dev, ext' is not in corp"],
  ['4.5', {resolver: '*, !r1'}, user('hans'), 'match', ''],
  ['4.5', {resolver: '!r1'}, user('hans'), 'resolver', "'r1' is excluded by element 1, !r1 (exclusions of resolvers"],
  ['4.5', {resolver: 'r2'}, user('hans'), 'resolver', "'r1' is not in r2"],
  ['4.5', {checkAllResolvers: true, resolver: 'r2'}, user('hans'), 'match', ''],
  ['4.5', {checkAllResolvers: true, resolver: 'r9'}, user('hans'), 'resolver-all', 'realm sales has r1, r2'],
  ['4.5', {checkAllResolvers: true, resolver: 'r2'}, user(''), 'resolver-all', 'has no realm or no login'],
  ['4.5', {checkAllResolvers: true}, user('hans'), 'resolver-all', 'an empty list of resolvers never matches'],
  ['4.6', {nodes: ['n1']}, {node: 'n1'}, 'match', ''],
  ['4.6', {nodes: ['*']}, {node: 'n1'}, 'pinode', "this node is 'n1', the policy names *"],
  ['4.6', {nodes: ['localnode']}, {node: 'n2'}, 'pinode', "this node is 'n2', the policy names localnode"],
  ['4.7', {client: '10.0.0.0/8'}, {client: '10.1.1.1'}, 'match', ''],
  ['4.7', {client: '10.1.2.3/8'}, {client: '10.9.9.9'}, 'match', ''],
  ['4.7', {client: '10.0.0.0/255.0.0.0'}, {client: '10.9.9.9'}, 'match', ''],
  ['4.7', {client: '!10.0.0.1'}, {client: '10.9.9.9'}, 'client', 'is not in !10.0.0.1 (only negations: add 0.0.0.0/0)'],
  ['4.7', {client: '0.0.0.0/0, !10.0.0.1'}, {client: '10.0.0.1'}, 'client', '10.0.0.1 is excluded by 0.0.0.0/0, !10'],
  ['4.7', {client: '0.0.0.0/0'}, {client: 'fe80::1'}, 'client', 'fe80::1 is not in 0.0.0.0/0'],
  ['4.8', {userAgents: ['keycloak']}, {userAgent: 'Keycloak'}, 'match', ''],
  ['4.8', {userAgents: ['keycloak']}, {userAgent: ''}, 'user_agent', "the user agent is '', the policy names keycloak"],
  ['4.9', {time: 'mon-fri:8-17'}, {}, 'match', ''],
  ['4.9', {time: 'mon-fri:8-11'}, {}, 'time', 'it is wed 12:00 at the server, the policy says mon-fri:8-11'],
  ['4.9', {time: 'fri-mon:0-23'}, {}, 'time', 'the policy says fri-mon:0-23'],
  ['4.9', {time: 'mon-wed:22-6'}, {}, 'time', 'the policy says mon-wed:22-6'],
  ['4.9', {time: 'wed:11-12'}, {}, 'match', ''],
  ['4.9', {time: 'wednesday:0-23'}, {}, 'time', 'the policy says wednesday:0-23'],
  [
    '4.2',
    {adminUsers: ['boss'], scope: 'admin'},
    {adminUser: 'ann', scope: 'admin'},
    'adminuser',
    "'ann' is not in boss",
  ],
  [
    '4.3',
    {adminRealms: ['super'], scope: 'admin'},
    {adminRealm: '', scope: 'admin'},
    'adminrealm',
    "'' is not in super",
  ],
  ['4.2', {adminUsers: ['boss']}, {adminUser: 'ann'}, 'match', ''],
  ['5.3', on('HTTP Request header', 'X-Level', 'equals', '5'), header, 'match', ''],
  ['5.3', on('HTTP Request header', 'X-Level', '>', '5'), header, 'condition 1', '> \'5\': the request has "5"'],
  [
    '5.2',
    on('HTTP Request header', 'X-Other', 'equals', '5'),
    header,
    'condition 1',
    'Unknown HTTP header key referenced',
  ],
  ['5.2', on('userinfo', 'phone', 'equals', '5'), {}, 'condition 1', 'an according object is not available'],
  ['5.2', on('userinfo', 'phone', 'equals', '5'), info({}), 'condition 1', 'Unknown key in the userinfo conditions'],
  [
    '5.3',
    on('userinfo', 'group', 'matches', 'adm.*'),
    info({group: 'users'}),
    'condition 1',
    'the request has "users"',
  ],
  ['5.3', on('token', 'count', 'equals', '5'), token, 'condition 1', "token/count equals '5': the request has 5"],
  ['5.3', on('token', 'realms', 'contains', 'corp'), token, 'match', ''],
  [
    '5.2',
    on('token', 'tokentype', 'contains', 'h'),
    token,
    'condition 1',
    "Invalid comparison in the 'token' conditions",
  ],
  ['5.2', on('token', 'tokentype', 'odd', 'h'), token, 'condition 1', 'Invalid comparison'],
  ['5.2', on('nowhere', 'a', 'equals', 'h'), token, 'condition 1', 'has condition with unknown section'],
  ['5.3', on('tokeninfo', 'origin', '!in', 'a, import'), token, 'condition 1', 'the request has "import"'],
  ['5.4', on('userinfo', 'a', 'equals', 'b', {missingData: 'condition_is_true'}), {}, 'match', ''],
  ['5.4', on('userinfo', 'a', 'equals', 'b', {missingData: 'condition_is_false'}), {}, 'condition 1', 'has nothing'],
  ['5', on('nowhere', 'a', 'equals', 'h', {active: false}), {}, 'match', ''],
  ['5.3', on('token', 'user_pin', 'equals', 'y'), token, 'condition 1', 'a value that is not shown'],
]

describe('policy explain', () => {
  const surroundings = {resolversOfRealm: (realm: string) => (realm === 'sales' ? ['r1', 'r2'] : [])}

  for (const [index, [section, fields, asked, stage, reason]] of cases.entries()) {
    const verdict = stage === 'match' ? 'a match' : `what stops it: ${stage}`
    it(`tells ${verdict} (case ${index + 1}, spec/07 §${section})`, async () => {
      const explained = await explainPolicy(
        policy('p', 'authentication', 'otppin=none', fields),
        request(asked),
        surroundings,
      )

      expect(explained.firstFailure?.stage ?? 'match').to.equal(stage)
      expect(explained.matches).to.equal(stage === 'match')
      expect(explained.firstFailure?.reason ?? '').to.include(reason)
    })
  }

  it('shows every criterion in the order of the server, also behind the first that failed', async () => {
    const asked = request({...user('hans'), action: 'otppin', client: '10.1.1.1'})
    const fields = {active: false, client: '192.168.0.0/16', time: 'sun:1-2'}
    const {stages} = await explainPolicy(policy('p', 'authentication', 'otppin', fields), asked, surroundings)

    expect(stages.filter(({verdict}) => verdict === 'failed').map(({stage}) => stage)).to.deep.equal([
      'inactive',
      'client',
      'time',
    ])
    expect(stages.find(({stage}) => stage === 'pinode')?.verdict).to.equal('unchecked')
  })
})
