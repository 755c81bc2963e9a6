import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {hashCachedPassword, verifyCachedPassword} from '../../../../src/lib/crypto/authcache.js'
import {PasswordContext} from '../../../../src/lib/crypto/password-hash.js'
import {clientKeyHash, parseClientKey, verifyClientKey, withPepper} from '../../../../src/lib/crypto/pepper.js'
import {hashUserPassword, verifyPasswdField, verifyUserPassword} from '../../../../src/lib/crypto/user-password.js'
import {fixture} from '../../../support/folders.js'
import {SqliteFile} from '../../../support/sqlite-file.js'
import {failureOf} from './vectors.js'

interface Expected {
  pepper: string
  admins: {username: string; password: string}[]
  authcache?: {username: string; password: string}[]
  recoverycode?: {code: string}
  users: {resolver: string; userid: string; username: string; password: string | null}[]
}

for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] as const) {
  describe(`passwords of ${set}`, () => {
    const expected = JSON.parse(readFileSync(fixture('interop', set, 'expect.json'), 'utf8')) as Expected
    let db: SqliteFile
    let users: SqliteFile

    before(async () => {
      db = await SqliteFile.open(fixture('interop', set, 'data.sqlite'), {readonly: true})
      users = await SqliteFile.open(fixture('interop', set, 'users.sqlite'), {readonly: true})
    })

    after(async () => {
      await db.close()
      await users.close()
    })

    it('of administrators fit, with the pepper', async () => {
      const rows = await db.all<{username: string; password: string}>('SELECT username, password FROM admin')

      expect(rows).to.have.length(expected.admins.length)
      for (const {username, password} of expected.admins) {
        const stored = rows.find((row) => row.username === username)?.password
        expect(await new PasswordContext().verify(withPepper(expected.pepper, password), stored), username).to.equal(
          true,
        )
        expect(await new PasswordContext().verify(password, stored), username).to.equal(false)
      }
    })

    it('in the authentication cache fit, without pepper', async () => {
      const rows = await db.all<{username: string; authentication: string}>('SELECT * FROM authcache')
      for (const {username, password} of expected.authcache ?? []) {
        const stored = rows.find((row) => row.username === username)?.authentication ?? ''
        expect(await verifyCachedPassword(password, stored), username).to.equal(true)
        expect(await verifyCachedPassword(`${password}x`, stored), username).to.equal(false)
      }
    })

    it('of recovery fit, with the pepper', async function () {
      const rows = await db.all<{recoverycode: string}>('SELECT recoverycode FROM passwordreset')
      const {code} = expected.recoverycode ?? {}
      const found = await Promise.all(
        rows.map((row) => code && new PasswordContext().verify(withPepper(expected.pepper, code), row.recoverycode)),
      )
      expect(found.includes(true)).to.equal(code !== undefined)
    })

    it('of users in the SQL resolver fit', async () => {
      const rows = await users.all<{username: string; password: string}>('SELECT username, password FROM users')
      for (const user of expected.users.filter(({resolver}) => resolver === 'sqlres')) {
        const stored = rows.find((row) => row.username === user.username)?.password ?? ''
        expect(await verifyUserPassword(user.password ?? '', stored), user.username).to.equal(true)
        // Hashes that take long are tried with a wrong password elsewhere.
        if (/rounds=|^\$[PS]\$/.test(stored)) continue
        expect(await verifyUserPassword(`${user.password}x`, stored), user.username).to.equal(false)
      }
    })

    it('of users in the passwd file fit, and those elsewhere are not guessed', async () => {
      const lines = readFileSync(fixture('interop', set, 'passwd'), 'utf8').split('\n')
      for (const user of expected.users.filter(({resolver}) => resolver === 'passwdres')) {
        const field = lines.map((line) => line.split(':')).find(([name]) => name === user.username)?.[1] ?? ''
        if (user.password !== null) {
          expect(await verifyPasswdField(user.password, field), user.username).to.equal(true)
          expect(await verifyPasswdField(`x${user.password}`, field), user.username).to.equal(false)
        } else if (field === 'x') {
          expect(await failureOf(verifyPasswdField('x', field))).to.include({code: 'REFUSED'})
        } else {
          expect(field).to.equal('')
          expect(await verifyPasswdField('', field)).to.equal(false)
        }
      }
    })
  })
}

