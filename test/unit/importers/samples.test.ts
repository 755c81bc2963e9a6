import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {openTokenFile} from '../../../src/importers/open.js'
import {allImporters, formatNames} from '../../../src/importers/registry.js'
import type {ImportedRow} from '../../../src/lib/types/imported-token.js'
import {fixture} from '../../support/folders.js'
import {failureOf} from '../../support/importers.js'

const seed = '3132333435363738393031323334353637383930'
const other = Array.from({length: 32}, (_, at) => at.toString(16).padStart(2, '0')).join('')
const aesKey = '000102030405060708090a0b0c0d0e0f'

/** The accounts that most samples hold (test/fixtures/importers/recipes/make_samples.py). */
const alice = {
  type: 'totp',
  secret: seed,
  otplen: 6,
  hashlib: 'sha1',
  timeStep: 30,
  description: 'Example (alice)',
  tokenkind: 'software',
}
const bob = {type: 'hotp', secret: other, otplen: 8, hashlib: 'sha256', counter: 7, tokenkind: 'software'}
const timedBob = {type: 'totp', secret: other, otplen: 8, hashlib: 'sha256', tokenkind: 'software'}

/** A token by the fields that matter, or the reason why there is none. */
type Expected = Record<string, unknown> | string

interface Sample {
  file: string
  format: string
  /** The format cannot be recognised, and is named. */
  forced?: boolean
  rows: Expected[]
}

const app = (file: string, format: string, rows: Expected[], forced = false): Sample => ({file, format, rows, forced})

