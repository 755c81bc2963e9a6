import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {describeEachDatabase} from '../../../../support/database.js'
import {temporaryFolder} from '../../../../support/folders.js'
import {ImportBench} from '../../../../support/import-env.js'
import {failureOf} from '../../../../support/importers.js'

const seed = '3132333435363738393031323334353637383930'
const other = '00112233445566778899aabbccddeeff00112233'

describeEachDatabase('Importing tokens', (open) => {
  let bench: ImportBench

  before(async () => {
    bench = new ImportBench(await open())
  })

  beforeEach(async () => {
    await bench.reset()
  })

  it('writes a token with details, owner and realms', async () => {
    bench.users.set('alice@corp', {userId: '1000', resolver: 'passwdres'})

    await bench.run(`# version: 2\nalice,,corp,A1,${seed},totp,8,60\n`, {realms: ['DEV']})

    const {A1} = await bench.tokens()
    expect(A1).to.deep.include({
      type: 'totp',
      secret: seed,
      info: {tokenkind: 'hardware', hashlib: 'sha1', timeStep: '60', timeWindow: '180', timeShift: '0.0'},
      realms: ['corp', 'dev'],
      owners: [['1000', 'passwdres', 'corp']],
    })
    expect(A1!.row).to.include({
      description: 'imported',
      otplen: 8,
      maxfail: 10,
      count: 0,
      failcount: 0,
      count_window: 10,
      sync_window: 1000,
      pin_hash: '',
      rollout_state: '',
    })
    expect(bench.db.bool(A1!.row['active'])).to.equal(true)
    expect(bench.db.bool(A1!.row['locked'])).to.equal(false)
  })

  it('takes what a token leaves out from the configuration', async () => {
    const settings = {
      DefaultCountWindow: '12',
      DefaultSyncWindow: '900',
      DefaultMaxFailCount: '7',
      'totp.timeWindow': '90',
    }
    await bench.db.k('config').delete()
    await bench.db.insert(
      'config',
      Object.entries(settings).map(([Key, Value]) => ({Key, Value, Type: '', Description: ''})),
    )

    await bench.run(`A1,${seed},totp\n`)

    const {A1} = await bench.tokens()
    await bench.db.k('config').delete()
    expect(A1!.row).to.include({count_window: 12, sync_window: 900, maxfail: 7})
    expect(A1!.info).to.include({timeWindow: '90'})
  })

  it('keeps TANs as salted hashes, mOTP PINs encrypted, OTP PINs hashed and vasco blobs as bytes', async () => {
    const {createHash} = await import('node:crypto')
    const {decryptTokenSecret} = await import('../../../../../src/lib/crypto/secret-values.js')

    await bench.run(`N1,x,tan,123456 234567\nM1,1234567890abcdef,motp,4711\nV1,${'0f'.repeat(248)},vasco\nW1,pass,pw\n`)
    await bench.run(`serial,seed,pin\nP1,${seed},9876\n`)

    const {N1, M1, V1, W1, P1} = await bench.tokens()
    const [salt = '', hash] = N1!.info['tan.tan1']!.split(':')
    expect(hash).to.equal(createHash('sha256').update(`234567${salt}`).digest('hex'))
    const pin = {ciphertext: String(M1!.row['user_pin']), iv: String(M1!.row['user_pin_iv'])}
    expect((await decryptTokenSecret(bench.security, pin)).toString()).to.equal('4711')
    expect(V1!.secret).to.equal('\x0f'.repeat(248))
    expect(W1).to.deep.include({secret: 'pass', info: {tokenkind: 'hardware'}})
    expect(P1!.row).to.include({pin_hash: 'hash of 9876'})
  })

  it('refuses bad rows with their reasons, and takes the others', async () => {
    const {rows, summary} = await bench.run(
      [
        '# version: 2',
        `,,,A1,${seed}`,
        `,,,A2,nothex,hotp`,
        `nobody,,corp,A3,${seed}`,
        `,,nowhere,A4,${seed}`,
        `,,,a1,${other}`,
        `,,,A5,${seed},daypassword`,
        `,,,A6,${'a'.repeat(1500)},pw`,
        `,,,A7,${seed}`,
      ].join('\n') + '\n',
    )

    expect(summary).to.deep.equal({total: 8, new: 2, update: 0, skip: 0, refused: 6})
    expect(rows.filter(({verdict}) => verdict === 'refused').map(({line, reason}) => [line, reason])).to.deep.equal([
      [3, 'the seed is not hex or base32'],
      [4, 'there is no such user in realm corp'],
      [5, "there is no realm 'nowhere'"],
      [6, 'the serial came already in line 2'],
      [7, 'the type daypassword does not exist in this release'],
      [8, 'the secret is too long for the database'],
    ])
    expect(Object.keys(await bench.tokens())).to.deep.equal(['A1', 'A7'])
  })

  it('reports everything of a dry run, secrets only when asked, and writes nothing', async () => {
    bench.users.set('alice@corp', {userId: '1000', resolver: 'passwdres'})
    const file = `# version: 2\nalice,,corp,A1,${seed},hotp,8,17\n,,,W1,geheim,pw\n,,,A2,,hotp\n`

    const plain = await bench.run(file, {dryRun: true})
    const shown = await bench.run(file, {dryRun: true, showSecrets: true})

    expect(JSON.stringify(plain.rows)).not.to.match(/3132|geheim|67656865696d/)
    expect(shown).to.deep.equal({
      format: 'oath-csv',
      summary: {total: 3, new: 2, update: 0, skip: 0, refused: 1},
      rows: [
        {
          line: 2,
          serial: 'A1',
          type: 'hotp',
          verdict: 'new',
          otplen: 8,
          counter: 17,
          hashlib: 'sha1',
          user: 'alice',
          realms: ['corp'],
          secret: seed,
        },
        {line: 3, serial: 'W1', type: 'pw', verdict: 'new', otplen: 6, secret: Buffer.from('geheim').toString('hex')},
        {line: 4, serial: 'A2', type: 'hotp', verdict: 'refused', reason: 'the seed is missing'},
      ],
    })
    expect(await bench.tokens()).to.deep.equal({})
  })

  it('refuses, leaves out, refreshes or replaces a serial that exists', async () => {
    await bench.run(`A1,${seed},hotp,6,5\n`)
    await bench.db.k('token').update({description: 'mine', failcount: 3})
    const file = `A1,${seed},hotp,8\nA2,${seed}\n`

    const failed = await bench.run(file)
    const skipped = await bench.run(file, {existing: 'skip'})
    expect(failed.rows[0]).to.include({verdict: 'refused', reason: 'the serial exists already'})
    expect(skipped.rows[0]).to.include({verdict: 'skip'})
    expect((await bench.tokens())['A1']!.row).to.include({otplen: 6, description: 'mine', count: 5})

    expect((await bench.run(file, {existing: 'update'})).rows[0]).to.include({verdict: 'update'})
    expect((await bench.tokens())['A1']!.row).to.include({otplen: 8, description: 'mine', failcount: 3, count: 5})

    expect((await bench.run(file, {existing: 'overwrite'})).rows[0]).to.include({verdict: 'update'})
    expect((await bench.tokens())['A1']!.row).to.include({otplen: 8, description: 'imported', failcount: 0, count: 5})
  })

  it('never turns a counter back unless it is told to', async () => {
    for (const existing of ['update', 'overwrite'] as const) {
      await bench.reset()
      await bench.run(`A1,${seed},hotp,6,50\n`)

      const lower = await bench.run(`A1,${seed},hotp,6,3\n`, {existing})
      expect(lower.rows[0]).to.include({verdict: 'update', reason: 'the counter stays at 50'})
      expect((await bench.tokens())['A1']!.row).to.include({count: 50})

      const higher = await bench.run(`A1,${seed.toUpperCase()},hotp,6,60\n`, {existing})
      expect(higher.rows[0]).to.include({verdict: 'update'})
      expect((await bench.tokens())['A1']!.row).to.include({count: 60})

      const reseeded = await bench.run(`A1,${other},hotp,6,3\n`, {existing})
      expect(reseeded.rows[0]!.reason).to.contain('the seed differs')
      expect((await bench.tokens())['A1']).to.include({secret: seed})

      await bench.run(`A1,${other},hotp,6,3\n`, {existing, allowCounterRollback: true})
      const {A1} = await bench.tokens()
      expect(A1).to.include({secret: other})
      expect(A1!.row).to.include({count: 3})
      await bench.run(`A1,${other},hotp,6,1\n`, {existing, allowCounterRollback: true})
      expect((await bench.tokens())['A1']!.row).to.include({count: 1})
    }
  })

  it('does not make used TANs valid again', async () => {
    await bench.run('N1,x,tan,123456 234567\n')
    await bench.db.k('tokeninfo').where('Key', 'tan.tan0').delete()

    await bench.run('N1,x,tan,123456 234567\n', {existing: 'update'})
    const overwritten = await bench.run('N1,x,tan,123456 234567\n', {existing: 'overwrite'})

    expect((await bench.tokens())['N1']!.info).not.to.have.property('tan.tan0')
    expect(overwritten.rows[0]).to.include({verdict: 'refused'})
  })

  it('leaves locked tokens, other types and other owners alone', async () => {
    bench.users.set('alice@corp', {userId: '1000', resolver: 'passwdres'})
    bench.users.set('bob@corp', {userId: '1001', resolver: 'passwdres'})
    await bench.run(`# version: 2\n,,,A1,${seed}\n,,,A2,${seed}\nalice,,corp,A3,${seed}\n,,,A4,${seed}\n`)
    await bench.db.k('token').where({serial: 'A1'}).update({locked: true})

    const {rows} = await bench.run(
      `# version: 2\n,,,A1,${seed}\n,,,A2,${seed},totp\nbob,,corp,A3,${seed}\nbob,,corp,A4,${seed}\nalice,,corp,A3,${seed}\n`,
      {existing: 'update'},
    )

    expect(rows.map(({reason}) => reason)).to.deep.equal([
      'the token is locked',
      'the serial exists as a token of type hotp',
      'the token is assigned to another user',
      undefined,
      'the serial came already in line 4',
    ])
    expect((await bench.tokens())['A4']).to.deep.include({owners: [['1001', 'passwdres', 'corp']], realms: ['corp']})
  })

  it('replaces realms that the file or the command names, and keeps them otherwise', async () => {
    await bench.run(`A1,${seed}\n`, {realms: ['corp']})

    await bench.run(`A1,${seed}\n`, {existing: 'update'})
    expect((await bench.tokens())['A1']!.realms).to.deep.equal(['corp'])
    await bench.run(`A1,${seed}\n`, {existing: 'update', realms: ['dev']})
    expect((await bench.tokens())['A1']!.realms).to.deep.equal(['dev'])
  })

  it('writes nothing when the file is damaged behind the first batches, or a row is bad and all or none was asked for', async () => {
    const rows = Array.from({length: 50}, (_, at) => `A${String(at)},${seed}`)
    const damaged = [...rows, 'W1,"never closed', ...rows].join('\n')
    const bad = [...rows, 'B1,nothex,hotp', ''].join('\n')

    const broken = await failureOf(bench.run(damaged, {batchSize: 10}))
    const refused = await failureOf(bench.run(bad, {atomic: true, batchSize: 10}))

    expect(broken.code).to.equal('INVALID_INPUT')
    expect(refused.code).to.equal('REFUSED')
    expect(refused.message).to.contain('line 51').and.contain('nothing was imported')
    expect(await bench.tokens()).to.deep.equal({})

    const {summary} = await bench.run(`${rows.join('\n')}\n`, {atomic: true, batchSize: 10})
    expect(summary).to.include({total: 50, new: 50})
  })

  it('refuses a PSKC file with one wrong MAC as a whole', async () => {
    const file = readFileSync('test/fixtures/interop/privacyidea-3.8/imports/pskc_aes_bad_mac.xml')
    const presharedKey = Buffer.from('e1aef2489f644782d53e32e3111e765e', 'hex')

    const hard = await failureOf(bench.run(file, {file: {presharedKey}}))
    expect(hard.code).to.equal('INTEGRITY')
    expect(await bench.tokens()).to.deep.equal({})

    const soft = await bench.run(file, {file: {presharedKey, validateMac: 'soft'}})
    expect(soft.summary).to.include({new: 1, refused: 1})
  })

  it('says so when there is no token in a file', async () => {
    const failure = await failureOf(bench.run('# version: 2\n', {file: {format: 'oath-csv'}}))

    expect(failure).to.include({code: 'INVALID_INPUT', message: 'There are no tokens in tokens.'})
  })

  it('takes only the first records when told so', async () => {
    const {summary} = await bench.run(`A1,${seed}\nA2,${seed}\nA3,${seed}\n`, {limit: 2})

    expect(summary).to.include({total: 2, new: 2})
  })

  it('reads on in the file where what it remembers of the first reading ends', async () => {
    const blob = 'ab'.repeat(248)
    const lines = Array.from({length: 25}, (_, at) => `M${String(at).padStart(2, '0')},${seed}`)
    // Bytes are not remembered, so the second batch and all after it are read again.
    lines[12] = `M12,${blob},vasco`

    const {summary, rows} = await bench.run(`${lines.join('\n')}\n`, {batchSize: 10})

    expect(summary).to.include({total: 25, new: 25})
    expect(rows.map(({serial}) => serial)).to.deep.equal(lines.map((line) => line.slice(0, 3)))
    const stored = await bench.db.k('token').where({serial: 'M12'}).first('tokentype')
    expect(stored).to.deep.equal({tokentype: 'vasco'})
  })

  it('gives tokens other serials and PINs than the file', async () => {
    const pins = new Map([['a1', '1234']])
    const file = `A1,${seed}\nA2,${seed},totp\n`

    const renamed = await bench.run(file, {pins, renameSerial: 'HW-{type}-{serial}'})
    const replaced = await bench.run(file, {renameSerial: '/^A(\\d)$/ZZ0\\1/'})
    const wrong = await bench.run(file, {renameSerial: '/A./ä/'})

    expect(renamed.rows.map(({serial}) => serial)).to.deep.equal(['HW-hotp-A1', 'HW-totp-A2'])
    expect(replaced.rows.map(({serial}) => serial)).to.deep.equal(['ZZ01', 'ZZ02'])
    const stored = await bench.tokens()
    expect(stored['HW-hotp-A1']!.row['pin_hash']).to.equal('hash of 1234')
    expect(stored['HW-totp-A2']!.row['pin_hash']).to.equal('')
    expect(wrong.summary).to.include({new: 0, refused: 2})
    for (const pattern of ['one', '{serial}{nothing}', '/open', '/(/x/']) {
      expect((await failureOf(bench.run(file, {renameSerial: pattern}))).code, pattern).to.equal('USAGE')
    }
  })

  it('goes on where an interrupted import ended', async () => {
    const journal = join(temporaryFolder('journal'), 'journal')
    const lines = Array.from({length: 30}, (_, at) => `A${String(at).padStart(2, '0')},${seed}`)
    const file = `${lines.join('\n')}\n`
    const options = {journal, batchSize: 10}
    await bench.run(file, options)
    // As after a crash between writing the second batch and confirming it.
    const entries = readFileSync(journal, 'utf8').split('\n')
    expect(entries).to.include.members(['{"begin":20}', '{"end":20}', '{"end":30}'])
    writeFileSync(journal, `${entries[0]!}\n{"begin":10}\n{"end":10}\n{"begin":20}\n{"en`)
    await bench.db.k('tokeninfo').delete()
    await bench.db.k('token').where('serial', '>=', 'A20').delete()

    const {rows, summary} = await bench.run(file, options)

    expect(summary).to.deep.equal({total: 30, new: 10, update: 0, skip: 20, refused: 0})
    expect(rows[15]).to.include({verdict: 'skip', reason: 'written by the interrupted run'})
    const again = await bench.run(file, options)
    expect(again.summary).to.include({skip: 30})
    const foreign = await failureOf(bench.run(`${file}B1,${seed}\n`, options))
    expect(foreign).to.include({code: 'REFUSED'})
  })

  it('lets one of two imports of the same serials win, row by row', async () => {
    const file = Array.from({length: 200}, (_, at) => `R${String(at)},${seed}\n`).join('')

    const results = await Promise.all([1, 2, 3].map(() => bench.run(file, {batchSize: 20})))

    const news = results.reduce((sum, {summary}) => sum + summary.new, 0)
    const refused = results.reduce((sum, {summary}) => sum + summary.refused, 0)
    expect([news, refused]).to.deep.equal([200, 400])
    const stored = Object.values(await bench.tokens())
    expect(stored).to.have.length(200)
    expect(stored.every(({info}) => info['tokenkind'] === 'hardware')).to.equal(true)
  })
})

describeEachDatabase('Importing tokens into later releases', (open) => {
  for (const release of [
    {product: 'privacyidea', version: '3.9'},
    {product: 'privacyidea', version: '3.14dev1'},
    {product: 'edumfa', version: '2.9.1'},
  ] as const) {
    it(`writes what ${release.product} ${release.version} would write`, async () => {
      const bench = new ImportBench(await open(release))
      await bench.reset()
      bench.users.set('alice@corp', {userId: '1000', resolver: 'passwdres'})

      await bench.run(`# version: 2\nalice,,corp,A1,${seed}\n,,,A2,${seed},daypassword\n`)

      const {A1, A2} = await bench.tokens()
      const dated = release.version.startsWith('3.14')
      const date = '2025-04-25T10:00:00+00:00'
      expect(A1!.info).to.deep.equal({
        tokenkind: 'hardware',
        hashlib: 'sha1',
        ...(dated && {creation_date: date, assignment_date: date}),
      })
      expect(A1!.row).to.include({rollout_state: dated ? 'enrolled' : ''})
      expect(A2!.info).to.include({timeStep: '86400'})
    })
  }
})
