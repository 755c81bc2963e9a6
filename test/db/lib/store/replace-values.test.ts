import {expect} from 'chai'
import type {Database} from '../../../../src/lib/db/database.js'
import {EncryptedValueRepository, type EncryptedValue} from '../../../../src/lib/store/encrypted-values.js'
import {replaceValues} from '../../../../src/lib/store/replace-values.js'
import {describeEachDatabase} from '../../../support/database.js'

const iv = (fill: number) => fill.toString(16).padStart(2, '0').repeat(16)
const pair = (fill: number) => `${iv(fill)}:${iv(fill + 1)}`

describeEachDatabase('replacing encrypted values', (open) => {
  let db: Database

  before(async () => {
    db = await open()
    await db.insert(
      'token',
      Array.from({length: 450}, (_, at) => ({
        serial: `T${at}`,
        tokentype: 'hotp',
        key_enc: iv(at % 200),
        key_iv: iv(1),
        pin_hash: at % 2 === 0 ? `@@${pair(at % 200)}` : '',
        count: at,
      })),
    )
    await db.insert('config', [
      {Key: 'a.secret', Value: pair(1), Type: 'password'},
      {Key: 'b.clear', Value: pair(2), Type: ''},
      {Key: "c'quoted?", Value: pair(3), Type: 'password'},
    ])
    await db.insert('smtpserver', [
      {identifier: 'mail', server: 's', password: pair(4), tls: false, enqueue_job: false},
    ])
  })

  async function all(): Promise<EncryptedValue[]> {
    const values: EncryptedValue[] = []
    for await (const page of new EncryptedValueRepository(db).pages({size: 100})) values.push(...page)
    return values
  }

  it('replaces every value of every place, in any number, and nothing else', async () => {
    const before = await all()

    const replaced = await db.transaction((tx) =>
      replaceValues(
        tx,
        before.map((value) => ({
          value,
          next: {stored: `${value.place.form === 'pin' ? '@@' : ''}new-${value.id}`, ...(value.iv && {iv: iv(9)})},
        })),
      ),
    )

    expect(before).to.have.length(450 + 225 + 2 + 1)
    expect(replaced).to.equal(before.length)
    const tokens = await db.k('token').orderBy('id')
    expect(tokens.map((row) => row.key_enc)).to.deep.equal(tokens.map((row) => `new-${row.id}`))
    expect(new Set(tokens.map((row) => row.key_iv))).to.deep.equal(new Set([iv(9)]))
    expect(tokens.map((row) => Number(row.count))).to.deep.equal(Array.from({length: 450}, (_, at) => at))
    expect(tokens[1].pin_hash).to.equal('')
    const config = await db.k('config').whereIn('Key', ['a.secret', 'b.clear', "c'quoted?"]).orderBy('Key')
    expect(config.map((row) => row.Value)).to.deep.equal(['new-a.secret', pair(2), "new-c'quoted?"])
    expect((await db.k('smtpserver').first()).password).to.match(/^new-\d+$/)
  })

  it('leaves what somebody else changed meanwhile', async () => {
    await db
      .k('token')
      .where('serial', 'T0')
      .update({key_enc: iv(3), pin_hash: ''})
    const values = (await all()).filter(({place}) => place.column === 'key_enc').slice(0, 3)
    await db
      .k('token')
      .where('serial', 'T0')
      .update({key_enc: iv(4)})
    await db
      .k('token')
      .where('serial', 'T1')
      .update({key_iv: iv(4)})

    const replaced = await db.transaction((tx) =>
      replaceValues(
        tx,
        values.map((value) => ({value, next: {stored: iv(5), iv: iv(5)}})),
      ),
    )

    expect(replaced).to.equal(1)
    const rows = await db.k('token').whereIn('serial', ['T0', 'T1', 'T2']).orderBy('id')
    expect(rows.map((row) => [row.key_enc === iv(5), row.key_iv])).to.deep.equal([
      [false, iv(9)],
      [false, iv(4)],
      [true, iv(5)],
    ])
  })
})
