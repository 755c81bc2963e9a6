import {createPublicKey, createSign, createVerify} from 'node:crypto'
import {chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {loadSettings} from '../../../../../src/lib/config/load.js'
import {PasswordContext} from '../../../../../src/lib/crypto/password-hash.js'
import {withPepper} from '../../../../../src/lib/crypto/pepper.js'
import {connect, openDatabase} from '../../../../../src/lib/db/connect.js'
import {createTable, creationStatements, literal} from '../../../../../src/lib/db/create.js'
import {releaseSchema} from '../../../../../src/lib/db/schema/releases.js'
import {PiError} from '../../../../../src/lib/errors.js'
import {InstanceService, type MadeInstance, type NewInstance} from '../../../../../src/lib/services/instance/index.js'
import {DatabaseService} from '../../../../../src/lib/services/database.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {temporaryFolder} from '../../../../support/folders.js'

const password = 'canary-admin-password-7Hq2'
const admin = {email: 'alice@example.com', password: async () => password, username: 'alice'}

function init(directory: string, more: Partial<NewInstance> = {}): Promise<MadeInstance> {
  return new InstanceService({warn: () => {}}).init({admin, directory, product: 'privacyidea', ...more})
}

async function failure(work: Promise<unknown>): Promise<PiError> {
  try {
    await work
  } catch (error) {
    expect(error).to.be.instanceOf(PiError)
    return error as PiError
  }
  throw new Error('it worked')
}

async function statusOf(config: string) {
  const settings = await loadSettings({configFile: config, env: {}})
  return new DatabaseService({settings, uri: settings.required('SQLALCHEMY_DATABASE_URI'), warn: () => {}}).status()
}

const parts = ['config', 'enckey', 'auditKeys', 'tables', 'admin']
const mode = (...path: string[]) => statSync(join(...path)).mode & 0o777

describeEachDatabase('InstanceService', (open) => {
  it('makes configuration, keys, tables and administrator, and leaves them as they are when repeated', async () => {
    const directory = temporaryFolder('instance')
    const databaseUri = await open.emptyUri()

    const first = await init(directory, {databaseUri})
    const before = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')])
    const second = await init(directory, {databaseUri, admin: {...admin, password: async () => 'another'}})

    expect([first.made, first.kept]).to.deep.equal([parts, []])
    expect([second.made, second.kept]).to.deep.equal([[], parts])
    expect(second.administrators).to.equal(1)
    expect(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')])).to.deep.equal(
      before,
    )
    expect(await statusOf(first.config)).to.include({clean: true, product: 'privacyidea', version: '3.8'})
    const settings = await loadSettings({configFile: first.config, env: {}})
    const db = await openDatabase(databaseUri, {settings})
    const row = (await db.k('admin').where({username: 'alice'}).first()) as {email: string; password: string}
    await db.close()
    expect(row.email).to.equal('alice@example.com')
    expect(
      await PasswordContext.fromSettings(settings).verify(
        withPepper(settings.required('PI_PEPPER'), password),
        row.password,
      ),
    ).to.equal(true)
  })

  it('completes tables of which a crash left some', async () => {
    const directory = temporaryFolder('instance')
    const databaseUri = await open.emptyUri()
    const release = releaseSchema('privacyidea', '3.8')
    const connection = await connect(databaseUri, {create: true})
    for (const statement of creationStatements(connection.dialect, release).slice(0, 12)) {
      await connection.knex.raw(literal(statement))
    }
    await connection.knex.destroy()

    const made = await init(directory, {databaseUri})

    expect(made.made).to.deep.equal(parts)
    expect(await statusOf(made.config)).to.include({clean: true})
  })

  it('refuses tables with rows and without a stamp, and changes none of them', async () => {
    const directory = temporaryFolder('instance')
    const databaseUri = await open.emptyUri()
    const release = releaseSchema('privacyidea', '3.8')
    const connection = await connect(databaseUri, {create: true})
    const admins = release.tables.get('admin')!
    for (const statement of createTable(connection.dialect, admins, release))
      await connection.knex.raw(literal(statement))
    await connection.knex('admin').insert({username: 'somebody'})

    const error = await failure(init(directory, {databaseUri}))

    expect(error.code).to.equal('REFUSED')
    expect(error.message).to.match(/the table admin has rows/)
    const {tables} = await connection.dialect.readCatalogue(connection.knex)
    await connection.knex.destroy()
    expect([...tables.keys()]).to.deep.equal(['admin'])
  })

  it('makes an installation of eduMFA', async () => {
    const directory = temporaryFolder('instance')

    const made = await init(directory, {databaseUri: await open.emptyUri(), product: 'edumfa'})

    const settings = await loadSettings({configFile: made.config, env: {}})
    expect(settings.product).to.equal('edumfa')
    expect(settings.path('PI_ENCFILE')).to.equal(join(directory, 'enckey'))
    expect(await statusOf(made.config)).to.include({clean: true, product: 'edumfa'})
  })
})

describe('InstanceService in its folder', () => {
  it('gives modes that keep the secrets, whatever the umask', async () => {
    const directory = join(temporaryFolder('instance'), 'deep', 'inside')
    const umask = process.umask(0)
    try {
      await init(directory)
    } finally {
      process.umask(umask)
    }

    expect(mode(directory, 'pi.cfg')).to.equal(0o600)
    expect(mode(directory, 'enckey')).to.equal(0o400)
    expect(mode(directory, 'private.pem')).to.equal(0o400)
    expect(mode(directory, 'data.sqlite')).to.equal(0o600)
    expect(statSync(join(directory, 'enckey')).size).to.equal(96)
  })

  it('makes keys that belong together, in the forms of the original', async () => {
    const directory = temporaryFolder('instance')
    await init(directory)
    const [privatePem, publicPem] = ['private.pem', 'public.pem'].map((name) =>
      readFileSync(join(directory, name), 'utf8'),
    )

    expect(privatePem).to.match(/^-----BEGIN RSA PRIVATE KEY-----/)
    expect(publicPem).to.match(/^-----BEGIN PUBLIC KEY-----/)
    const signature = createSign('sha256').update('text').sign(privatePem!)
    expect(createVerify('sha256').update('text').verify(createPublicKey(publicPem!), signature)).to.equal(true)
  })

  it('puts SQLite into WAL mode', async () => {
    const directory = temporaryFolder('instance')
    await init(directory)

    const connection = await connect(`sqlite:///${join(directory, 'data.sqlite')}`)
    const [row] = (await connection.knex.raw('PRAGMA journal_mode')) as {journal_mode: string}[]
    await connection.knex.destroy()

    expect(row).to.deep.equal({journal_mode: 'wal'})
  })

  it('makes new secrets each time', async () => {
    const [one, two] = [temporaryFolder('instance'), temporaryFolder('instance')]
    await init(one)
    await init(two)
    const secrets = async (directory: string) => {
      const settings = await loadSettings({configFile: directory, env: {}})
      return [
        settings.required('SECRET_KEY'),
        settings.required('PI_PEPPER'),
        readFileSync(join(directory, 'enckey'), 'hex'),
      ]
    }

    const [first, second] = [await secrets(one), await secrets(two)]

    for (const [at, secret] of first.entries()) expect(secret).to.not.equal(second[at])
    expect(first[1]).to.match(/^[A-Za-z0-9]{24}$/)
  })

  it('makes again what is missing, and the public key from the private one', async () => {
    const directory = temporaryFolder('instance')
    await init(directory)
    const publicPem = readFileSync(join(directory, 'public.pem'), 'utf8')
    rmSync(join(directory, 'public.pem'))

    const {made} = await init(directory)

    expect(made).to.deep.equal(['auditKeys'])
    expect(readFileSync(join(directory, 'public.pem'), 'utf8')).to.equal(publicPem)
  })

  it('removes what crashed runs left behind, and nothing else', async () => {
    const directory = temporaryFolder('instance')
    for (const name of ['pi.cfg.new-0123456789ab', 'enckey.new-ffffffffffff', 'enckey.new', 'other.new-0123456789ab']) {
      writeFileSync(join(directory, name), 'x')
    }

    await init(directory)

    expect(readdirSync(directory).filter((name) => name.includes('.new'))).to.have.members([
      'enckey.new',
      'other.new-0123456789ab',
    ])
  })

  it('refuses what does not fit: another database, a broken key, a lone or foreign public key, a file for a folder', async () => {
    const directory = temporaryFolder('instance')
    await init(directory)
    const file = (name: string) => join(directory, name)

    expect((await failure(init(directory, {databaseUri: 'sqlite:////elsewhere'}))).code).to.equal('REFUSED')
    rmSync(file('enckey'))
    writeFileSync(file('enckey'), 'short')
    expect((await failure(init(directory))).message).to.match(/no key file: it has 5 bytes/)
    rmSync(file('enckey'))
    writeFileSync(file('public.pem'), readFileSync(file('public.pem'), 'utf8').replace(/MIIB/, 'XXXX'))
    expect((await failure(init(directory))).code).to.equal('INTEGRITY')
    rmSync(file('private.pem'))
    expect((await failure(init(directory))).message).to.match(/its private key .* is missing/)
    expect((await failure(init(file('pi.cfg')))).code).to.equal('CONFIG')
    expect((await failure(init(join(directory, 'a?b')))).code).to.equal('INVALID_INPUT')
    expect(existsSync(join(directory, 'a?b', 'pi.cfg'))).to.equal(false)
  })

  it('reads the folder back whatever its name', async () => {
    const directory = join(temporaryFolder('instance'), `it's "ünïcode" \\ \n {x} %s @ :`)
    const error = await failure(init(directory))
    expect(error.code).to.equal('INVALID_INPUT')

    const named = join(temporaryFolder('instance'), `it's "ünïcode" \\ {x} %s @ :`)
    const made = await init(named)

    expect((await statusOf(made.config)).clean).to.equal(true)
    chmodSync(named, 0o700)
  })
})
