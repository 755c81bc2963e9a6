import {expect} from 'chai'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {PiError} from '../../../../../src/lib/errors.js'
import type {Resolver} from '../../../../../src/lib/resolvers/contract.js'
import type {Condition} from '../../../../../src/lib/services/janitor/condition.js'
import {OwnerSets} from '../../../../../src/lib/services/janitor/owners.js'
import {readRules} from '../../../../../src/lib/services/janitor/rules.js'
import {runRule, type RuleResult} from '../../../../../src/lib/services/janitor/run-rules.js'
import type {JanitorEnv} from '../../../../../src/lib/services/janitor/run.js'
import {selectTokens, type SelectionEnv} from '../../../../../src/lib/services/janitor/select.js'
import {TokenService} from '../../../../../src/lib/services/tokens/index.js'
import type {UserService} from '../../../../../src/lib/services/users.js'
import {describeEachDatabase} from '../../../../support/database.js'

const down = () => new PiError('UNAVAILABLE', 'The server does not answer.')

/** A user store in memory that can be made to misbehave. */
class Store {
  users = new Set<string>()
  /** Most users that a listing gives. */
  limit = Number.POSITIVE_INFINITY
  /** Look-ups before it dies. */
  lives = Number.POSITIVE_INFINITY
  listingFails = false
  lookups = 0

  resolver(): Resolver {
    return {
      listUsers: (): ReturnType<Resolver['listUsers']> => this.#list(),
      findLogin: async (userId) => {
        this.lookups += 1
        if (this.lookups > this.lives) throw down()
        return this.users.has(userId) ? `login-${userId}` : undefined
      },
      findUser: async () => undefined,
      userInfo: async () => undefined,
      checkPassword: async () => false,
      test: async () => ({ok: true, message: ''}),
      close: async () => {},
    }
  }

  async *#list(): ReturnType<Resolver['listUsers']> {
    if (this.listingFails) throw down()
    let count = 0
    for (const userId of this.users) {
      if ((count += 1) > this.limit) return
      yield {userId, login: `login-${userId}`, info: {}}
    }
  }
}

describeEachDatabase('orphans and rules', (open) => {
  let db: Database
  let stores: Record<string, Store>
  let now: Date

  function env(): SelectionEnv & JanitorEnv & {owners: () => Promise<OwnerSets>} {
    const users = {
      directory: async () => ({resolvers: new Map(Object.keys(stores).map((name) => [name, {}]))}),
      resolver: async (name: string) => stores[name]!.resolver(),
    } as unknown as UserService
    const owners = new OwnerSets(db, users)
    const never = async (): Promise<never> => {
      throw new Error('not needed here')
    }
    return {
      db,
      now: () => now,
      security: never,
      users: async () => users,
      owners: async () => owners,
      tokens: async () => new TokenService({db, security: never, pins: never, users: never}),
    }
  }

  async function orphans(given = env(), onError = false): Promise<{serials: string[]; failed: string[]}> {
    const condition: Condition = {kind: 'orphaned', value: true, onError}
    const serials: string[] = []
    for await (const page of selectTokens(given, condition)) serials.push(...page.map(({token}) => token.serial))
    return {serials, failed: (await given.owners()).failures().map(({resolver}) => resolver)}
  }

  beforeEach(async () => {
    db = await open.fresh()
    now = new Date('2025-03-03T12:00:00Z')
    stores = {people: new Store(), other: new Store()}
    const owned = [
      ...Array.from({length: 20}, (_, index) => ['people', `u${index}`] as const),
      ...Array.from({length: 5}, (_, index) => ['other', `o${index}`] as const),
      ['deleted', 'x'] as const,
    ]
    for (const [resolver, userId] of owned) stores[resolver]?.users.add(userId)
    const ids = await db.insert('token', [
      ...owned.map(([resolver, userId]) => ({serial: `${resolver}-${userId}`, tokentype: 'hotp'})),
      {serial: 'free', tokentype: 'hotp'},
    ])
    await db.insert(
      'tokenowner',
      owned.map(([resolver, userId], index) => ({token_id: ids[index], resolver, user_id: userId})),
    )
  })

  it('are tokens whose owner the store does not know, or whose resolver is deleted', async () => {
    stores['people']!.users.delete('u3')
    stores['other']!.users.delete('o1')

    expect(await orphans()).to.deep.equal({serials: ['people-u3', 'other-o1', 'deleted-x'], failed: []})
  })

  it('are looked up one by one only where the listing does not show them', async () => {
    stores['people']!.users.delete('u3')

    await orphans()

    expect(stores['people']!.lookups).to.equal(3)
  })

  it('are told from users whom a listing with a limit leaves out', async () => {
    stores['people']!.limit = 5
    stores['people']!.users.delete('u19')

    expect((await orphans()).serials).to.deep.equal(['people-u19', 'deleted-x'])
  })

  for (const [what, damage] of [
    ['lists nobody and knows nobody', (store: Store) => store.users.clear()],
    ['fails while it lists', (store: Store) => (store.listingFails = true)],
    ['dies in the middle', (store: Store) => ((store.limit = 2), (store.lives = 4), store.users.delete('u7'))],
    ['dies at the very end', (store: Store) => ((store.lives = 2), store.users.delete('u7'))],
  ] as const) {
    it(`are never proven by a store that ${what}; others are not concerned`, async () => {
      damage(stores['people']!)
      stores['other']!.users.delete('o1')

      expect(await orphans()).to.deep.equal({serials: ['other-o1', 'deleted-x'], failed: ['people']})
    })
  }

  it('are those of a store that fails too, when that is asked for', async () => {
    stores['other']!.listingFails = true

    expect((await orphans(env(), true)).serials).to.have.length(6)
  })

  describe('with rules', () => {
    const rules = `
rules:
  - name: gone
    where: orphaned
    mark: orphan_since
    after: 30d
    action: delete
`
    const run = async (dryRun = false): Promise<RuleResult> => {
      const given = env()
      return runRule(given, given, readRules(rules, 'rules', now)[0]!, {dryRun, check: () => {}})
    }
    const marks = async () =>
      (await db.k<Row>('tokeninfo').where({Key: 'orphan_since'}).orderBy('id')).map((row) => String(row['Value']))
    const wait = (days: number) => (now = new Date(now.getTime() + days * 86_400_000))

    it('a token is marked, keeps its first mark, and is deleted when it is old enough', async () => {
      stores['people']!.users.delete('u3')

      expect((await run()).marked).to.deep.equal(['people-u3', 'deleted-x'])
      wait(29)
      expect(await run()).to.deep.equal({
        name: 'gone',
        action: 'delete',
        unmarked: [],
        changed: [],
        marked: [],
        skipped: [],
        failed: [],
      })
      expect(await marks()).to.deep.equal(['2025-03-03T12:00:00+00:00', '2025-03-03T12:00:00+00:00'])
      wait(2)
      expect((await run()).changed).to.deep.equal(['people-u3', 'deleted-x'])
      expect(await db.k<Row>('token').where({serial: 'people-u3'})).to.deep.equal([])
    })

    it('a token that is no longer stale loses its mark', async () => {
      stores['people']!.users.delete('u3')
      await run()
      stores['people']!.users.add('u3')
      wait(40)

      const result = await run()

      expect(result.unmarked).to.deep.equal(['people-u3'])
      expect(result.changed).to.deep.equal(['deleted-x'])
      expect(await marks()).to.deep.equal([])
    })

    it('a store that is down neither takes marks away nor lets anything be deleted', async () => {
      stores['people']!.users.delete('u3')
      await run()
      stores['people']!.listingFails = true
      wait(40)

      const result = await run()

      expect(result).to.deep.include({unmarked: [], changed: ['deleted-x'], marked: []})
      expect(await marks()).to.have.length(1)
    })

    it('a dry run only tells', async () => {
      expect((await run(true)).marked).to.deep.equal(['deleted-x'])
      expect(await marks()).to.deep.equal([])
    })

    it('a rule that would act on too many does not act', async () => {
      const given = env()
      const text = 'rules:\n  - {name: all, where: type = hotp, action: disable}\n'
      const limited = `${text.trimEnd().slice(0, -1)}, allow-mass: 30}\n`

      const refused = await runRule(given, given, readRules(text, 'rules', now)[0]!, {dryRun: false, check: () => {}})
      const allowed = await runRule(given, given, readRules(limited, 'rules', now)[0]!, {
        dryRun: false,
        check: () => {},
      })

      expect(refused.refused).to.match(/There are 27 tokens to disable, 100.0 % of all 27/)
      expect(refused.changed).to.deep.equal([])
      expect(allowed.changed).to.have.length(27)
    })
  })
})

