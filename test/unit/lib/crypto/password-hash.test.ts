import {expect} from 'chai'
import fc from 'fast-check'
import {createHash, PasswordContext, verifyHash} from '../../../../src/lib/crypto/password-hash.js'
import {identifyScheme} from '../../../../src/lib/crypto/password-hash/registry.js'

const peppered = 'Never know...topsecret'

/** spec/02-config-crypto-hsm.md §12.6 and §12.7: scheme, secret, hash. */
const vectors: readonly [scheme: string, secret: string, stored: string][] = [
  [
    'argon2',
    peppered,
    '$argon2id$v=19$m=65536,t=9,p=4$AAECAwQFBgcICQoLDA0ODw$az9lY+a9WaA2frSdy7T0Gr6lt32EO9EM0NVcUGqWnIc',
  ],
  [
    'pbkdf2_sha512',
    peppered,
    '$pbkdf2-sha512$25000$AAECAwQFBgcICQoLDA0ODw$3lF6IjYeUYgza9K32epX4FMe.5V2o/Pf2dChj25Xla/o6FTWGkQH4UWpNIHp0xdoIkaXHtLfKH9suzmvznSd9g',
  ],
  [
    'pbkdf2_sha512',
    peppered,
    '$pbkdf2-sha512$10023$AAECAwQFBgcICQ$AMc8b3jsbae3p9w2pdN81T68vf2rU/LL1lHZ8b5EUJmmbNcKKsxwX/qJnQlMaiklzahTrsxuIgcWWmIuaAS0DQ',
  ],
  [
    'pbkdf2_sha256',
    peppered,
    '$pbkdf2-sha256$29000$AAECAwQFBgcICQoLDA0ODw$lyX1D40SyyTJKJ51qHRT7T.goHiUuCSNHbfMpfIWCko',
  ],
  ['scrypt', peppered, '$scrypt$ln=16,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$mZrtyyIIWPrV3ro7ozfwve65pIsI2m0V0qMEkc0TqSk'],
  ['bcrypt', peppered, '$2b$05$abcdefghijklmnopqrstuu0/iJXZV/kt.AI9c73lauiVa2NuPi2Ji'],
  ['bcrypt_sha256', peppered, '$bcrypt-sha256$v=2,t=2b,r=5$abcdefghijklmnopqrstuu$TFOTTh5csiYP7ZnNgJ/6ESwrUBUyrv6'],
  ['bcrypt_sha256', peppered, '$bcrypt-sha256$2b,5$abcdefghijklmnopqrstuu$QfJ6ontKiuUae9KYawGBSIy4fH0kDTi'],
  [
    'argon2',
    '1234',
    '$argon2id$v=19$m=65536,t=9,p=4$AAECAwQFBgcICQoLDA0ODw$Tsd/SCjcmAjnVcXANc5BLQNAJvWvdCasn3RII3YoWjE',
  ],
  ['argon2', '', '$argon2id$v=19$m=65536,t=9,p=4$AAECAwQFBgcICQoLDA0ODw$Yhc/cKfppKJ4w8gNlfeMU/I7U9MNrQr7yYBRxRBBNsI'],
  ['argon2', '1234', '$argon2id$v=19$m=102400,t=9,p=8$AAECAwQFBgcICQoLDA0ODw$9NKFytHtvhc/JvI29L5qaQ'],
  ['argon2', '1234', '$argon2i$v=19$m=512,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$QIkxdxSU9MkAazq17LmK3g'],
  [
    'argon2',
    'PepperPäss',
    '$argon2id$v=19$m=65536,t=9,p=4$AAECAwQFBgcICQoLDA0ODw$i5Y0yCPkXIgXSZqxUNPpXHAuNZ8gdS04fASDWC1qvDM',
  ],
  ['ldap_sha1', 'Test123!', '{SHA}DGugOIXzqudl+/IPB/UUpE29owo='],
  ['ldap_salted_sha1', 'Test123!', '{SSHA}N9T+tJ/7oqHmkGe1ecgCdCNMIM8BAgME'],
  ['ldap_salted_sha256', 'Test123!', '{SSHA256}1HHMXfr8dXDkP301ZvOs8JydVakLjVVMU6BuslCBPncBAgME'],
  [
    'ldap_salted_sha512',
    'Test123!',
    '{SSHA512}DBJzFRFr3+KP9NczjRnss1rgyBG1w4gmOf7kF5sAMoC5DL5BsykYe+As32usfO0JydSy1s90I/UZKHRINwvMAwECAwQ=',
  ],
  ['hex_sha256', 'Test123!', '54de7f606f2523cba8efac173fab42fb7f59d56ceff974c8fdb7342cf2cfe345'],
  ['phpass', 'Test123!', '$P$8abcdefghd4qWkDHdPJNkxdBxFbtKp1'],
  ['phpass', 'Test123!', '$P$FabcdefghPP6K6XaTetWc0AvwoneNs1'],
  ['phpass_drupal', 'Test123!', '$S$5abcdefghveqnIosn2sn8JE4ENX4r421hnvllfdDR5zV7l.vyAHR'],
  ['phpass_drupal', 'Test123!', '$S$DabcdefghBkSiXRQXOBQl6NXPRZxKH.vQqwpAZTT8PXF2nVSEuhE'],
  ['md5_crypt', 'Test123!', '$1$abcdefgh$rckllS.npsRHr8753QU9F0'],
  ['sha256_crypt', 'Test123!', '$5$rounds=535000$abcdefghijklmnop$nv7zTh2vyOoHD2Caxk97QHww4KnklqWuaodBcurldo0'],
  [
    'sha512_crypt',
    'Test123!',
    '$6$rounds=656000$abcdefghijklmnop$IS5pto7oIq1/HCiUcpsMuJbGlxcrX8vARDjynsTsdicB.GKL8BgtRXWdkgfNmscaoZZaRM59UeK1NFIuj41it/',
  ],
  ['bcrypt', 'Test123!', '$2b$05$abcdefghijklmnopqrstuujvVsbG3s1cPPkbB3CzG8WwL3RteixBW'],
  ['des_crypt', 'Test123!', 'ab/l7KzX3BD1A'],
  ['yescrypt', 'Test123!', '$y$j9T$abcdefghijklmnop$ZSk/ReWpcr0Z49A4HX5uWTI.ZQjyhXOeQB57b2cjJI.'],
]

