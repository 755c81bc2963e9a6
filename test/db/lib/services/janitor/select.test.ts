import {expect} from 'chai'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {conditionOf, type TokenFilters} from '../../../../../src/lib/services/janitor/filters.js'
import {everything, type Condition} from '../../../../../src/lib/services/janitor/condition.js'
import {meets} from '../../../../../src/lib/services/janitor/evaluate.js'
import {prepare, selectTokens, type SelectionEnv} from '../../../../../src/lib/services/janitor/select.js'
import {completeRecords, everyPart} from '../../../../../src/lib/services/tokens/record.js'
import {PythonRegex} from '../../../../../src/lib/python/regex.js'
import {describeEachDatabase} from '../../../../support/database.js'

const now = new Date('2025-03-03T12:00:00Z')

const tokens: Row[] = [
  {serial: 'OATH0001', tokentype: 'hotp', description: 'first', count: 7, failcount: 0, active: true},
  {serial: 'OATH0002', tokentype: 'HOTP', description: 'First', count: 70, failcount: 10, active: false},
  {serial: 'oath0003', tokentype: 'totp', description: null, count: 0, failcount: 3, active: true, locked: true},
  {serial: 'TOTP-1', tokentype: 'totp', description: '', count: 2_147_483_647, failcount: 3, active: true},
  {serial: 'TOTP_1', tokentype: 'totp', description: 'first\n', count: 1, failcount: 3, active: true, revoked: true},
  {serial: 'TOTP%1', tokentype: 'pw', description: '100%', count: 1, failcount: 3, active: true, rollout_state: null},
  {serial: 'Ünï2', tokentype: 'pw', description: 'Ćosić ß', count: 1, failcount: 3, active: true},
  {serial: 'UNI1', tokentype: 'spass', description: 'a\nb', count: 1, failcount: 3, active: true},
  {serial: 'EMPTY', tokentype: 'spass', description: 'it’s "quoted"', count: 1, failcount: 3, active: false},
]

/** By serial, in the order in which they are added. */
const details: [string, string, string, string?][] = [
  ['OATH0001', 'batch', '7'],
  ['OATH0001', 'last_auth', '2025-03-01 08:00:00.123456+01:00'],
  ['OATH0002', 'batch', '12'],
  ['OATH0002', 'last_auth', '2024-01-15 10:00:00.000001+00:00'],
  ['oath0003', 'batch', 'x9'],
  ['oath0003', 'last_auth', '2023-06-01 10:00:00'],
  ['TOTP-1', 'batch', '-3'],
  ['TOTP-1', 'last_auth', 'rubbish'],
  ['TOTP_1', 'batch', '7 '],
  ['TOTP_1', 'due', '24.12.2022 18:00'],
  ['TOTP%1', 'batch', '99999999999999999999999'],
  ['TOTP%1', 'due', '2024-02-29T00:00+0000'],
  ['Ünï2', 'Batch', '7'],
  ['Ünï2', 'batch2', ''],
  ['UNI1', 'batch', ''],
  ['UNI1', 'due', '2025-12-24T18:00+0100'],
]

async function fill(db: Database): Promise<void> {
  const ids = await db.insert('token', tokens)
  const idOf = new Map(tokens.map((token, index) => [token['serial'], ids[index]!]))
  await db.insert(
    'tokeninfo',
    details.map(([serial, key, value, type = '']) => ({
      token_id: idOf.get(serial),
      Key: key,
      Value: value,
      Type: type,
    })),
  )
  const [office, partner] = await db.insert('realm', [{name: 'office'}, {name: 'partner'}])
  await db.insert('tokenrealm', [
    {token_id: idOf.get('OATH0001'), realm_id: office},
    {token_id: idOf.get('OATH0001'), realm_id: partner},
    {token_id: idOf.get('TOTP-1'), realm_id: partner},
  ])
  await db.insert('tokenowner', [
    {token_id: idOf.get('OATH0001'), resolver: 'people', user_id: '1000', realm_id: office},
    {token_id: idOf.get('TOTP-1'), resolver: 'People2', user_id: '21', realm_id: null},
    {token_id: idOf.get('UNI1'), resolver: 'people', user_id: 'x"y', realm_id: partner},
  ])
  const [group] = await db.insert('tokengroup', [{name: 'Blue'}])
  await db.insert('tokentokengroup', [{token_id: idOf.get('UNI1'), tokengroup_id: group}])
}