describe('user passwords', () => {
  it('are found behind the mark of ownCloud and lower-case schemes', async () => {
    expect(
      await verifyUserPassword('Test123!', '1|$2b$05$abcdefghijklmnopqrstuujvVsbG3s1cPPkbB3CzG8WwL3RteixBW'),
    ).to.equal(true)
    expect(await verifyUserPassword('Test123!', '{ssha}N9T+tJ/7oqHmkGe1ecgCdCNMIM8BAgME')).to.equal(true)
    expect(await verifyUserPassword('test', '{SSHA}Uau5Y2B43vv4iNhFenx2+FyPEUx0ZXN0')).to.equal(true)
  })

  it('fit no hash of an unknown kind', async () => {
    for (const stored of ['', 'Test123!', '{CRYPT}x', '$argon2id$x', 'ab/l7KzX3BD1A']) {
      expect(await verifyUserPassword('Test123!', stored), stored).to.equal(false)
    }
  })

  const forms = {
    MD5CRYPT: /^\$1\$[./0-9A-Za-z]{8}\$[./0-9A-Za-z]{22}$/,
    OTRS: /^[0-9a-f]{64}$/,
    PHPASS: /^\$P\$H[./0-9A-Za-z]{30}$/,
    SHA: /^\{SHA\}[A-Za-z0-9+/]{27}=$/,
    SHA256CRYPT: /^\$5\$rounds=535000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{43}$/,
    SHA512CRYPT: /^\$6\$rounds=656000\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/,
    SSHA: /^\{SSHA\}[A-Za-z0-9+/]{32}$/,
    SSHA256: /^\{SSHA256\}[A-Za-z0-9+/]{48}$/,
    SSHA512: /^\{SSHA512\}[A-Za-z0-9+/]{91}=$/,
  }
  for (const [type, form] of Object.entries(forms)) {
    it(`are written as ${type} in the original's form`, async () => {
      const stored = await hashUserPassword('Pässwort', type.toLowerCase())

      expect(stored).to.match(form)
      expect(await verifyUserPassword('Pässwort', stored)).to.equal(true)
    })
  }

  it('are written as SSHA256 unless told otherwise, and never in an unknown form', async () => {
    expect(await hashUserPassword('x')).to.match(/^\{SSHA256\}/)
    expect(await failureOf(hashUserPassword('x', 'ROT13'))).to.include({code: 'CONFIG'})
  })
})

describe('other hashes', () => {
  it('of the authentication cache are those of the original', async () => {
    // spec/02 §12.6
    const stored = '$argon2id$v=19$m=65536,t=9,p=4$AAECAwQFBgcICQoLDA0ODw$sSdb3XHPYcUU99/1hHCsg0N5+nMUF5g44L3IsgiDBQw'

    expect(await verifyCachedPassword('1234567890', stored)).to.equal(true)
    expect(await hashCachedPassword('x')).to.match(/^\$argon2id\$v=19\$m=102400,t=9,p=8\$.{22}\$.{22}$/)
    expect(await verifyCachedPassword('x', 'a'.repeat(64))).to.equal(undefined)
  })

  it('of API clients are keyed with the pepper (spec/02 §12.6)', () => {
    const secret = 'c2VjcmV0X3ZhbHVlX2Zvcl90ZXN0cw'
    const hash = '8144f7d238dd0169a72085eee5c6309f9889a7df256264b430a420cfdb337aff'

    expect(clientKeyHash('Never know...', secret)).to.equal(hash)
    expect(verifyClientKey('Never know...', secret, hash)).to.equal(true)
    expect(verifyClientKey('other', secret, hash)).to.equal(false)
    expect(parseClientKey(`pi_0123456789abcdef_${'aB-_'.repeat(10)}aB_`)).to.deep.equal({
      prefix: 'pi',
      keyId: '0123456789abcdef',
      secret: `${'aB-_'.repeat(10)}aB_`,
    })
    expect(parseClientKey('pi_x_y')).to.equal(undefined)
  })
})
