import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {describeEachDatabase} from '../../../../support/database.js'
import {fixture} from '../../../../support/folders.js'
import {ImportBench, type StoredToken} from '../../../../support/import-env.js'
import {failureOf} from '../../../../support/importers.js'

interface RecordedToken {
  type: string
  otpkey: string
  otplen: number
  count: number
  description: string
  count_window: number
  sync_window: number
  maxfail: number
  tokeninfo: Record<string, string>
  realms: string[]
  owners: [string, string, string][]
}

interface Case {
  file: string
  command?: string[]
  request?: string
  fields?: Record<string, string>
  exit_status?: number
  http_status?: number
  tokens_after: Record<string, RecordedToken>
}

const recorded = JSON.parse(readFileSync(fixture('interop/privacyidea-3.8/imports/expect_imports.json'), 'utf8')) as {
  preshared_key_hex: string
  password: string
  cases: Case[]
}

/** Formats that are read, by file name. */
const covered = (file: string) => file !== 'gpg_plain.csv'

/** What the command line or the request of a case says about keys and realms. */
function optionsOf({command = [], fields = {}}: Case) {
  const flag = (name: string) => command[command.indexOf(name) + 1]
  const has = (name: string) => command.includes(name)
  const key = has('--preshared_key_hex') ? flag('--preshared_key_hex') : fields['psk']
  const mac =
    {no_check: 'none', check_fail_soft: 'soft'}[(has('--validate_mac') && flag('--validate_mac')) || ''] ?? 'hard'
  return {
    // 3.8 ignores the realm of its command line (spec/03 F 18), but not that of a request.
    realms: fields['tokenrealms']?.split(',') ?? [],
    file: {
      presharedKey: key === undefined ? undefined : Buffer.from(key, 'hex'),
      password: async () => fields['password'],
      gnupgHome: async () => fixture('interop/privacyidea-3.8/gpg'),
      validateMac: mac as 'hard' | 'none' | 'soft',
    },
  }
}

/** The recorded token, but for what spec/03 F and spec/04 call a defect of 3.8. */
function expected(token: RecordedToken, name: string, stored: StoredToken): RecordedToken {
  const tokeninfo = {...token.tokeninfo}
  // 19: the suite of an OCRA row is lost.
  if (token.type === 'ocra') tokeninfo['ocrasuite'] = 'OCRA-1:HOTP-SHA256-8:QN08'
  // 22: the hash of an exported PSKC file is lost.
  if (name === 'pskc_of_export.xml' && tokeninfo['hashlib']) tokeninfo['hashlib'] = stored.info['hashlib']!
  // spec/04 §5.5: the drift of PSKC counts intervals.
  if (name === 'pskc_plain.xml' && tokeninfo['timeShift'] === '2') tokeninfo['timeShift'] = '120'
  // spec/04 §4.1: the product describes a token of SafeNet.
  const description = name === 'safenet.xml' ? String(stored.row['description']) : token.description
  // The ids of a Yubikey are kept.
  for (const key of ['yubikey.prefix', 'yubikey.tokenid']) if (stored.info[key]) tokeninfo[key] = stored.info[key]
  for (const key of Object.keys(tokeninfo)) if (key.startsWith('tan.tan')) tokeninfo[key] = stored.info[key]!
  return {...token, description, tokeninfo}
}

function asRecorded({type, secret, row, info, realms, owners}: StoredToken) {
  return {
    type,
    otpkey: secret,
    otplen: row['otplen'],
    count: row['count'],
    description: row['description'],
    count_window: row['count_window'],
    sync_window: row['sync_window'],
    maxfail: row['maxfail'],
    tokeninfo: info,
    realms,
    owners,
  }
}

describeEachDatabase('Token files that privacyIDEA 3.8 imported', (open) => {
  let bench: ImportBench

  before(async () => {
    bench = new ImportBench(await open())
    const settings = {DefaultCountWindow: '12', DefaultSyncWindow: '900'}
    await bench.db.insert(
      'config',
      Object.entries(settings).map(([Key, Value]) => ({Key, Value, Type: '', Description: ''})),
    )
    bench.users.set('alice@corp', {userId: '1000', resolver: 'passwdres'})
    bench.users.set('bob@corp', {userId: '1001', resolver: 'passwdres'})
    bench.users.set('sql01@dev', {userId: '1', resolver: 'sqlres'})
  })

  beforeEach(async () => {
    await bench.reset()
  })

  for (const [at, one] of recorded.cases.filter(({file}) => covered(file)).entries()) {
    const failed = one.exit_status === 1 || one.http_status === 400
    const options = optionsOf(one)
    const title = `${one.file} (${String(at)}: ${one.command?.slice(3).join(' ') ?? one.request ?? ''})`
    const content = readFileSync(fixture('interop/privacyidea-3.8/imports', one.file))

    if (one.file === 'oath_v1_bad_type.csv' || one.file === 'oath_v2_unknown_user.csv') {
      it(`${title} is refused row by row`, async () => {
        const {summary} = await bench.run(content, options)

        expect(summary).to.include({new: 0, refused: 1})
        expect(await bench.tokens()).to.deep.equal({})
      })
    } else if (failed || (one.file === 'pskc_aes_bad_mac.xml' && options.file.validateMac === 'hard')) {
      it(`${title} is refused as a whole`, async () => {
        expect((await failureOf(bench.run(content, options))).code).to.equal('INTEGRITY')
        expect(await bench.tokens()).to.deep.equal({})
      })
    } else {
      it(`${title} gives the recorded tokens`, async () => {
        await bench.run(content, options)

        const stored = await bench.tokens()
        // 2.4: a seed that is not hex is refused.
        const wanted = Object.entries(one.tokens_after).filter(([serial]) => serial !== 'IMPB0001')
        expect(Object.keys(stored)).to.have.members(wanted.map(([serial]) => serial))
        for (const [serial, token] of wanted) {
          const found = asRecorded(stored[serial]!)
          expect(expected(token, one.file, stored[serial]!)).to.deep.include(found)
        }
      })
    }
  }
})