function env(db: Database): SelectionEnv {
  const none = async (): Promise<never> => {
    throw new Error('nothing here needs it')
  }
  return {db, security: none, users: none, owners: none, now: () => now}
}

async function select(db: Database, condition: Condition, pageSize = 3): Promise<string[]> {
  const found: string[] = []
  for await (const page of selectTokens(env(db), condition, {pageSize}))
    found.push(...page.map(({token}) => token.serial))
  return found
}

const regex = (pattern: string) => ({op: 'regex', regex: new PythonRegex(pattern)}) as const
const patterns = [
  '1',
  '^OATH',
  '^OATH0001$',
  'oath',
  '(?i)OATH',
  '^TOTP_1',
  '^$',
  '%',
  '_',
  'Ü',
  '.*',
  'i',
  '^first$',
  '(?!x)i',
  'a.b',
]

/** Conditions of every kind; each is compared with looking at every token. */
const conditions: [string, Condition][] = [
  ['everything', everything],
  ...patterns.flatMap((pattern): [string, Condition][] => [
    [`serial ~ ${pattern}`, {kind: 'field', field: {of: 'token', column: 'serial'}, test: regex(pattern)}],
    [`description ~ ${pattern}`, {kind: 'field', field: {of: 'token', column: 'description'}, test: regex(pattern)}],
    [
      `description !~ ${pattern}`,
      {kind: 'field', field: {of: 'token', column: 'description'}, test: {...regex(pattern), negated: true}},
    ],
    [`batch ~ ${pattern}`, {kind: 'field', field: {of: 'info', key: 'batch'}, test: regex(pattern)}],
    [`resolver ~ ${pattern}`, {kind: 'field', field: {of: 'owner', name: 'resolver'}, test: regex(pattern)}],
  ]),
  ...(['<', '<=', '=', '!=', '>=', '>'] as const).flatMap((compare) =>
    [-4n, -3n, 0n, 7n, 12n, 10n ** 20n].flatMap((value): [string, Condition][] => [
      [
        `batch ${compare} ${value}`,
        {kind: 'field', field: {of: 'info', key: 'batch'}, test: {op: 'integer', compare, value}},
      ],
      [
        `count ${compare} ${value}`,
        {kind: 'field', field: {of: 'token', column: 'count'}, test: {op: 'integer', compare, value}},
      ],
      [
        `active ${compare} ${value}`,
        {kind: 'field', field: {of: 'token', column: 'active'}, test: {op: 'integer', compare, value}},
      ],
    ]),
  ),
  ...['office', 'OFFICE', 'p%', '!%'].map((like): [string, Condition] => [
    `realm like ${like}`,
    {kind: 'field', field: {of: 'realm'}, test: {op: 'like', like}},
  ]),
  ...['ünï2', 'TOTP!%1', 'totp_1', '%1', ''].map((like): [string, Condition] => [
    `serial like ${like}`,
    {kind: 'field', field: {of: 'token', column: 'serial'}, test: {op: 'like', like}},
  ]),
  ['group', {kind: 'field', field: {of: 'group'}, test: {op: 'equals', value: 'Blue'}}],
  ['group in another case', {kind: 'field', field: {of: 'group'}, test: {op: 'equals', value: 'blue'}}],
  ['owner realm', {kind: 'field', field: {of: 'owner', name: 'realm'}, test: {op: 'equals', value: 'office'}}],
  ['no owner', {kind: 'not', of: {kind: 'present', field: {of: 'owner', name: 'uid'}}}],
  ['no detail', {kind: 'not', of: {kind: 'present', field: {of: 'info', key: 'batch'}}}],
  ['container', {kind: 'present', field: {of: 'container', column: 'serial'}}],
  [
    'either',
    {
      kind: 'any',
      of: [
        {kind: 'field', field: {of: 'token', column: 'serial'}, test: {op: 'equals', value: 'TOTP-1'}},
        {kind: 'field', field: {of: 'info', key: 'due'}, test: {op: 'date', compare: '>', value: 0, naive: 'legacy'}},
      ],
    },
  ],
  ['not inexact', {kind: 'not', of: {kind: 'field', field: {of: 'info', key: 'batch'}, test: regex('7')}}],
  ...(['<', '>'] as const).flatMap((compare): [string, Condition][] =>
    ['2022-12-24T18:00:00Z', '2024-01-15T10:00:00Z', '2025-12-24T17:00:00Z'].map((text) => [
      `due ${compare} ${text}`,
      {
        kind: 'any',
        of: ['due', 'last_auth'].map((key) => ({
          kind: 'field' as const,
          field: {of: 'info' as const, key},
          test: {op: 'date' as const, compare, value: Date.parse(text) * 1000, naive: 'utc' as const},
        })),
      },
    ]),
  ),
  [
    'between',
    {kind: 'field', field: {of: 'token', column: 'serial'}, test: {op: 'between', first: 'OATH0002', last: 'TOTP-1'}},
  ],
]

