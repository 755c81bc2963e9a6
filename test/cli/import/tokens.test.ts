import {chmodSync, closeSync, ftruncateSync, openSync, readFileSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixtureInstance, type Instance} from '../../support/instance.js'

const seed = 'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55'

describe('pi-manage import tokens', () => {
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
  })

  afterEach(() => {
    instance.remove()
  })

  const serials = async () =>
    (await instance.query<{serial: string}>('SELECT serial FROM token ORDER BY id')).map(({serial}) => serial)

  const file = (name: string, content: Uint8Array | string): string => {
    writeFileSync(instance.path(name), content)
    return name
  }

  it('imports users, realms and counters of a version 2 file', async () => {
    const {status, stdout, stderr} = await instance.manage(['import', 'tokens', 'imports/oath_v2.csv'])

    expect({status, stderr}).to.deep.equal({status: 0, stderr: ''})
    expect(stdout).to.contain('4 new')
    const {tokens} = (await instance.manage(['token', 'show', 'IMPU0001', '--json'])).json<{
      tokens: {count: number; realms: string[]; owners: {userId: string}[]}[]
    }>()
    expect(tokens[0]).to.include({count: 3})
    expect(tokens[0]!.realms).to.deep.equal(['corp'])
    expect(tokens[0]!.owners[0]).to.include({userId: '1000', resolver: 'passwdres', realm: 'corp'})
  })

  it('reports a dry run row by row and changes nothing', async () => {
    const before = await serials()
    const text = file('seeds.csv', `A1,${seed},hotp,8,5\nOATHSHA16,${seed}\nA2,nothex,hotp,6\n`)

    const {status, stdout} = await instance.manage(['import', 'tokens', text, '--dry-run', '--json', '-t', 'corp'])

    expect(status).to.equal(7)
    expect(JSON.parse(stdout)).to.deep.equal({
      format: 'oath-csv',
      rows: [
        {line: 1, serial: 'A1', type: 'hotp', verdict: 'new', otplen: 8, counter: 5, hashlib: 'sha1', realms: ['corp']},
        {
          line: 2,
          serial: 'OATHSHA16',
          type: 'hotp',
          verdict: 'refused',
          reason: 'the serial exists already',
          otplen: 6,
          hashlib: 'sha1',
          realms: ['corp'],
        },
        {line: 3, serial: 'A2', type: 'hotp', verdict: 'refused', reason: 'the seed is not hex or base32'},
      ],
      summary: {total: 3, new: 1, update: 0, skip: 0, refused: 2},
    })
    expect(await serials()).to.deep.equal(before)
  })

  it('names file, line and reason of a bad row on stderr, and ends with 7', async () => {
    const text = file('seeds.csv', `A1,${seed}\nA2,nothex,hotp\nA3,${seed}\n`)

    const {status, stdout, stderr} = await instance.manage(['import', 'tokens', text, '--report', 'report.jsonl'])

    expect(status).to.equal(7)
    expect(stderr).to.equal('seeds.csv, line 2, A2: the seed is not hex or base32\n')
    expect(stdout).to.equal('Done: 2 new, 0 updated, 0 left out, 1 refused (oath-csv, 3 records).\n')
    const report = readFileSync(instance.path('report.jsonl'), 'utf8').trim().split('\n')
    expect(report.map((line) => (JSON.parse(line) as {verdict: string}).verdict)).to.deep.equal([
      'new',
      'refused',
      'new',
    ])
    expect(report.join()).not.to.contain(seed)
  })

  it('reads standard input, the key of a file, and the spellings of the originals', async () => {
    const xml = readFileSync(instance.path('imports/pskc_aes.xml'))
    file('psk', 'e1aef2489f644782d53e32e3111e765e\n')
    file('psk64', `${Buffer.from('e1aef2489f644782d53e32e3111e765e', 'hex').toString('base64')}\n`)
    file('password', 'Oj8Vv14i9Js_\n')

    const piped = await instance.manage(['import', 'tokens', '-', '--preshared-key-file', 'psk'], {stdin: xml})
    const again = await instance.manage(
      ['import', 'tokens', 'imports/pskc_aes.xml', '--preshared-key-file', 'psk64', '--existing', 'skip'],
      {},
    )
    const original = await instance.manage(['token', 'import', 'imports/oath_v1.csv', '--tokenrealms', 'corp,dev'])
    const derived = await instance.manage([
      'import',
      'tokens',
      'imports/pskc_password.xml',
      '--password-file',
      'password',
    ])

    expect([piped, again, original, derived].map(({status}) => status)).to.deep.equal([0, 0, 0, 0])
    expect(piped.stdout).to.contain('3 new')
    expect(again.stdout).to.contain('3 left out')
    expect(
      await instance.query(
        'SELECT count(*) AS n FROM tokenrealm r JOIN token t ON t.id = r.token_id WHERE t.serial LIKE ?',
        ['IMP%'],
      ),
    ).to.deep.equal([{n: 26}])
  })

  it('answers files that are no use with one line, the documented status, and no change', async () => {
    const before = await serials()
    const rows = `A1,${seed},hotp,6\nA2,${seed},hotp,6\n`
    const good = readFileSync(instance.path('imports/pskc_plain.xml'), 'utf8')
    const huge = openSync(instance.path('huge.csv'), 'w')
    ftruncateSync(huge, 1_000_000_000)
    closeSync(huge)
    const cases: [name: string, content: Uint8Array | string | undefined, status: number, message: RegExp][] = [
      ['cut.csv', `${rows}A3,${seed.slice(0, 11)}`, 2, /line 3: the file ends in the middle of a row/],
      ['empty.csv', '', 2, /is empty/],
      ['binary.bin', Buffer.from(Array.from({length: 5000}, (_, at) => (at * 7919) % 256)), 2, /no format/],
      ['binary.csv', `${rows}${'x'.repeat(10)}\u0000\u0001`, 2, /binary/],
      ['latin1.csv', Buffer.from(`${rows}A3,pässword,pw\n`, 'latin1'), 2, /line 3: these bytes are not UTF-8/],
      ['quote.csv', `${rows}A3,"open,pw\n${rows}`, 2, /line 3: a quote/],
      ['long.csv', `${rows}${'a'.repeat(200_000)}`, 2, /line 3: the line is longer/],
      ['huge.csv', undefined, 2, /no format|binary/],
      ['nothing.csv', '# only a comment\n', 2, /no format|no tokens/],
      ['missing.csv', undefined, 2, /there is no such file/],
      ['cut.xml', good.slice(0, -50), 2, /not well-formed/],
      ['bomb.xml', good.replace('?>', '?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'), 2, /document type/],
      ['xxe.xml', good.replace('?>', '?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), 2, /document type/],
      ['entity.xml', good.replace('Manu<', '&other;<'), 2, /not well-formed/],
    ]

    for (const [name, content, status, message] of cases) {
      if (content !== undefined) file(name, content)
      const result = await instance.manage(['import', 'tokens', name])
      expect(result.status, `${name}: ${result.stderr}`).to.equal(status)
      expect(result.stdout, name).to.equal('')
      expect(result.stderr, name).to.match(message)
      expect(result.stderr.split('\n').filter((line) => line.startsWith('Error: '))).to.have.length(1)
    }
    expect(await serials()).to.deep.equal(before)
  })

  it('refuses a wrong key with 3 and a missing one with 2', async () => {
    const before = await serials()
    file('wrong', '00000000000000000000000000000000\n')
    file('garbage', 'not a key!\n')
    const load = (...more: string[]) => instance.manage(['import', 'tokens', 'imports/pskc_aes.xml', ...more])

    const results = [
      await load('--preshared-key-file', 'wrong'),
      await load(),
      await load('--preshared-key-file', 'garbage'),
      await load('--preshared-key-file', 'missing'),
      await instance.manage([
        'import',
        'tokens',
        'imports/pskc_aes_bad_mac.xml',
        '--preshared-key',
        'e1aef2489f644782d53e32e3111e765e',
      ]),
    ]

    expect(results.map(({status}) => status)).to.deep.equal([3, 2, 2, 2, 3])
    expect(await serials()).to.deep.equal(before)
  })

  it('imports nothing with --atomic or --on-error stop when a row is bad', async () => {
    const before = await serials()
    const text = file('seeds.csv', `A1,${seed}\nA2,nothex,hotp\nA3,${seed}\n`)

    for (const flag of [['--atomic'], ['--on-error', 'stop']]) {
      const {status, stderr} = await instance.manage(['import', 'tokens', text, ...flag])
      expect(status).to.equal(1)
      expect(stderr).to.contain('seeds.csv, line 2: the seed is not hex or base32; nothing was imported.')
    }
    expect(await serials()).to.deep.equal(before)
  })

  it('goes on with a journal', async () => {
    const text = file('seeds.csv', `A1,${seed}\nA2,${seed}\n`)
    const command = ['import', 'tokens', text, '--resume', 'journal']

    expect((await instance.manage(command)).stdout).to.contain('2 new')
    const second = await instance.manage(command)

    expect(second.status).to.equal(0)
    expect(second.stdout).to.contain('2 left out')
  })

  it('says when the file cannot be read', async function () {
    if (process.getuid?.() === 0) return
    const text = file('seeds.csv', `A1,${seed}\n`)
    chmodSync(instance.path(text), 0)

    expect((await instance.manage(['import', 'tokens', text])).stderr).to.contain('permission denied')
  })
})
