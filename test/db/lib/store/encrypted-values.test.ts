import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {KeySetModule} from '../../../../src/hsm/key-set.js'
import {encryptPin, encryptTokenSecret, encryptValue} from '../../../../src/lib/crypto/secret-values.js'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import type {Database, Row} from '../../../../src/lib/db/database.js'
import {EnckeyService} from '../../../../src/lib/services/enckey/index.js'
import {EncryptedValueRepository} from '../../../../src/lib/store/encrypted-values.js'
import {describeEachDatabase} from '../../../support/database.js'
import {fixture} from '../../../support/folders.js'
import {loadSqliteInto} from '../../../support/load-sqlite.js'

const keys = new KeySetModule('right key', Buffer.alloc(96, 1))
const otherKeys = new KeySetModule('wrong key', Buffer.alloc(96, 2))

function serviceOf(db: Database, security = keys): EnckeyService {
  return new EnckeyService({database: async () => db, security: async () => security})
}

async function placesOf(db: Database): Promise<string[]> {
  const found: string[] = []
  for await (const values of new EncryptedValueRepository(db).pages({size: 3})) {
    found.push(...values.map(({place, id}) => `${place.table}.${place.column} ${id}`))
  }
  return found
}

const clear = {Value: 'clear', Type: 'public'}
const typed = async (text: string) => ({Value: await encryptValue(keys, text), Type: 'password'})

async function fill(db: Database): Promise<Row> {
  const {ciphertext, iv} = await encryptTokenSecret(keys, '3132')
  const smartcard = await encryptTokenSecret(keys, 'pin')
  const split = {key_enc: ciphertext, key_iv: iv}
  const tokens = await db.insert('token', [
    {serial: 'A', ...split, pin_hash: await encryptPin(keys, '1234')},
    {serial: 'B', ...split, pin_hash: '$argon2id$x', user_pin: smartcard.ciphertext, user_pin_iv: smartcard.iv},
    {serial: 'C', ...split, pin_hash: '', so_pin: smartcard.ciphertext, so_pin_iv: smartcard.iv},
    {serial: 'D', key_enc: '', key_iv: '', pin_hash: ''},
  ])
  const [tokenId] = tokens
  const info = await db.insert('tokeninfo', [
    {token_id: tokenId, Key: 'a', ...clear},
    {token_id: tokenId, Key: 'b', ...(await typed('secret'))},
    {token_id: tokenId, Key: 'c', Value: '', Type: 'password'},
  ])
  await db.insert('config', [
    {Key: 'plain', ...clear},
    {Key: 'secret', ...(await typed('ä'))},
    {Key: 'zecret', ...(await typed(''))},
  ])
  const resolver = await db.insert('resolver', [{name: 'r', rtype: 'sqlresolver'}])
  const resolverConfig = await db.insert('resolverconfig', [
    {resolver_id: resolver[0], Key: 'p', ...(await typed('x'))},
  ])
  const radius = await db.insert('radiusserver', [
    {identifier: 'r', server: 's', port: 1812, secret: await encryptValue(keys, 'y')},
  ])
  const smtp = await db.insert('smtpserver', [
    {identifier: 'm', server: 's', password: await encryptValue(keys, 'z'), enqueue_job: false},
    {identifier: 'n', server: 's', password: '', enqueue_job: false},
  ])
  return {info: info[1], radius: radius[0], resolver: resolverConfig[0], smtp: smtp[0], tokens}
}

