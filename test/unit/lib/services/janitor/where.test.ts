import {expect} from 'chai'
import type {Row} from '../../../../../src/lib/db/database.js'
import {PiError} from '../../../../../src/lib/errors.js'
import {meets, type Candidate} from '../../../../../src/lib/services/janitor/evaluate.js'
import {expressionCondition, type ExpressionOption} from '../../../../../src/lib/services/janitor/expressions.js'
import {parseWhere} from '../../../../../src/lib/services/janitor/where.js'
import {bareRecords} from '../../../../../src/lib/services/tokens/record.js'

const now = new Date('2025-03-03T12:00:00Z')

function candidate(row: Row, more: Partial<Candidate> = {}): Candidate {
  const [record] = bareRecords({bool: (value: unknown) => value === 1 || value === true} as never, [
    {
      id: 1,
      serial: 'OATH1',
      tokentype: 'hotp',
      description: 'first',
      count: 7,
      failcount: 0,
      active: 1,
      locked: 0,
      ...row,
    },
  ])
  return {...record!, ...more}
}

const token = candidate(
  {},
  {
    info: [
      {key: 'batch', value: '7', type: '', description: ''},
      {key: 'last_auth', value: '2024-11-01 10:00:00.000000+00:00', type: '', description: ''},
      {key: 'my key', value: "it's", type: '', description: ''},
    ],
    owners: [{userId: '1000', resolver: 'people', realm: 'office'}],
    realms: ['office', 'partner'],
    groups: ['blue'],
    container: {serial: 'SMPH1', type: 'smartphone', last_seen: '2025-03-01 10:00:00.000000', description: ''},
    user: new Map([
      ['login', ['ann']],
      ['email', ['ann@office.test']],
    ]),
    ownerState: 'absent',
  },
)
const bare = candidate({description: null, active: 0})

/** Expression, whether the full token meets it, whether the bare one does. */
const expressions: [string, boolean, boolean][] = [
  ['active', true, false],
  ['not active', false, true],
  ['active = false', false, true],
  ['locked != true', true, true],
  ['type = hotp', true, true],
  ['type = HOTP', false, false],
  ['type like H*', true, true],
  ['type not like h*', false, false],
  ['serial ~ ^OATH', true, true],
  ['serial !~ "^OATH"', false, false],
  ['count = 7 and failcount < 1', true, true],
  ['count >= 8 or count <= 7', true, true],
  ['count <> 7', false, false],
  ['count in (1, 7)', true, true],
  ['count not in (1, 7)', false, false],
  ['serial in (\'A\', "OATH1")', true, true],
  ['serial between OATH0 and OATH2', true, true],
  ['description = first', true, false],
  ['description != first', false, false],
  ['not description = first', false, true],
  ['info.batch = 7', true, false],
  ["info.batch = '7'", true, false],
  ['info.batch > 6 and info.batch < 8', true, false],
  ['info.batch exists', true, false],
  ['not info.batch exists', false, true],
  ['exists info.batch', true, false],
  ["info.'my key' = 'it''s'", true, false],
  ['info.last_auth < ago(90d)', true, false],
  ['info.last_auth < ago(200d)', false, false],
  ['info.last_auth > 2024-10-31', true, false],
  ["info.last_auth >= '2024-11-01T10:00:00+00:00'", true, false],
  ['assigned', true, false],
  ['not assigned', false, true],
  ['assigned = no', false, true],
  ['owner exists', true, false],
  ['owner.uid = 1000', true, false],
  ['owner.resolver = people and resolver = people', true, false],
  ['owner.realm = office', true, false],
  ["owner.login = 'ann'", true, false],
  ['owner.email like *@office.test', true, false],
  ['realm = partner', true, false],
  ['realm = nowhere', false, false],
  ['group = blue', true, false],
  ['container = SMPH1', true, false],
  ['container.type = smartphone', true, false],
  ['container.last_seen > ago(10d)', true, false],
  ['not container exists', false, true],
  ['orphaned', true, false],
  ['orphaned = false', false, true],
  ['(active or locked) and not (count > 8)', true, false],
  ['NOT active OR type = hotp AND count = 7', true, true],
]

