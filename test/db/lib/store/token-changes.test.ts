import {expect} from 'chai'
import type {Database, Row} from '../../../../src/lib/db/database.js'
import {ChallengeRepository} from '../../../../src/lib/store/challenges.js'
import {TokenChangeRepository, type CheckedChanges} from '../../../../src/lib/store/token-changes.js'
import {describeEachDatabase} from '../../../support/database.js'

const nothing = {
  counter: undefined,
  fitness: undefined,
  failures: 0,
  clearsFailures: false,
  exceededAt: undefined,
  info: [],
  usedUp: [],
  increments: [],
  rewrites: false,
  deletes: false,
  pinHash: undefined,
} satisfies Omit<CheckedChanges, 'id' | 'serial'>

describeEachDatabase('what logins change', (open) => {
  let db: Database
  let made = 0

  before(async () => {
    db = await open()
  })

  async function token(
    columns: Row = {},
    info: Readonly<Record<string, string>> = {},
  ): Promise<{id: number; serial: string}> {
    const serial = `T${++made}`
    const [id] = await db.insert('token', [
      {
        serial,
        tokentype: 'hotp',
        active: true,
        count: 5,
        failcount: 0,
        maxfail: 3,
        key_enc: '',
        key_iv: '',
        ...columns,
      },
    ])
    await db.insert(
      'tokeninfo',
      Object.entries(info).map(([Key, Value]) => ({token_id: id, Key, Value})),
    )
    return {id: id!, serial}
  }

  async function store(changes: CheckedChanges): Promise<boolean> {
    return db.transaction((tx) => new TokenChangeRepository(tx).store(changes))
  }

  async function row(id: number): Promise<Row> {
    return (await db.k<Row>('token').where({id}).first()) ?? {}
  }

  async function details(id: number): Promise<Record<string, string>> {
    const rows = await db.k<Row>('tokeninfo').where({token_id: id})
    return Object.fromEntries(rows.map((found) => [String(found['Key']), String(found['Value'])]))
  }

  it('move a counter once, whatever comes at the same time', async () => {
    const one = await token()
    const changes = {...nothing, ...one, counter: {from: 5, to: 6}, fitness: {failcount: 'below maximum'}} as const

    const outcomes = await Promise.all(Array.from({length: 8}, () => store(changes)))

    expect(outcomes.filter(Boolean)).to.have.length(1)
    expect(Number((await row(one.id))['count'])).to.equal(6)
  })

  it('do not accept with a token that was disabled or has failed too often meanwhile', async () => {
    const disabled = await token({active: false})
    const failed = await token({failcount: 3})
    const accept = {...nothing, fitness: {failcount: 'below maximum'}} as const

    expect(await store({...accept, ...disabled, counter: {from: 5, to: 6}})).to.equal(false)
    expect(await store({...accept, ...failed, counter: {from: 5, to: 6}})).to.equal(false)
    expect(await store({...nothing, ...failed, fitness: {failcount: 3}, clearsFailures: true})).to.equal(true)
    expect(Number((await row(failed.id))['failcount'])).to.equal(0)
  })

  it('report success when nothing in the row differs', async () => {
    const one = await token()

    expect(await store({...nothing, ...one, fitness: {failcount: 'below maximum'}})).to.equal(true)
    expect(await store({...nothing, ...one, clearsFailures: true})).to.equal(true)
  })

  it('count failures up to the maximum, and note when it is reached', async () => {
    const one = await token()
    const failure = {...nothing, ...one, failures: 1, exceededAt: '2023-11-14T22:13+0000'}

    await store(failure)
    await store(failure)
    expect(await details(one.id)).to.deep.equal({})
    await Promise.all([store(failure), store(failure)])

    expect(Number((await row(one.id))['failcount'])).to.equal(3)
    expect(await details(one.id)).to.deep.equal({failcounter_exceeded: '2023-11-14T22:13+0000'})
  })

  it('set, count and delete details', async () => {
    const one = await token({}, {old: 'x', count_auth: '7', gone: 'y'})

    const stored = await store({
      ...nothing,
      ...one,
      info: [
        {key: 'old', value: 'z', type: '', stored: true},
        {key: 'new', value: '1', type: '', stored: false},
        {key: 'gone', value: null, type: '', stored: true},
      ],
      increments: [
        {key: 'count_auth', by: 2, limit: undefined, stored: true},
        {key: 'count_auth_success', by: 1, limit: undefined, stored: false},
      ],
    })

    expect(stored).to.equal(true)
    expect(await details(one.id)).to.deep.equal({old: 'z', new: '1', count_auth: '9', count_auth_success: '1'})
  })

  it('never count a success beyond its limit', async () => {
    const one = await token({}, {count_auth: '1'})
    const use = {...nothing, ...one, increments: [{key: 'count_auth', by: 1, limit: 2, stored: true}]}

    expect([await store(use), await store(use)]).to.deep.equal([true, false])
    expect(await details(one.id)).to.deep.equal({count_auth: '2'})
  })

  it('use up a detail or a token once', async () => {
    const one = await token({}, {'tan.tan0': 'a:b'})
    const two = await token()

    const tans = await Promise.all([1, 2, 3].map(() => store({...nothing, ...one, usedUp: ['tan.tan0']})))
    const tokens = await Promise.all([1, 2, 3].map(() => store({...nothing, ...two, deletes: true})))

    expect(tans.filter(Boolean)).to.have.length(1)
    expect(tokens.filter(Boolean)).to.have.length(1)
    expect(await row(two.id)).to.deep.equal({})
  })

  it('of several tokens are all stored or none', async () => {
    const tokens = [
      await token({}, {count_auth: '0'}),
      await token({}, {count_auth: '0'}),
      await token({}, {count_auth: '0'}),
    ]
    const success = (at: number, from: number): CheckedChanges => ({
      ...nothing,
      ...tokens[at]!,
      counter: {from, to: from + 1 + at},
      fitness: {failcount: 'below maximum'},
      increments: [{key: 'count_auth', by: 1, limit: undefined, stored: true}],
      info: [],
    })
    const several = async (changes: CheckedChanges[]) => {
      try {
        return await db.transaction(async (tx) => {
          if (!(await new TokenChangeRepository(tx).storeSeveral(changes))) throw new Error('undo')
          return true
        })
      } catch {
        return false
      }
    }

    expect(await several([success(0, 5), success(1, 5), success(2, 4)])).to.equal(false)
    expect(await several([success(0, 5), success(1, 5), success(2, 5)])).to.equal(true)
    const counts = await Promise.all(tokens.map(async ({id}) => Number((await row(id))['count'])))
    expect(counts).to.deep.equal([6, 7, 8])
    for (const {id} of tokens) expect(await details(id)).to.deep.equal({count_auth: '1'})

    // Details that some of them have and others get now, as at a first login.
    const first = (at: number): CheckedChanges => ({
      ...success(at, 6 + at),
      info: [{key: 'last_auth', value: `day ${at}`, type: '', stored: false}],
      increments: [
        {key: 'count_auth', by: 1, limit: undefined, stored: true},
        {key: 'count_auth_success', by: 1, limit: 3, stored: false},
      ],
    })
    expect(await several([first(0), first(1), success(2, 8)])).to.equal(true)
    expect(await details(tokens[1]!.id)).to.deep.equal({
      count_auth: '2',
      count_auth_success: '1',
      last_auth: 'day 1',
    })
    expect(await details(tokens[2]!.id)).to.deep.equal({count_auth: '2'})
  })

  it('answer a challenge once', async () => {
    const challenges = new ChallengeRepository(db)
    const challenge = {
      transactionId: '01234567890123456789',
      serial: 'T1',
      challenge: '',
      data: '755224',
      session: '',
      timestamp: 1_700_000_000_000,
      expiration: 1_700_000_120_000,
    }
    const [first, second] = await challenges.insert([challenge, {...challenge, serial: 'T2'}])

    const answered = await Promise.all([1, 2, 3].map(() => challenges.answer(first!)))
    const deleted = await Promise.all([1, 2, 3].map(() => challenges.delete(second!)))
    const [left] = await challenges.ofTransaction(challenge.transactionId)

    expect([answered, deleted].map((list) => list.filter(Boolean).length)).to.deep.equal([1, 1])
    expect(left).to.deep.include({serial: 'T1', data: '755224', otpValid: true, expiration: challenge.expiration})
    await challenges.deleteWithData('T1', '000000')
    expect(await challenges.ofToken('T1')).to.have.length(1)
    await challenges.deleteWithData('T1', '755224')
    expect(await challenges.ofToken('T1')).to.have.length(0)
    await challenges.insert([challenge])
    expect(await challenges.deleteExpired(challenge.expiration + 1)).to.equal(1)
  })
})