const longPassword = 'ä€ long password with more than sixty-four bytes, to go over every block boundary!'

/** What crypt(3) of Debian 12 (libxcrypt 4.4.33) makes of {@link longPassword}. */
const systemHashes: readonly [scheme: string, stored: string][] = [
  ['yescrypt', '$y$j75$ab4bZ8.k$rIGxK8/nMZFuTG7SR/8QlXpY5ydV9fS1xeOlxyZrTn/'],
  ['yescrypt', '$y$j85$/.$/uHoPZMucD279BwUZVcJH3rsWtb9J0Lby8A8DK5n0q6'],
  ['yescrypt', '$y$j9T$abcdefghijklmnop$lN9x/F9l71VpEnfJ.4K9pHnye7anZlhdXBMKpYtLR1B'],
  [
    'sha512_crypt',
    '$6$rounds=1000$ab$OcUmry0KXtJsLU6KfgNughIJUyNR88ODmjCiGdvbrjtbswwQsMHfYzH5reFEvLUYlJY.uyIwatJf0tIBIBCKs.',
  ],
  [
    'sha512_crypt',
    '$6$0123456789abcdef$ZnzGw9Sdsrx.gOg1kD5lZub2KsPg964m/Bq1biFB6EeOdjW2NlkYII3A6sVL3VJvZWssdGZj1FyThnCy48HgE.',
  ],
  ['sha256_crypt', '$5$rounds=1234$$f5KDoBHhvKbHwoZyJ/bwf4CdLkd6JmyE6hmVJUI5Kf5'],
  ['md5_crypt', '$1$$StiPirfcXqJODu5KtFEc/0'],
]

/** Cheapest cost of each scheme that writes. */
const cheap: Record<string, Record<string, unknown>> = {
  argon2: {memory_cost: 64, parallelism: 2, rounds: 1},
  bcrypt: {rounds: 4},
  bcrypt_sha256: {rounds: 4},
  des_crypt: {},
  hex_sha256: {},
  ldap_salted_sha1: {salt_size: 16},
  ldap_salted_sha256: {},
  ldap_salted_sha512: {salt_size: 64},
  ldap_sha1: {},
  md5_crypt: {},
  pbkdf2_sha1: {rounds: 10},
  pbkdf2_sha256: {rounds: 10},
  pbkdf2_sha512: {rounds: 10, salt_size: 10},
  phpass: {rounds: 7},
  phpass_drupal: {rounds: 7},
  scrypt: {block_size: 4, parallelism: 2, rounds: 4},
  sha256_crypt: {rounds: 1000},
  sha512_crypt: {rounds: 1000, salt_size: 3},
}

