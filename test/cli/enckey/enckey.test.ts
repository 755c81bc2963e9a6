import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, openSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixture} from '../../support/folders.js'
import {fixtureInstance, type Instance} from '../../support/instance.js'
import {programEnv, programFile} from '../../support/program.js'

interface Expected {
  enckey: {encrypted_password: string; hex: string}
}

describe('pi-manage enckey', () => {
  const expected = JSON.parse(readFileSync(fixture('interop', 'privacyidea-3.8', 'expect.json'), 'utf8')) as Expected
  let instance: Instance

  beforeEach(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    writeFileSync(instance.path('password'), `${expected.enckey.encrypted_password}\n`)
    writeFileSync(instance.path('wrong'), 'canary-wrong-password\n')
  })

  afterEach(() => instance.remove())

  it('verify finds everything decryptable, and says so with exit 0', async () => {
    const json = await instance.manage(['enckey', 'verify', '--json'])
    const plain = await instance.manage(['enckey', 'verify'])

    expect(json.json()).to.deep.equal({checked: 99, failed: []})
    expect([json.status, plain.status]).to.deep.equal([0, 0])
    expect(plain.stdout).to.equal('99 encrypted values, 0 do not decrypt.\n')
  })

  it('verify names what does not decrypt, with exit 3', async () => {
    await instance.sql([`UPDATE token SET key_iv = 'x' WHERE id = 2`, `UPDATE radiusserver SET secret = 'clear'`])

    const {json, status} = await instance.manage(['enckey', 'verify', '--json'])

    expect(status).to.equal(3)
    expect(json()).to.deep.equal({
      checked: 99,
      failed: [
        {table: 'token', column: 'key_enc', id: 2},
        {table: 'radiusserver', column: 'secret', id: 1},
      ],
    })
  })

  it('check takes the key file with its password from a file or a descriptor', async () => {
    const locked = ['--enckey', instance.path('enckey.enc')]
    const plain = await instance.manage(['enckey', 'check'])
    const byFile = await instance.manage([
      'enckey',
      'check',
      ...locked,
      '--enckey-password-file',
      instance.path('password'),
    ])
    const wrong = await instance.manage([
      'enckey',
      'check',
      ...locked,
      '--enckey-password-file',
      instance.path('wrong'),
    ])
    const none = await instance.manage(['enckey', 'check', ...locked])

    expect([plain.status, byFile.status, wrong.status, none.status]).to.deep.equal([0, 0, 3, 6])
    expect(byFile.stdout).to.match(/belongs to this database/)
    expect(wrong.stderr)
      .to.match(/password of the encryption key is wrong/)
      .and.not.include('canary')
    expect(none.stderr).to.match(/hsm not ready!.*\n.*--enckey-password-file/)
    expect(await statusWithDescriptor(instance, [...locked])).to.equal(0)
  })

  it('check tells a key that belongs to another database', async () => {
    const other = fixture('interop', 'privacyidea-3.14dev', 'enckey')

    const {json, status} = await instance.manage(['enckey', 'check', '--enckey', other, '--json'])

    expect(status).to.equal(3)
    expect(json<{checked: number; failed: unknown[]}>().failed).to.have.length.greaterThan(6)
  })

  it('create writes a key that nobody else can read, once', async () => {
    const file = instance.path('new-key')

    const made = await instance.manage(['enckey', 'create', '--enckey', file, '--json'])
    const again = await instance.manage(['setup', 'create-enckey', '--enckey', file])

    expect(made.json()).to.deep.equal({file, mode: '0400'})
    expect(readFileSync(file)).to.have.length(96)
    expect(statSync(file).mode & 0o777).to.equal(0o400)
    expect(again.status).to.equal(1)
    expect(again.stderr).to.match(/exists already/)
  })

  it('create takes a given key, and leaves nothing behind for a wrong one', async () => {
    const file = instance.path('new-key')
    const create = (value: string, stdin?: string) =>
      instance.manage(['create_enckey', '--enckey', file, `--enckey_b64=${value}`], stdin === undefined ? {} : {stdin})

    const short = await create('YWJj')
    const bad = await create('%%%')
    expect([short.status, bad.status]).to.deep.equal([2, 2])
    expect(existsSync(file)).to.equal(false)

    const good = await create('-', Buffer.from(expected.enckey.hex, 'hex').toString('base64').replace(/.{76}/g, '$&\n'))
    expect(good.status, good.stderr).to.equal(0)
    expect(readFileSync(file).toString('hex')).to.equal(expected.enckey.hex)
  })

  it('under its old name answers as the original does', async () => {
    const file = instance.path('new-key')
    const {stdout} = await instance.manage(['create_enckey', '--enckey', file])

    expect(stdout).to.equal(
      `\nEncryption key written to ${file}\nThe file permission of ${file} was set to 400!\n` +
        'Please ensure, that it is owned by the right user.   \n',
    )
  })

  it('encrypt and decrypt are each other’s inverse', async () => {
    const password = ['--password-file', instance.path('password')]
    const printed = await instance.manage(['encrypt_enckey', instance.path('enckey'), ...password], {
      showsSecrets: true,
    })
    writeFileSync(instance.path('printed'), printed.stdout)
    const opened = await instance.manage([
      'enckey',
      'decrypt',
      instance.path('printed'),
      '-o',
      instance.path('out'),
      ...password,
    ])

    expect(printed.stdout).to.match(/^[0-9a-f]{32}:[0-9a-f]{416}\n$/)
    expect(opened.status, opened.stderr).to.equal(0)
    expect(readFileSync(instance.path('out')).toString('hex')).to.equal(expected.enckey.hex)
    expect(statSync(instance.path('out')).mode & 0o777).to.equal(0o400)
  })

  it('decrypt reads what the original wrote', async () => {
    const out = instance.path('out')
    const args = ['enckey', 'decrypt', instance.path('enckey.enc'), '-o', out]
    const wrong = await instance.manage([...args, '--password-file', instance.path('wrong')])
    const right = await instance.manage([...args, '--password-file', instance.path('password')])

    expect(wrong.status).to.equal(3)
    expect(right.status).to.equal(0)
    expect(readFileSync(out).toString('hex')).to.equal(expected.enckey.hex)
  })

  it('encrypt never replaces a file', async () => {
    const args = ['enckey', 'encrypt', instance.path('enckey'), '--password-file', instance.path('password')]

    const {status} = await instance.manage([...args, '-o', instance.path('enckey')])

    expect(status).to.equal(1)
    expect(readFileSync(instance.path('enckey')).toString('hex')).to.equal(expected.enckey.hex)
  })

  it('needs no database for key files', async () => {
    instance.configure(() => `PI_ENCFILE = '${instance.path('third')}'\n`)

    expect((await instance.manage(['enckey', 'create'])).status).to.equal(0)
    expect((await instance.manage(['enckey', 'verify'])).status).to.equal(2)
  })
})

/** Exit status of `enckey check` with the password on descriptor 3. */
async function statusWithDescriptor(instance: Instance, args: string[]): Promise<number | null> {
  const file = openSync(instance.path('password'), 'r')
  const child = spawn(
    process.execPath,
    [programFile('pi-manage'), 'enckey', 'check', '--config', instance.config, ...args],
    {
      cwd: instance.folder,
      env: programEnv({env: {PI_MANAGE_ENCKEY_PASSWORD_FD: '3'}}),
      stdio: ['ignore', 'ignore', 'ignore', file],
    },
  )
  const [status] = (await once(child, 'close')) as [number | null]
  return status
}