const samples: Sample[] = [
  app('2fas/plain.2fas', '2fas', [alice, bob]),
  app('2fas/encrypted.2fas', '2fas', [alice, bob]),
  app('aegis/plain.json', 'aegis', [alice, bob, 'accounts of type steam are not supported']),
  app('aegis/encrypted.json', 'aegis', [alice, bob, 'accounts of type steam are not supported']),
  app('andotp/plain.json', 'andotp', [alice, {...bob, description: 'Old (bob)'}]),
  app('andotp/encrypted.json.aes', 'andotp', [alice, bob], true),
  app('andotp/encrypted-old.json.aes', 'andotp', [alice, bob], true),
  app('authenticator-database/databases', 'authenticator-database', [alice, {type: 'hotp', secret: other, counter: 7}]),
  app('authenticator-database/PhoneFactor', 'authenticator-database', [
    alice,
    {type: 'totp', secret: other, otplen: 8},
    'accounts of companies have no secret that could be used',
  ]),
  app('authy/encrypted.json', 'authy', [alice, {secret: other, otplen: 7}]),
  app('authy/decrypted.json', 'authy', [alice]),
  app('bitwarden/plain.json', 'bitwarden', [
    alice,
    timedBob,
    'the TOTP field is neither an otpauth URI nor a secret in base32',
  ]),
  app('bitwarden/encrypted-pbkdf2.json', 'bitwarden', [
    alice,
    timedBob,
    'the TOTP field is neither an otpauth URI nor a secret in base32',
  ]),
  app('bitwarden/encrypted-argon2.json', 'bitwarden', [
    alice,
    timedBob,
    'the TOTP field is neither an otpauth URI nor a secret in base32',
  ]),
  app('ente/encrypted.json', 'ente', [alice, bob]),
  app('freeotp/tokens.xml', 'freeotp', [alice, {type: 'hotp', counter: 7, otplen: 8}]),
  app('freeotp/externalBackup.xml', 'freeotp', [alice, {type: 'hotp', counter: 7, otplen: 8}]),
  app('freeotp-plus/plain.json', 'freeotp-plus', [alice, {type: 'hotp', counter: 7, hashlib: 'sha256'}]),
  app('google-authenticator-pam/totp', 'google-authenticator-pam', [{type: 'totp', secret: seed, timeStep: 30}]),
  app('google-authenticator-pam/hotp', 'google-authenticator-pam', [{type: 'hotp', secret: other, counter: 7}]),
  app('otpauth/list.txt', 'otpauth', [
    {...alice, description: 'Example (alice@example.com)'},
    bob,
    {...alice, description: 'Example (carol)'},
    'accounts of type steam are not supported',
    'the secret is missing',
  ]),
  app('otpauth/migration.txt', 'otpauth', [alice, bob, {secret: seed, description: 'späte Änderung'}]),
  app('otpauth/migration-incomplete.txt', 'otpauth', [alice, bob, 'the export has 2 parts, of which only 1 are here']),
  app('proton/plain.json', 'proton', [alice, {...timedBob, timeStep: 60}]),
  app('proton/encrypted.json', 'proton', [alice, {...timedBob, timeStep: 60}]),
  app('qr-png/uri.png', 'qr-png', [{...alice, description: 'Example (alice@example.com)'}]),
  app('qr-png/migration.png', 'qr-png', [alice, bob, {secret: seed}]),
  app('stratum/plain.json', 'stratum', [alice, bob, 'accounts of type motp are not supported']),
  app('stratum/encrypted.stratum', 'stratum', [alice, bob, 'accounts of type motp are not supported']),
  app('stratum/encrypted-old.authpro', 'stratum', [alice, bob, 'accounts of type motp are not supported']),
  {
    file: 'freeipa-ldif/tokens.ldif',
    format: 'freeipa-ldif',
    rows: [
      {
        serial: '2f9b8a3c-0001',
        secret: seed,
        hashlib: 'sha256',
        otplen: 8,
        timeStep: 60,
        timeShift: 30,
        description: 'the long description of this token is folded over two lines of this file',
        user: {login: 'alice'},
        info: {validity_period_start: '2024-05-01T12:30+0000'},
      },
      {serial: '2f9b8a3c-0002', type: 'hotp', secret: other, counter: 7, state: {active: false}},
    ],
  },
  {
    file: 'janitor-csv/hex.csv',
    format: 'janitor-csv',
    rows: [
      {serial: 'OATH0001', secret: seed, user: {login: 'alice', realm: 'corp'}},
      {serial: 'TOTP0001', secret: other, otplen: 8, timeStep: 60, hashlib: 'sha256'},
      {serial: 'TOTP0002', timeStep: 30, realms: ['corp']},
    ],
  },
  {
    file: 'janitor-yaml/tokens.yaml',
    format: 'janitor-yaml',
    rows: [
      {
        serial: 'OATH0001',
        secret: seed,
        hashlib: 'sha256',
        counter: 7,
        tokenkind: 'software',
        info: {count_auth: '5'},
        state: {active: false, revoked: false, locked: false, maxfail: 12, failcount: 2, countWindow: 20},
        user: {login: 'alice', realm: 'corp'},
      },
      {serial: 'TOTP0001', timeStep: 60, otplen: 8, info: {timeShift: '-30.0'}},
    ],
  },
  {
    file: 'privacyidea-export/tokens.pi',
    format: 'privacyidea-export',
    rows: [
      {serial: 'OATH0001', counter: 7, user: {login: 'alice', realm: 'corp', resolver: 'passwdres', userId: '1000'}},
      {serial: 'TOTP0001', details: [{key: 'secret_note', value: 'hidden', type: 'password', encrypted: false}]},
    ],
  },
  {
    file: 'multiotp/10000001.db',
    format: 'multiotp',
    rows: [
      {serial: '10000001', type: 'totp', secret: seed, hashlib: 'sha256', otplen: 8, timeStep: 60, timeShift: -60},
    ],
  },
  {
    file: 'multiotp/hotp.db',
    format: 'multiotp',
    rows: [{serial: '10000002', type: 'hotp', secret: other, counter: 42}],
  },
  {
    file: 'multiotp/encrypted.db',
    format: 'multiotp',
    rows: ['the seed is encrypted by multiOTP; switch its encryption off and save the token again'],
  },
  {
    file: 'oath-users/users.oath',
    format: 'oath-users',
    rows: [
      {type: 'hotp', secret: seed, user: {login: 'alice'}},
      {type: 'hotp', secret: other, otplen: 8, counter: 42, pin: '1234', user: {login: 'bob'}},
      {type: 'totp', timeStep: 30, user: {login: 'carol'}},
      {type: 'totp', timeStep: 60, otplen: 8, user: {login: 'dora'}},
      {type: 'motp', motpPin: '4711', secret: '0123456789abcdef'},
      'the token type is not known',
      'the seed is not hex',
    ],
  },
  {
    file: 'safeword-ldif/alpine.dat',
    format: 'safeword-ldif',
    rows: [
      {serial: '10000001', secret: seed, otplen: 6},
      {serial: '10000002', secret: other, otplen: 8, hashlib: 'sha256'},
      'only tokens of mode E (event) are supported',
      'sccTokenData is missing',
    ],
  },
  {
    file: 'vendor-csv/entra.csv',
    format: 'entra',
    rows: [
      {
        serial: '10001001',
        secret: seed,
        timeStep: 60,
        user: {login: 'alice@corp'},
        description: 'Deepnet Security SafeID/Classic',
      },
      {serial: '10001002', secret: seed, timeStep: 30},
      'the seed is not hex or base32',
    ],
  },
  {file: 'vendor-csv/deepnet.csv', format: 'entra', rows: [{serial: '10001004', secret: seed, timeStep: 60}]},
  {
    file: 'vendor-csv/duo.csv',
    format: 'duo',
    forced: true,
    rows: [
      {serial: '20000001', type: 'hotp', secret: seed},
      {serial: '20000002', counter: 7, hashlib: 'sha256'},
    ],
  },
  ...['linotp.sqlite', 'mysql.sql', 'postgres.sql', 'sqlite.sql'].map((file) => ({
    file: `linotp/${file}`,
    format: 'linotp',
    rows: [
      {
        serial: 'LSTO0001',
        type: 'hotp',
        secret: seed,
        counter: 7,
        description: "it's \\ a 'token'",
        realms: ['corp'],
        user: {login: '', resolver: 'passwdres', userId: '1000', realm: 'corp'},
        state: {
          active: true,
          failcount: 1,
          maxfail: 15,
          countWindow: 10,
          syncWindow: 900,
          pinHash: createHash('sha256').update('1234a1b2c3d4').digest('hex'),
          pinSeed: 'a1b2c3d4',
        },
      },
      {secret: other, otplen: 8, hashlib: 'sha256', timeStep: 60, timeShift: 30, info: {note: 'x'}},
      {type: 'motp', secret: '0123456789abcdef', motpPin: '4711'},
      {type: 'pw', secret: 'a password'},
      'tokens of type qr have no counterpart',
    ],
  })),
  {
    file: 'seed-sql/authenex.sql',
    format: 'seed-sql',
    rows: [{serial: 'ZX0001', type: 'hotp', secret: seed, otplen: 6}, 'the seed is not hex'],
  },
  {file: 'ykksm/dump.sql', format: 'ykksm', rows: [{serial: 'UBAM00004711_1', secret: aesKey, state: {active: false}}]},
  {
    file: 'vendor-csv/duo-totp.csv',
    format: 'duo-totp',
    forced: true,
    rows: [
      {serial: '20000003', type: 'totp', timeStep: 60, secret: seed},
      {timeStep: 30, hashlib: 'sha256'},
    ],
  },
  {
    file: 'vendor-csv/feitian-totp.csv',
    format: 'feitian-totp',
    forced: true,
    rows: [{serial: '1000133508269', type: 'totp', timeStep: 60, secret: seed}, {timeStep: 30}],
  },
  {
    file: 'vendor-csv/token2.csv',
    format: 'entra',
    rows: [{serial: '86501234', type: 'totp', timeStep: 30, secret: seed, description: 'Token2 miniOTP-3'}],
  },
  {
    file: 'vendor-csv/duo-yubikey.csv',
    format: 'duo-yubikey',
    forced: true,
    rows: [{serial: 'UBAM1234567_1', type: 'yubikey', secret: aesKey, info: {'yubikey.tokenid': 'a1b2c3d4e5f6'}}],
  },
  {
    file: 'vendor-csv/feitian.txt',
    format: 'feitian',
    forced: true,
    rows: [
      {serial: '1000133508267', secret: seed},
      {serial: '1000133508268', secret: seed},
    ],
  },
  {
    file: 'ykksm/keys.txt',
    format: 'ykksm',
    rows: [
      {
        serial: 'UBAM00004711_1',
        secret: aesKey,
        otplen: 44,
        info: {'yubikey.prefix': 'vvccccdefghi', 'yubikey.tokenid': 'a1b2c3d4e5f6'},
      },
      'the public id is not modhex',
    ],
  },
  {
    file: 'ykksm/ykksm.sqlite',
    format: 'ykksm',
    rows: [
      {serial: 'UBAM00004711_1', secret: aesKey},
      {serial: 'UBAM280375465082881_1', state: {active: false}},
    ],
  },
  {
    file: 'yubikey-csv/traditional.csv',
    format: 'yubikey-csv',
    rows: [
      {
        serial: 'UBAM280782705994231_1',
        type: 'yubikey',
        otplen: 44,
        description: 'vvgutbiedkvi',
        info: {'yubikey.prefix': 'vvgutbiedkvi', 'yubikey.tokenid': 'ab86c04de6a3'},
      },
      {serial: 'UBOM00000000_1', type: 'hotp', otplen: 8},
      'a static password',
      {type: 'totp', secret: '916821d3a138bf855e70069605559a206ba854cd'},
      'the public id is not modhex',
    ],
  },
  {
    file: 'yubikey-csv/yubico.csv',
    format: 'yubikey-csv',
    rows: [
      {serial: 'UBOM508326_X', type: 'hotp', otplen: 6},
      {serial: 'UBAM508326_X', type: 'yubikey', otplen: 44},
      {serial: 'UBAM508326_X2', type: 'yubikey'},
      'a static password',
    ],
  },
]

