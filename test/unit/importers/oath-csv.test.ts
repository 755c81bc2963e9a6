import {expect} from 'chai'
import fc from 'fast-check'
import {errorsOf, failureOf, rowsOf, tokensOf} from '../../support/importers.js'

const seed = '3132333435363738393031323334353637383930'
const tokens = async (text: string, options = {}) => tokensOf(await rowsOf(text, options))
const errors = async (text: string, options = {}) => errorsOf(await rowsOf(text, options))

describe('OATH CSV', () => {
  it('fills in what a row leaves out', async () => {
    const [short, counter, totp] = await tokens(`A1,${seed}\nA2,${seed},HOTP,8,47\nA3,${seed},totp,6,60\n`)

    expect(short).to.deep.equal({serial: 'A1', type: 'hotp', secret: seed, otplen: 6, hashlib: 'sha1'})
    expect(counter).to.include({type: 'hotp', otplen: 8, counter: 47})
    expect(totp).to.include({type: 'totp', timeStep: 60})
  })

  it('takes the hash from the length of the seed, unless it is said', async () => {
    const found = await tokens(
      [56, 64, 96, 128, 40].map((length, at) => `S${String(at)},${'ab'.repeat(length / 2)},hotp\n`).join('') +
        `S9,${'ab'.repeat(32)},hotp,6,0,sha1\n`,
    )

    expect(found.map(({hashlib}) => hashlib)).to.deep.equal(['sha224', 'sha256', 'sha384', 'sha512', 'sha1', 'sha1'])
    expect((await tokens(`S1,${'ab'.repeat(32)}\n`, {hashlib: 'sha512'}))[0]).to.include({hashlib: 'sha512'})
  })

  it('leaves out comments, blank lines, lines without separator and rows without serial and seed', async () => {
    const rows = await rowsOf(`# a comment, with a comma\n\nA1,${seed}\nonlyserial\n , , hotp\nA2,${seed}\n`)

    expect(rows.map(({line}) => line)).to.deep.equal([3, 6])
  })

  it('reads owner and realm in version 2', async () => {
    const [owned, none, realmOnly] = await tokens(
      `# version: 2\nalice,ldap1,corp,B1,${seed},hotp,6,17\n,,,B2,${seed},totp,8,60\n,,corp,B3,${seed}\n`,
    )

    expect(owned).to.deep.include({user: {login: 'alice', resolver: 'ldap1', realm: 'corp'}, counter: 17})
    expect(none).not.to.have.any.keys('user', 'realms')
    expect(realmOnly).to.deep.include({serial: 'B3', realms: ['corp']})
  })

  it('takes the owner from a column of its own', async () => {
    const [byNumber] = await tokens(`A1,alice,${seed},totp,8\n`, {userColumn: '2'})
    const [byName] = await tokens(`serial,employee,seed\nA1,bob@corp,${seed}\n`, {userColumn: 'Employee'})
    const [none] = await tokens(`serial,employee,seed\nA1,,${seed}\n`, {userColumn: 'employee'})

    expect(byNumber).to.deep.include({serial: 'A1', type: 'totp', otplen: 8, user: {login: 'alice'}})
    expect(byName).to.deep.include({serial: 'A1', user: {login: 'bob@corp'}})
    expect(none).not.to.have.property('user')
    const failure = await failureOf(rowsOf(`serial,seed\nA1,${seed}\n`, {userColumn: 'employee'}))
    expect(failure.message).to.equal("tokens, line 1: the header has no column 'employee'.")
  })

  it('reads every type that a row can describe', async () => {
    const found = await tokens(
      [
        `D1,${seed},daplug,6,3`,
        `P1,${seed},paper`,
        `N1,anything,tan,123456 234567`,
        `O1,${seed},ocra,OCRA-1:HOTP-SHA256-8:QN08`,
        'Y1,000102030405060708090a0b0c0d0e0f,yubikey',
        'Y2,000102030405060708090a0b0c0d0e0f,yubikey,40',
        'W1,pass word",pw',
        'R1,code123,registration',
        'I1,the secret,indexedsecret',
        'Z1,,spass',
        `V1,${'0f'.repeat(248)},vasco`,
        'M1,1234567890abcdef,motp,1234',
        `X1,${seed},sms,6,0,+49 123`,
        `E1,${seed},email,8,5,a@example.com`,
        `T1,${seed},daypassword,6,3600`,
      ].join('\n') + '\n',
    )
    const byS = Object.fromEntries(found.map((token) => [token.serial, token]))

    expect(byS['D1']).to.include({type: 'daplug', counter: 3})
    expect(byS['N1']).to.deep.include({otplen: 6, tans: ['123456', '234567']})
    expect(byS['O1']).to.deep.include({info: {ocrasuite: 'OCRA-1:HOTP-SHA256-8:QN08'}})
    expect(byS['Y1']).to.include({otplen: 44})
    expect(byS['Y2']).to.include({otplen: 40})
    expect(byS['W1']).to.include({secret: 'pass word"', otplen: 10})
    expect(byS['R1']).to.include({secret: 'code123', otplen: 7})
    expect(byS['V1']!.secret).to.deep.equal(Buffer.alloc(248, 0x0f))
    expect(byS['M1']).to.include({motpPin: '1234', secret: '1234567890abcdef'})
    expect(byS['X1']).to.deep.include({info: {phone: '+49 123'}, counter: 0})
    expect(byS['E1']).to.deep.include({info: {email: 'a@example.com'}, otplen: 8, counter: 5})
    expect(byS['T1']).to.include({timeStep: 3600})
  })

  it('refuses a bad row with line and reason, and reads the others', async () => {
    const rows = await rowsOf(
      [
        `A1,${seed}`,
        'A2,nothex,hotp',
        `A3,${seed}0,hotp`,
        `A4,${seed},hotp,3`,
        `A5,${seed},hotp,6,-1`,
        `A6,${seed},totp,6,0`,
        `A7,${seed},nosuchtype`,
        `A 8,${seed}`,
        `${'A'.repeat(41)},${seed}`,
        `A10,${seed},hotp,six`,
        `A11,${seed},hotp,6,2147483648`,
        `A12,${seed},push`,
        `A13,${seed},motp`,
        `A14,${seed},ocra,OCRA-1:HOTP-MD5-8:QN08`,
        `,${seed}`,
        'A16,',
        `A17,${seed},constructor`,
        `A18,${seed}`,
      ].join('\n') + '\n',
    )

    expect(errorsOf(rows)).to.deep.equal({
      2: 'the seed is not hex or base32',
      3: 'the seed has an odd number of hex digits',
      4: 'the OTP length is not within 4–10',
      5: 'the counter is not within 0–2147483647',
      6: 'the time step is not within 1–86400',
      7: "the token type 'nosuchtype' is not known",
      8: 'the serial has characters other than letters, digits, - and _',
      9: 'the serial is longer than 40 characters',
      10: 'the OTP length is no whole number',
      11: 'the counter is not within 0–2147483647',
      12: 'a token of type push cannot be made from a row',
      13: 'the mOTP PIN is missing',
      14: 'the OCRA suite is not one of RFC 6287',
      15: 'the serial is missing',
      16: 'the seed is missing',
      17: "the token type 'constructor' is not known",
    })
    expect(rows.filter((row) => 'token' in row)).to.have.length(2)
  })

  it('never repeats what may be a secret in a row with shifted columns', async () => {
    const rows = await rowsOf(`X1,${seed}\n${seed},A1,hotp\nP1,canary-word,canary-part,pw\nA2,${seed},${seed}\n`)

    expect(JSON.stringify(rows.slice(1))).not.to.contain(seed)
    expect(JSON.stringify(rows.slice(1))).not.to.contain('canary')
  })

  it('finds a file that was cut in its last row', async () => {
    const whole = `C1,${seed},hotp,6\nC2,${seed},hotp,6\n`

    for (const cut of ['C3', `C3,${seed.slice(0, 9)}`, `C3,${seed},ho`, 'C']) {
      const failure = await failureOf(rowsOf(whole + cut))
      expect(failure.code).to.equal('INVALID_INPUT')
      expect(failure.message).to.equal('tokens, line 3: the file ends in the middle of a row.')
    }
    expect(await errors(`${whole}C3,nothex,hotp,6`)).to.have.property('3')
    expect(await tokens(`${whole}C3,${seed},hotp,6`)).to.have.length(3)
  })

  it('reads quotes, other separators and a header row', async () => {
    const [quoted] = await tokens('W1,"pass,""word""",pw\n')
    const [spread] = await tokens('W2,"two\nlines",pw\n')
    const [semicolon] = await tokens(`A1;${seed};totp;8;60\n`)
    const [tabs] = await tokens(`A1\t${seed}\ttotp\t8\t60\n`)
    const [named] = await tokens(
      `Type,Serial,Seed,Period,Digits,Description,Username,Realm,Realms,PIN\ntotp,A1,${seed},60,8,my token,alice,corp,"r1, r2",1234\n`,
    )

    expect(quoted).to.include({secret: 'pass,"word"'})
    expect(spread).to.include({secret: 'two\nlines'})
    expect(semicolon).to.deep.equal(tabs)
    expect(semicolon).to.include({otplen: 8, timeStep: 60})
    expect(named).to.deep.equal({
      serial: 'A1',
      type: 'totp',
      secret: seed,
      otplen: 8,
      hashlib: 'sha1',
      timeStep: 60,
      user: {login: 'alice', realm: 'corp'},
      realms: ['r1', 'r2'],
      description: 'my token',
      pin: '1234',
    })
  })

  it('names the line of a quote that is never closed', async () => {
    const failure = await failureOf(rowsOf(`A1,${seed}\nW1,"open,pw\nA2,${seed}\n`))

    expect(failure.message).to.equal('tokens, line 2: a quote that opens here is never closed.')
  })

  it('reads seeds in base32 where that is certain', async () => {
    const [base32] = await tokens('A1,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n')
    const [given] = await tokens('A1,gezdgnbvgy3tqojqgezdgnbvgy3tqojq\n', {seedEncoding: 'base32'})
    const [base64] = await tokens('A1,MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\n', {seedEncoding: 'base64'})
    const [plain] = await tokens('A1,12345678901234567890\n', {seedEncoding: 'utf8'})

    for (const token of [base32, given, base64, plain]) expect(token).to.include({secret: seed, hashlib: 'sha1'})
  })

  it('reads just as the originals when told so', async () => {
    const found = await tokens(`O1,${seed},ocra,OCRA-1:HOTP-SHA256-8:QN08\nW1,"quoted",pw\n`, {strictCompat: true})

    expect(found[0]).to.deep.include({info: {ocrasuite: 'OCRA-1:HOTP-SHA1-8:QH40'}})
    expect(found[1]).to.include({secret: '"quoted"'})
    expect(await errors('A1,GEZDGNBVGY3TQOJQ\n', {strictCompat: true})).to.deep.equal({1: 'the seed is not hex'})
  })

  it('gives the same rows however the text is cut into pieces', async () => {
    const text = `# version: 2\r\nalice,,corp,B1,${seed},hotp,6,17\r\n,,,B2,"${seed}",totp\r\n,,,W1,"a\nb",pw\r\n`
    const whole = await rowsOf(text)
    const {readCsv, readLines} = await import('../../../src/importers/shared/csv.js')

    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({min: 1, max: text.length})), async (cuts) => {
        const places = [0, ...new Set(cuts)].sort((a, b) => a - b)
        async function* pieces() {
          for (const [at, place] of places.entries()) yield text.slice(place, places[at + 1])
        }
        const records = []
        const options = {delimiter: ',', skip: (line: {text: string}) => !line.text.includes(',')}
        for await (const group of readCsv('t', readLines('t', pieces()), options)) records.push(...group)
        expect(records.map(({line}) => line)).to.deep.equal(whole.map(({line}) => line))
      }),
      {numRuns: 100},
    )
  })
})