const filters: [TokenFilters, string[]][] = [
  [{tokentype: 'hotp'}, ['OATH0001', 'OATH0002']],
  [{tokentype: 'T*'}, ['oath0003', 'TOTP-1', 'TOTP_1']],
  [{tokentype: 't_tp'}, []],
  [{tokentype: '*', active: 'false'}, ['OATH0002', 'EMPTY']],
  [{active: 'none', assigned: '1'}, ['OATH0001', 'TOTP-1', 'UNI1']],
  [{assigned: 'no', description: '^$'}, ['oath0003']],
  [{serialRange: 'OATH0001..OATH0002'}, ['OATH0001', 'OATH0002']],
  [{lastAuth: '10d'}, ['OATH0002', 'oath0003']],
  [{lastAuth: '10d', includeNeverUsed: true, tokentype: 'spass'}, ['UNI1', 'EMPTY']],
  [{infoKey: 'batch', info: {greaterThan: '6', lessThan: '13'}}, ['OATH0001', 'OATH0002', 'TOTP_1']],
  [{infoKey: 'batch', info: {value: '^7$'}}, ['OATH0001']],
  [{infoKey: 'due', info: {before: '2024-06-01T00:00'}}, ['TOTP_1', 'TOTP%1']],
  [{attributeName: 'failcount', attribute: {value: '10'}}, ['OATH0002']],
  [{attributeName: 'locked', attribute: {value: '1'}}, ['oath0003']],
  [{hasInfo: ['due'], hasNotInfo: ['batch']}, []],
  [{hasNotInfo: ['batch'], hasInfo: ['Batch']}, ['Ünï2']],
  [{realm: 'PARTNER'}, ['OATH0001', 'TOTP-1']],
  [{resolver: 'people'}, ['OATH0001', 'UNI1']],
]

describeEachDatabase('selection of tokens', (open) => {
  let db: Database

  before(async () => {
    db = await open()
    await fill(db)
  })

  for (const [name, condition] of conditions) {
    it(`finds what looking at every token finds: ${name}`, async () => {
      const rows = await db.k<Row>('token').orderBy('id')
      const candidates = await completeRecords(db, rows, everyPart)
      await prepare(env(db), condition, candidates)
      const expected = candidates.filter((candidate) => meets(candidate, condition, now)).map(({token}) => token.serial)

      expect(await select(db, condition)).to.deep.equal(expected)
    })
  }

  for (const [given, expected] of filters) {
    it(`filters ${JSON.stringify(given)}`, async () => {
      expect(await select(db, conditionOf(given, now))).to.deep.equal(expected)
    })
  }

  it('gives the same tokens whatever the size of the pages', async () => {
    const condition = conditionOf({infoKey: 'batch', info: {value: '7'}}, now)

    for (const size of [1, 2, 3, 100]) expect(await select(db, condition, size)).to.deep.equal(['OATH0001', 'TOTP_1'])
  })

  it('reads the parts that were asked for', async () => {
    const pages = []
    for await (const page of selectTokens(env(db), conditionOf({serialExact: 'OATH0001'}, now), {parts: everyPart})) {
      pages.push(page)
    }
    const [page] = pages

    expect(page?.[0]?.realms).to.deep.equal(['office', 'partner'])
    expect(page?.[0]?.owners).to.deep.equal([{userId: '1000', resolver: 'people', realm: 'office'}])
    expect(page?.[0]?.info.map(({key}) => key)).to.deep.equal(['batch', 'last_auth'])
    expect(page?.[0]?.token.keyEnc).to.equal('')
  })
})