const fernetKey = Buffer.from(readFileSync(fixture('importers/privacyidea-export/key'), 'utf8').trim(), 'base64url')
const password = (text: string) => async () => text

async function read(
  {file, format, forced}: Sample,
  text = 'sample password',
): Promise<{format: string; rows: ImportedRow[]}> {
  const opened = await openTokenFile(fixture('importers', file), {
    format: forced ? format : undefined,
    presharedKey: fernetKey,
    sourceKey: readFileSync(fixture('importers/linotp/encKey')),
    password: password(text),
  })
  const rows: ImportedRow[] = []
  for await (const row of opened.rows()) rows.push(row)
  return {format: opened.format, rows}
}

describe('Samples of every format', () => {
  for (const sample of samples) {
    it(`are read as they should: ${sample.file}`, async () => {
      const {format, rows} = await read(sample)

      expect(format).to.equal(sample.format)
      expect(rows).to.have.length(sample.rows.length)
      for (const [at, expected] of sample.rows.entries()) {
        const row = rows[at]!
        if (typeof expected === 'string')
          expect('error' in row ? row.error : 'skipped' in row ? row.skipped : 'a token').to.equal(expected)
        else expect('token' in row ? row.token : row).to.deep.include(expected)
      }
    })
  }

  it('give the same serials again, and another for another account', async () => {
    const [first, second] = [await read(samples[0]!), await read(samples[1]!)]

    const serials = (rows: ImportedRow[]) => rows.map((row) => ('token' in row ? row.token.serial : ''))
    expect(serials(first.rows)).to.deep.equal(serials(second.rows))
    expect(new Set(serials(first.rows)).size).to.equal(2)
  })

  for (const sample of samples.filter(
    ({file}) => /encrypted|externalBackup/.test(file) && !file.startsWith('multiotp'),
  )) {
    it(`are refused with a wrong password: ${sample.file}`, async () => {
      expect((await failureOf(read(sample, 'wrong password'))).code).to.equal('INTEGRITY')
    })
  }

  it('are named in one place', async () => {
    const formats: string[] = []
    for await (const {format} of allImporters()) formats.push(format)

    expect([...formatNames]).to.deep.equal(formats.sort())
    expect(new Set([...samples.map(({format}) => format), 'pskc', 'oath-csv', 'dump', 'aladdin-xml'])).to.deep.equal(
      new Set(formats),
    )
  })
})