describe('rules files', () => {
  const at = new Date('2025-03-03T12:00:00Z')
  const wrong: [string, RegExp][] = [
    ['{', /is not YAML/],
    ['a: b', /holds no rules/],
    ['rules: [1]', /not a mapping/],
    ['rules: [{where: active, action: delete}]', /no name/],
    ['rules: [{name: a, action: delete}]', /neither where nor filters/],
    ['rules: [{name: a, where: active}]', /neither action nor mark/],
    ['rules: [{name: a, where: activ, action: delete}]', /rule 1 \(a\): The condition is wrong/],
    ['rules: [{name: a, where: active, action: explode}]', /"explode" is not understood/],
    ['rules: [{name: a, where: active, action: delete, after: 3d}]', /after needs a mark/],
    ['rules: [{name: a, where: active, action: delete, mark: m}]', /needs after/],
    ['rules: [{name: a, where: active, action: delete, mark: m, after: soon}]', /not a time span/],
    ['rules: [{name: a, filters: {colour: red}, action: delete}]', /filter 'colour'/],
    ['rules: [{name: a, filters: {active: maybe}, action: delete}]', /true or false/],
    ['rules: [{name: a, where: active, action: delete, acton: x}]', /no key 'acton'/],
    ['rules: [{name: a, where: active, action: delete, allow-mass: many}]', /allow-mass is a number/],
    ['rules: [{name: a, where: active, action: delete}, {name: a, where: active, action: delete}]', /two rules/],
  ]
  for (const [text, problem] of wrong) {
    it(`are refused with a reason: ${text}`, () => {
      expect(() => readRules(text, 'file', at))
        .to.throw(PiError, problem)
        .with.property('code', 'INVALID_INPUT')
    })
  }

  it('know every action and filter', () => {
    const text = `
- {name: a, where: active, action: {set-realms: [x, y]}}
- {name: b, filters: {tokentype: hotp, last-auth: 90d, include-never-used: true, active: true}, action: {remove-info: k}}
- {name: c, filters: {has-tokeninfo-key: [k, l]}, action: {mark: {description: d, info: {k: v}}}, allow-mass: 7}
- {name: d, where: active, mark: m}
`
    const rules = readRules(text, 'file', at)

    expect(rules.map(({action}) => action)).to.deep.equal([
      {name: 'set-realms', realms: ['x', 'y']},
      {name: 'remove-info', keys: ['k']},
      {name: 'mark', description: 'd', info: {key: 'k', value: 'v'}},
      undefined,
    ])
  })
})