describeEachDatabase('encrypted values', (open) => {
  it('are found in every table, and nothing else is taken for one', async () => {
    const db = await open()
    const {info, radius, resolver, smtp, tokens} = await fill(db)
    const [a, b, c] = tokens as number[]

    expect(await placesOf(db)).to.have.members([
      `token.key_enc ${a}`,
      `token.pin_hash ${a}`,
      `token.key_enc ${b}`,
      `token.user_pin ${b}`,
      `token.key_enc ${c}`,
      `token.so_pin ${c}`,
      `tokeninfo.Value ${String(info)}`,
      'config.Value secret',
      'config.Value zecret',
      `resolverconfig.Value ${String(resolver)}`,
      `radiusserver.secret ${String(radius)}`,
      `smtpserver.password ${String(smtp)}`,
    ])
    expect(await serviceOf(db).verify()).to.deep.equal({checked: 12, failed: []})
    expect(await serviceOf(db).check()).to.deep.equal({module: 'right key', checked: 9, failed: []})
  })

  it('are all named when the key is another', async () => {
    const db = await open()

    const {checked, failed} = await serviceOf(db, otherKeys).verify()

    expect(failed.map(({table, column, id}) => `${table}.${column} ${id}`)).to.have.members(await placesOf(db))
    expect(checked).to.equal(12)
    expect((await serviceOf(db, otherKeys).check()).failed).to.have.length(9)
  })

  it('are named by table, column and id when they are damaged', async () => {
    const db = await open()
    const ids = (await db.k('token').orderBy('id').pluck('id')) as number[]
    await db.k('token').where({serial: 'A'}).update({key_iv: 'not hex', pin_hash: '@@nothing'})
    await db.k('token').where({serial: 'B'}).update({user_pin: 'ABC'})
    await db.k('config').where({Key: 'secret'}).update({Value: 'clear text'})
    await db
      .k('smtpserver')
      .where({identifier: 'm'})
      .update({password: `${'0'.repeat(32)}:${'0'.repeat(33)}`})

    const {checked, failed} = await serviceOf(db).verify()

    expect(checked).to.equal(12)
    expect(failed).to.have.deep.members([
      {table: 'token', column: 'key_enc', id: ids[0]},
      {table: 'token', column: 'pin_hash', id: ids[0]},
      {table: 'token', column: 'user_pin', id: ids[1]},
      {table: 'config', column: 'Value', id: 'secret'},
      {table: 'smtpserver', column: 'password', id: (await db.k('smtpserver').orderBy('id').first('id')).id as number},
    ])
  })

  it('of a later release are found too: gateways, containers, certificates, challenges', async () => {
    const db = await open({version: '3.14dev1'})
    const secret = await encryptValue(keys, 'x')
    const gateway = await db.insert('smsgateway', [{identifier: 'g', providermodule: 'p'}])
    const options = await db.insert('smsgatewayoption', [
      {gateway_id: gateway[0], Key: 'PASSWORD', Value: secret, Type: 'option', Encrypted: true},
      {gateway_id: gateway[0], Key: 'URL', Value: 'https://x', Type: 'option', Encrypted: false},
    ])
    const container = await db.insert('tokencontainer', [{serial: 'C', type: 'generic'}])
    const info = await db.insert('tokencontainerinfo', [
      {container_id: container[0], key: 'k', value: secret, type: 'password'},
      {container_id: container[0], key: 'l', value: 'clear', type: ''},
    ])
    const smtp = await db.insert('smtpserver', [
      {identifier: 'm', server: 's', password: secret, private_key_password: secret, enqueue_job: false},
      {identifier: 'n', server: 's', password: '', private_key_password: 'clear text', enqueue_job: false},
    ])
    const challenges = await db.insert('challenge', [
      {transaction_id: '1', data: secret},
      {transaction_id: '2', data: '{"a": 1}'},
    ])

    expect(await placesOf(db)).to.have.members([
      `smsgatewayoption.Value ${options[0]}`,
      `tokencontainerinfo.value ${info[0]}`,
      `smtpserver.password ${smtp[0]}`,
      `smtpserver.private_key_password ${smtp[0]}`,
      `challenge.data ${challenges[0]}`,
    ])
    expect((await serviceOf(db).verify()).failed).to.deep.equal([])
  })

  for (const [set, count] of [
    ['privacyidea-3.8', 99],
    ['privacyidea-3.14dev', 89],
  ] as const) {
    it(`of ${set} all decrypt, and none of them with another key`, async function () {
      this.timeout(120_000)
      const uri = await open.emptyUri()
      await loadSqliteInto(uri, fixture('interop', set, 'data.sqlite'))
      const db = await openDatabase(uri)
      const right = new KeySetModule('right key', readFileSync(fixture('interop', set, 'enckey')))
      try {
        expect(await serviceOf(db, right).verify()).to.deep.equal({checked: count, failed: []})
        expect((await serviceOf(db, otherKeys).verify()).failed).to.have.length.at.least(count - 1)
      } finally {
        await db.close()
      }
    })
  }
})
