import {expect} from 'chai'
import {PasswordContext} from '../../../../src/lib/crypto/password-hash.js'
import {AdminService} from '../../../../src/lib/services/admins.js'
import {describeEachDatabase} from '../../../support/database.js'
import {failureOf} from '../../../unit/lib/crypto/vectors.js'

/** Cheap hashes: what is tested is not their cost. */
const hashes = new PasswordContext(['pbkdf2_sha512'], {pbkdf2_sha512__rounds: 10})

describeEachDatabase('local administrators', (open) => {
  let admins: AdminService

  before(async () => {
    admins = new AdminService({db: await open(), hashes, pepper: 'pepper'})
  })

  it('are added once, and listed without their hashes', async () => {
    expect(await admins.add({username: 'alice', password: 'secret', email: 'a@example.com'})).to.equal('added')
    expect(await admins.add({username: 'Bärbel B.', password: 'x'})).to.equal('added')

    expect(await admins.list()).to.have.deep.members([
      {username: 'Bärbel B.', email: null, hasPassword: true},
      {username: 'alice', email: 'a@example.com', hasPassword: true},
    ])
    expect(await failureOf(admins.add({username: 'alice', password: 'other'}))).to.include({code: 'ALREADY_EXISTS'})
    expect(await admins.verify('alice', 'secret')).to.equal(true)
  })

  it('log in with their password and the pepper only', async () => {
    const db = await open()
    const otherPepper = new AdminService({db, hashes, pepper: 'salt'})

    expect(await admins.verify('alice', 'Secret')).to.equal(false)
    expect(await admins.verify('alice', '')).to.equal(false)
    expect(await otherPepper.verify('alice', 'secret')).to.equal(false)
    expect(await failureOf(admins.verify('nobody', 'secret'))).to.include({code: 'NOT_FOUND'})
    expect(await failureOf(admins.verify('ALICE', 'secret'))).to.include({code: 'NOT_FOUND'})
  })

  it('are replaced only when asked, keeping the e-mail address unless another is given', async () => {
    expect(await admins.add({username: 'alice', password: 'new'}, {update: true})).to.equal('updated')

    expect(await admins.verify('alice', 'new')).to.equal(true)
    expect((await admins.list()).find(({username}) => username === 'alice')?.email).to.equal('a@example.com')
  })

  it('change only what is named', async () => {
    await admins.change('alice', {email: 'b@example.com'})
    expect(await admins.verify('alice', 'new')).to.equal(true)

    await admins.change('alice', {password: 'newer'})
    expect(await admins.verify('alice', 'newer')).to.equal(true)
    expect((await admins.list()).find(({username}) => username === 'alice')?.email).to.equal('b@example.com')

    await admins.change('alice', {email: ''})
    expect((await admins.list()).find(({username}) => username === 'alice')?.email).to.equal(null)
    expect(await failureOf(admins.change('nobody', {email: 'x'}))).to.include({code: 'NOT_FOUND'})
    expect(await admins.list()).to.have.length(2)
  })

  it('without a password cannot log in', async () => {
    const db = await open()
    await db.insert('admin', [{username: 'empty', password: null, email: null}])

    expect((await admins.list()).find(({username}) => username === 'empty')?.hasPassword).to.equal(false)
    expect(await admins.verify('empty', '')).to.equal(false)
  })

  it('have a name and a password that fit', async () => {
    for (const wrong of [
      {username: '', password: 'x'},
      {username: ' ', password: 'x'},
      {username: 'a'.repeat(121), password: 'x'},
      {username: 'carol', password: ''},
      {username: 'carol', password: 'x', email: 'e'.repeat(256)},
    ]) {
      expect(await failureOf(admins.add(wrong)), JSON.stringify(wrong)).to.include({code: 'INVALID_INPUT'})
    }
    expect(await admins.exists('carol')).to.equal(false)
  })

  it('are added by one of many who try at the same time, whose password stays', async () => {
    for (let round = 0; round < 20; round++) {
      const username = `dave${round}`
      const results = await Promise.allSettled(
        Array.from({length: 8}, (_, at) => admins.add({username, password: `pw${at}`})),
      )

      const winners = results.flatMap(({status}, at) => (status === 'fulfilled' ? [at] : []))
      expect(winners, username).to.have.length(1)
      expect(await admins.verify(username, `pw${winners[0]}`)).to.equal(true)
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).to.include({code: 'ALREADY_EXISTS'})
      }
    }
  })

  it('are deleted by their exact name', async () => {
    expect(await failureOf(admins.delete('ALICE'))).to.include({code: 'NOT_FOUND'})
    await admins.delete('alice')

    expect(await admins.exists('alice')).to.equal(false)
    expect(await failureOf(admins.delete('alice'))).to.include({code: 'NOT_FOUND'})
    expect(await admins.exists('Bärbel B.')).to.equal(true)
  })
})
