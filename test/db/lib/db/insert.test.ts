import {expect} from 'chai'
import fc from 'fast-check'
import type {Database} from '../../../../src/lib/db/database.js'
import {DatabaseError, isDuplicate} from '../../../../src/lib/db/failures.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'

describeEachDatabase('inserting rows', (open) => {
  let db: Database

  before(async () => {
    db = await open()
  })

  it('gives each row its id, in order', async () => {
    const rows = Array.from({length: 1234}, (_, at) => ({serial: `ORDER${at}`, otplen: (at % 3) + 6}))

    const ids = await db.insert('token', rows)

    const stored = await db.k('token').select('id', 'serial', 'otplen').where('serial', 'like', 'ORDER%')
    const byId = new Map(stored.map((row) => [row.id, row]))
    expect(new Set(ids).size).to.equal(1234)
    ids.forEach((id, at) => expect(byId.get(id)).to.deep.equal({id, serial: `ORDER${at}`, otplen: (at % 3) + 6}))
  })

  it('does nothing for no rows, and writes one row in the same way as many', async () => {
    expect(await db.insert('token', [])).to.deep.equal([])

    const [id] = await db.insert('token', [{serial: 'SINGLE', active: false, count: 7}])

    const row = await db.k('token').where({id}).first()
    expect(row).to.include({serial: 'SINGLE', count: 7, tokentype: 'HOTP', pin_hash: '', key_enc: '', maxfail: 10})
    expect([row.active, row.revoked, row.locked].map((value) => db.bool(value))).to.deep.equal([false, false, false])
  })

  it('gives ids apart to writers at the same time', async () => {
    const ids = await Promise.all(
      Array.from({length: 8}, (_, writer) =>
        db.insert(
          'token',
          Array.from({length: 50}, (_, at) => ({serial: `AT${writer}-${at}`})),
        ),
      ),
    )

    const stored = await db.k('token').select('id', 'serial').where('serial', 'like', 'AT%')
    const serials = new Map(stored.map((row) => [row.id, row.serial]))
    expect(serials.size).to.equal(400)
    ids.forEach((own, writer) => own.forEach((id, at) => expect(serials.get(id)).to.equal(`AT${writer}-${at}`)))
  })

  it('stores any text as it is, in columns of any kind', async () => {
    const [token] = await db.insert('token', [{serial: 'TEXTS'}])
    let count = 0
    const texts = fc.string({unit: 'grapheme', maxLength: 60}).filter((text) => !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.array(texts, {minLength: 1, maxLength: 5}), async (values) => {
        const rows = values.map((value) => ({token_id: token, Key: `key${count++}`, Value: value, Description: value}))

        const ids = await db.insert('tokeninfo', rows)

        const stored = await db.k('tokeninfo').whereIn('id', ids).orderBy('id')
        expect(stored.map((row) => row.Value)).to.deep.equal(values)
        expect(stored.map((row) => row.Description)).to.deep.equal(values)
      }),
      {numRuns: 40},
    )
    const traps = [
      `'`,
      `"`,
      '\\',
      '\\n',
      `');--`,
      '?',
      '$1',
      ':json',
      '${x}',
      '\n\r\t',
      'null',
      'true',
      '\u{1F511}',
      'e\u0301',
      '\u007f',
      ' x ',
    ]
    const ids = await db.insert(
      'tokeninfo',
      traps.map((Value, at) => ({token_id: token, Key: `trap${at}`, Value})),
    )
    const stored = await db.k('tokeninfo').whereIn('id', ids).orderBy('id')
    expect(stored.map((row) => row.Value)).to.deep.equal(traps)
  })

  it('gives numbers, dates and nothing back as they were given', async () => {
    const rows = [
      {name: 'a', node: 'n', value: 0, timestamp: '2024-02-29 23:59:59.000001'},
      {name: 'b', node: 'n', value: -1, timestamp: '1999-12-31 00:00:00.000000'},
      {name: 'c', node: 'n', value: 2_147_483_647, timestamp: '2038-01-19 03:14:08.999999'},
    ]
    await db.insert(
      'eventcounter',
      rows.map(({name, node, value}) => ({counter_name: name, node, counter_value: value})),
    )
    await db.insert(
      'monitoringstats',
      rows.map(({name, timestamp}) => ({stats_key: name, timestamp})),
    )
    await db.insert('usercache', [
      {username: null, timestamp: null},
      {username: 'x', timestamp: rows[0]!.timestamp},
    ])

    const counters = await db.k('eventcounter').orderBy('counter_name')
    const stats = await db.k('monitoringstats').orderBy('stats_key')
    const cache = await db.k('usercache').orderBy('id')
    expect(counters.map((row) => row.counter_value)).to.deep.equal(rows.map((row) => row.value))
    expect(stats.map((row) => row.timestamp)).to.deep.equal(rows.map((row) => row.timestamp))
    expect(cache.map((row) => [row.username, row.timestamp])).to.deep.equal([
      [null, null],
      ['x', rows[0]!.timestamp],
    ])
    expect(await db.k('eventcounter').count({n: '*'}).sum({total: 'counter_value'}).first()).to.deep.equal({
      n: 3,
      total: 2_147_483_646,
    })
  })

  it('gives numbers beyond 32 bits as numbers where they are exact, as text where not', async () => {
    const later = await open({version: '3.14dev1'})
    const rows = [Number.MAX_SAFE_INTEGER, 5_000_000_000].map((count, at) => ({
      metric_name: `m${at}`,
      window_start: '2024-01-01 00:00:00.000000',
      count,
      sum_value: 0.1 + at,
    }))

    await later.insert('metric_aggregate', rows)

    const stored = await later.k('metric_aggregate').orderBy('id')
    expect(stored.map((row) => row.count)).to.deep.equal([Number.MAX_SAFE_INTEGER, 5_000_000_000])
    expect(stored.map((row) => row.sum_value)).to.deep.equal([0.1, 1.1])
  })

  it('stores the duration of an audit row so that each database gives it back alike', async () => {
    const durations = ['1970-01-01 00:00:00.000120', '1970-01-02 00:00:03.000005', null]

    const ids = await db.insert(
      'pidea_audit',
      durations.map((duration) => ({duration})),
    )

    const stored = await db.k('pidea_audit').whereIn('id', ids).orderBy('id')
    expect(stored.map((row) => row.duration)).to.deep.equal(durations)
    if (db.dialect === 'postgres') {
      const {rows} = await db.k.raw('SELECT CAST(duration AS text) AS text FROM pidea_audit ORDER BY id')
      expect(rows.map((row: {text: string}) => row.text)).to.deep.equal([
        '00:00:00.00012',
        '1 day 00:00:03.000005',
        null,
      ])
    }
  })

  it('takes rows with their ids, and goes on beyond them', async () => {
    const given = await db.insert('realm', [
      {id: 500, name: 'five hundred'},
      {id: 7, name: 'seven'},
    ])
    await db.raiseSequences(['realm'])

    const [next] = await db.insert('realm', [{name: 'next'}])

    expect(given).to.deep.equal([500, 7])
    expect(next).to.be.greaterThan(500)
  })

  it('refuses a serial that exists, and leaves nothing of the batch', async () => {
    await db.insert('token', [{serial: 'TWICE'}])

    const failure = await failureOf(db.insert('token', [{serial: 'ONCE'}, {serial: 'TWICE'}]))

    expect(isDuplicate(failure)).to.equal(true)
    expect(failure).to.include({code: 'ALREADY_EXISTS'})
    expect(await db.k('token').where({serial: 'ONCE'})).to.deep.equal([])
  })

  it('names column or table, and no value, when a row cannot be stored', async () => {
    const secret = 'CANARY-7d1f'
    const failures = await Promise.all([
      failureOf(db.insert('tokeninfo', [{token_id: 1, Key: null, Value: secret}])),
      failureOf(db.insert('nosuchtable', [{a: secret}])),
      failureOf(Promise.resolve(db.k('token').where({nosuchcolumn: secret}))),
    ])

    expect(failures.map((failure) => (failure as DatabaseError).kind)).to.deep.equal(['value', 'missing', 'missing'])
    for (const failure of failures) {
      expect(failure).to.be.instanceOf(DatabaseError)
      const everything = JSON.stringify(
        [failure, failure?.cause, failure?.stack, String(failure?.cause)],
        (_, value) => (value instanceof Error ? {...value, message: value.message, stack: value.stack} : value),
      )
      expect(everything).not.to.contain(secret)
    }
    expect(failures[1]!.message).to.contain('nosuchtable')
    expect(failures[2]!.message).to.contain('nosuchcolumn')
  })

  it('refuses what is too long for its column, where the database has lengths', async () => {
    const failure = await failureOf(db.insert('token', [{serial: 'S'.repeat(41)}]))

    if (db.dialect === 'sqlite') expect(failure).to.equal(undefined)
    else expect(failure).to.include({code: 'INVALID_INPUT', kind: 'value'})
  })
})