const wrong: [string, RegExp][] = [
  ['', /field is missing/],
  ['activ', /there is no field 'activ'/],
  ['type', /operator is missing/],
  ['type =', /value is missing/],
  ['type = hotp and', /field is missing/],
  ['(type = hotp', /closing parenthesis/],
  ['type = hotp)', /character 12: '\)' is not expected/],
  ["type = 'hotp", /quote is not closed/],
  ['count = seven', /not an integer/],
  ['active > true', /not for true and false/],
  ['active = maybe', /neither true nor false/],
  ['info.batch > often', /neither an integer nor a date/],
  ['info.last_auth < ago(often)', /not a span/],
  ['info.last_auth < ago 9d', /ago needs a span/],
  ['info > 1', /info needs a key/],
  ['container.colour = red', /a container has no 'colour'/],
  ['pin_hash ~ x', /no field 'pin_hash'/],
  ['key_enc exists', /no field 'key_enc'/],
  ['serial ~ [', /not a regular expression/],
  ['count in 1, 2', /list in parentheses/],
  ['serial between a or b', /between needs 'and'/],
  ['= 1', /'=' is no field/],
  ['not '.repeat(500) + 'active', /nested too deeply/],
  ['('.repeat(500), /nested too deeply/],
]

describe('the where language', () => {
  for (const [text, full, empty] of expressions) {
    it(`understands ${text}`, () => {
      const condition = parseWhere(text, now)

      expect([meets(token, condition, now), meets(bare, condition, now)]).to.deep.equal([full, empty])
    })
  }

  for (const [text, problem] of wrong) {
    it(`says what is wrong with ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(() => parseWhere(text, now))
        .to.throw(PiError, problem)
        .with.property('code', 'USAGE')
    })
  }
})

describe('expressions of 3.11', () => {
  const given: [ExpressionOption, string, boolean][] = [
    ['tokenattribute', 'serial=^OATH', true],
    ['tokenattribute', 'serial ! ^OATH', false],
    ['tokenattribute', 'count=7', true],
    ['tokenattribute', 'count!7', false],
    ['tokenattribute', 'count>6', true],
    ['tokenattribute', 'active=True', true],
    ['tokenattribute', 'active=0', false],
    ['tokeninfo', 'batch=7', true],
    ['tokeninfo', 'batch<8', true],
    ['tokeninfo', 'batch>8', false],
    ['tokeninfo', 'nothing!7', false],
    ['tokeninfo', 'last_auth<2024-12-01', true],
    ['tokeninfo', 'last_auth > 2024-12-01', false],
    ['tokenowner', 'realm=^off', true],
    ['tokenowner', 'login=ann', true],
    ['tokenowner', 'email!ann', false],
    ['tokencontainer', 'type=smart', true],
    ['tokencontainer', 'last_seen>2025-02-01', true],
  ]
  for (const [option, text, expected] of given) {
    it(`understands --${option} '${text}'`, () => {
      expect(meets(token, expressionCondition(option, text, now), now)).to.equal(expected)
    })
  }

  for (const [option, text] of [
    ['tokeninfo', 'batch'],
    ['tokeninfo', 'a=b=c'],
    ['tokeninfo', '=7'],
    ['tokeninfo', 'batch>=7'],
    ['tokeninfo', 'batch<often'],
    ['tokenattribute', 'count<2024-01-01'],
    ['tokenattribute', 'pin_hash=x'],
    ['tokenattribute', 'count=x'],
    ['tokencontainer', 'colour=red'],
  ] as const) {
    it(`refuses --${option} '${text}'`, () => {
      expect(() => expressionCondition(option, text, now))
        .to.throw(PiError)
        .with.property('code', 'USAGE')
    })
  }
})