describe('password hashes', () => {
  for (const [scheme, secret, stored] of vectors) {
    it(`verifies the vector ${stored.slice(0, 34)}…`, async () => {
      expect(identifyScheme(stored, [scheme])).to.equal(scheme)
      expect(await verifyHash(scheme, secret, stored)).to.equal(true)
      expect(await verifyHash(scheme, `x${secret}`, stored)).to.equal(false)
    })
  }

  for (const [scheme, parameters] of Object.entries(cheap)) {
    it(`verifies what ${scheme} wrote, for any secret, and nothing else`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({maxLength: 60, unit: 'binary'}), async (secret) => {
          fc.pre(!secret.includes('\0'))
          const stored = await createHash(scheme, secret, parameters)

          expect(identifyScheme(stored, Object.keys(cheap))).to.equal(scheme)
          expect(await verifyHash(scheme, secret, stored)).to.equal(true)
          expect(await verifyHash(scheme, `x${secret}`, stored)).to.equal(`x${secret}`.slice(0, 8) === secret)
        }),
        {numRuns: 25},
      )
    })
  }

  for (const [scheme, stored] of systemHashes) {
    it(`agrees with the system's crypt(3): ${stored.slice(0, 30)}…`, async () => {
      expect(await verifyHash(scheme, longPassword, stored)).to.equal(true)
      expect(await verifyHash(scheme, longPassword.slice(1), stored)).to.equal(false)
    })
  }

  it('writes yescrypt hashes that it verifies', async () => {
    const stored = await createHash('yescrypt', 'geheim')

    expect(stored).to.match(/^\$y\$j9T\$[./0-9A-Za-z]{22}\$[./0-9A-Za-z]{43}$/)
    expect(await verifyHash('yescrypt', 'geheim', stored)).to.equal(true)
  })

  it('takes a damaged hash of any kind for a wrong password', async () => {
    for (const [scheme, secret, stored] of vectors) {
      if (/m=65536|rounds=|ln=16|j9T|\$P\$F|102400/.test(stored)) continue
      for (const damaged of [stored.slice(0, -2), stored.slice(0, 8), `${stored}x`, stored.replace(/.$/, '!'), '']) {
        expect(await verifyHash(scheme, secret, damaged), `${scheme} ${damaged}`).to.equal(false)
      }
    }
  })

  it('reads argon2 of version 0x10, which has no v= part', async () => {
    // Reference implementation's test: argon2i, version 0x10, t=2, m=2^8 KiB, p=1, "password", "somesalt".
    const stored = '$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY'
    expect(await verifyHash('argon2', 'password', stored)).to.equal(true)
  })

  it('refuses a password with NUL where crypt(3) would stop reading', async () => {
    expect(await verifyHash('md5_crypt', 'Test123!\0more', '$1$abcdefgh$rckllS.npsRHr8753QU9F0')).to.equal(false)
  })
})

describe('PasswordContext', () => {
  it('hashes like the original by default', async () => {
    const stored = await new PasswordContext().hash('geheim')

    expect(stored).to.match(/^\$argon2id\$v=19\$m=65536,t=9,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{22}$/)
    expect(await new PasswordContext().verify('geheim', stored)).to.equal(true)
  })

  it('takes parameters of the first scheme from the configuration', async () => {
    const context = new PasswordContext(['pbkdf2_sha512', 'argon2'], {argon2__rounds: 3, pbkdf2_sha512__rounds: 12})

    expect(await context.hash('a')).to.match(/^\$pbkdf2-sha512\$12\$/)
  })

  it('knows a hash only of the schemes that are listed', async () => {
    const stored = await createHash('pbkdf2_sha256', 'a', {rounds: 1})

    expect(new PasswordContext().identify(stored)).to.equal(undefined)
    expect(await new PasswordContext().verify('a', stored)).to.equal(false)
    expect(await new PasswordContext(['pbkdf2_sha256']).verify('a', stored)).to.equal(true)
  })

  it('has no password where there is no hash', async () => {
    expect(await new PasswordContext().verify('', '')).to.equal(false)
    expect(await new PasswordContext().verify('', null)).to.equal(false)
  })

  it('names an unsupported scheme when it matters, and only then', async () => {
    const context = new PasswordContext(['cta_pbkdf2_sha1', 'argon2'])

    await expectCode(context.hash('a'), 'CONFIG', /cta_pbkdf2_sha1/)
    await expectCode(context.verify('a', '$p5k2$…'), 'CONFIG', /cta_pbkdf2_sha1/)
    expect(context.identify('$argon2id$…')).to.equal('argon2')
  })

  it('refuses parameters that make no sense', async () => {
    for (const rounds of [0, 'many', 2.5, -1]) {
      await expectCode(new PasswordContext(['argon2'], {argon2__rounds: rounds}).hash('a'), 'CONFIG', /rounds/)
    }
  })
})

async function expectCode(work: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).to.include({code})
  expect((error as Error).message).to.match(message)
}
