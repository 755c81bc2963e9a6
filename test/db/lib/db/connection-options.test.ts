import {execFileSync} from 'node:child_process'
import {join} from 'node:path'
import {expect} from 'chai'
import type {Settings, SettingValue} from '../../../../src/lib/config/settings.js'
import {connect, type Connection, type OpenOptions} from '../../../../src/lib/db/connect.js'
import {testedDialects} from '../../../support/database.js'
import {failureOf} from '../../../support/failure.js'
import {removeFolder, temporaryFolder} from '../../../support/folders.js'
import {hasMariadb, startMariadb, type MariadbServer} from '../../../support/mariadb.js'
import {postgresPrograms, startPostgres, type PostgresServer} from '../../../support/postgres.js'

/** A certificate for 127.0.0.1 that signs itself. */
function makeCertificate(folder: string, name: string): {certFile: string; keyFile: string} {
  const certFile = join(folder, `${name}.crt`)
  const keyFile = join(folder, `${name}.key`)
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      keyFile,
      '-out',
      certFile,
    ].concat(['-addext', 'subjectAltName=IP:127.0.0.1']),
    {stdio: 'ignore'},
  )
  return {certFile, keyFile}
}

async function withConnection<R>(
  uri: string,
  use: (connection: Connection) => Promise<R>,
  options?: OpenOptions,
): Promise<R> {
  const connection = await connect(uri, options)
  try {
    return await use(connection)
  } finally {
    await connection.knex.destroy()
  }
}

const settingsWith = (values: Record<string, SettingValue>): Settings =>
  ({product: 'privacyidea', get: (key: string) => values[key]}) as unknown as Settings

if (testedDialects().includes('postgres') && postgresPrograms()) {
  describe('connecting to PostgreSQL', () => {
    let folder: string
    let server: PostgresServer
    let ca: string
    let otherCa: string
    const base = () => server.uri('postgres')

    before(async function () {
      this.timeout(60_000)
      folder = temporaryFolder('tls')
      const tls = makeCertificate(folder, 'server')
      ca = tls.certFile
      otherCa = makeCertificate(folder, 'other').certFile
      server = await startPostgres({tls})
    })
    after(async () => {
      await server.stop()
      removeFolder(folder)
    })

    const encrypted = (uri: string, options?: OpenOptions) =>
      withConnection(
        uri,
        async ({knex}) => {
          const {rows} = await knex.raw('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
          return rows[0].ssl as boolean
        },
        options,
      )

    it('encrypts as sslmode says', async () => {
      expect(await encrypted(base()), 'prefer is the default').to.equal(true)
      for (const [mode, wanted] of [
        ['disable', false],
        ['allow', false],
        ['prefer', true],
        ['require', true],
      ] as const)
        expect(await encrypted(`${base()}?sslmode=${mode}`), mode).to.equal(wanted)
    })

    it('checks the certificate when told to', async () => {
      expect(await encrypted(`${base()}?sslmode=verify-full&sslrootcert=${ca}`)).to.equal(true)
      expect(await encrypted(`${base()}?sslmode=verify-ca&sslrootcert=${ca}`)).to.equal(true)
      for (const query of [
        `sslmode=verify-full&sslrootcert=${otherCa}`,
        `sslmode=require&sslrootcert=${otherCa}`,
        'sslmode=verify-ca',
      ]) {
        expect(await failureOf(encrypted(`${base()}?${query}`)), query).to.include({code: 'CONFIG', kind: 'untrusted'})
      }
      const otherName = base().replace('127.0.0.1', 'localhost')
      expect(await failureOf(encrypted(`${otherName}?sslmode=verify-full&sslrootcert=${ca}`))).to.include({
        kind: 'untrusted',
      })
      expect(await encrypted(`${otherName}?sslmode=verify-ca&sslrootcert=${ca}`)).to.equal(true)
    })

    it('refuses an unknown sslmode and a certificate file that is not there', async () => {
      expect(await failureOf(encrypted(`${base()}?sslmode=maybe`))).to.include({code: 'CONFIG'})
      const failure = await failureOf(encrypted(`${base()}?sslmode=require&sslrootcert=/nosuch.pem`))
      expect(failure?.message).to.contain('/nosuch.pem')
    })

    it('goes through the socket that the query names', async () => {
      const uri = `postgresql+psycopg2://pi:x@/postgres?host=${server.socketFolder}&port=${server.port}`

      expect(await encrypted(uri)).to.equal(false)
    })

    it('takes connect_args from the engine options, and the URI above them', async () => {
      const settings = settingsWith({SQLALCHEMY_ENGINE_OPTIONS: {pool_size: 2, connect_args: {sslmode: 'disable'}}})

      expect(await encrypted(base(), {settings})).to.equal(false)
      expect(await encrypted(`${base()}?sslmode=require`, {settings})).to.equal(true)
    })

    it('passes options and name on, and warns of what it does not know', async () => {
      const warnings: string[] = []
      const uri = `${base()}?application_name=tool&options=-c%20statement_timeout%3D4321&nosuch=1`

      const [name, timeout] = await withConnection(
        uri,
        async ({knex}) => {
          const {rows} = await knex.raw(
            "SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS timeout",
          )
          return [rows[0].name, rows[0].timeout]
        },
        {warn: (message) => warnings.push(message)},
      )

      expect([name, timeout]).to.deep.equal(['tool', '4321ms'])
      expect(warnings).to.deep.equal(["The option 'nosuch' of the database URI is ignored."])
    })

    it('takes the audit database its own options', async () => {
      const settings = settingsWith({
        SQLALCHEMY_ENGINE_OPTIONS: {connect_args: {sslmode: 'disable'}},
        PI_AUDIT_SQL_OPTIONS: {connect_args: {sslmode: 'require'}},
      })

      expect(await encrypted(base(), {settings, purpose: 'audit'})).to.equal(true)
      expect(await encrypted(base(), {settings, purpose: 'main'})).to.equal(false)
    })
  })
}

if (testedDialects().includes('mariadb') && hasMariadb()) {
  describe('connecting to MariaDB', () => {
    let folder: string
    let server: MariadbServer
    let uri: string
    let ca: string
    let otherCa: string

    before(async function () {
      this.timeout(120_000)
      folder = temporaryFolder('tls')
      const tls = makeCertificate(folder, 'server')
      ca = tls.certFile
      otherCa = makeCertificate(folder, 'other').certFile
      server = await startMariadb({tls})
      uri = (await server.createDatabase()).split('?')[0] ?? ''
    })
    after(async () => {
      await server.stop()
      removeFolder(folder)
    })

    const variable = (target: string, name: string, options?: OpenOptions) =>
      withConnection(
        target,
        async ({knex}) => {
          const [rows] = await knex.raw(
            `SHOW SESSION ${name.startsWith('Ssl') ? 'STATUS' : 'VARIABLES'} LIKE '${name}'`,
          )
          return rows[0].Value as string
        },
        options,
      )
    const encrypted = async (target: string, options?: OpenOptions) =>
      (await variable(target, 'Ssl_cipher', options)) !== ''

    it('encrypts when an ssl option is given, and checks the certificate when it knows a CA', async () => {
      expect(await encrypted(uri)).to.equal(false)
      expect(await encrypted(`${uri}?ssl_ca=${ca}`)).to.equal(true)
      expect(await encrypted(`${uri}?ssl_verify_cert=false`)).to.equal(true)
      expect(await encrypted(`${uri}?ssl_ca=${ca}&ssl_disabled=true`)).to.equal(false)
      expect(await failureOf(encrypted(`${uri}?ssl_ca=${otherCa}`))).to.include({code: 'CONFIG', kind: 'untrusted'})
      expect(await encrypted(`${uri}?ssl_ca=${otherCa}&ssl_verify_cert=false`)).to.equal(true)
      const otherName = uri.replace('127.0.0.1', 'localhost')
      expect(await failureOf(encrypted(`${otherName}?ssl_ca=${ca}`))).to.include({kind: 'untrusted'})
      expect(await encrypted(`${otherName}?ssl_ca=${ca}&ssl_check_hostname=false`)).to.equal(true)
      expect(await failureOf(encrypted(`${uri.replace('127.0.0.1', '127.0.0.2')}?ssl_ca=${ca}`))).to.include({
        kind: 'untrusted',
      })
    })

    it('takes the ssl dictionary of the engine options', async () => {
      const settings = settingsWith({SQLALCHEMY_ENGINE_OPTIONS: {connect_args: {ssl: {ca}}}})
      const wrong = settingsWith({SQLALCHEMY_ENGINE_OPTIONS: {connect_args: {ssl: {ca: otherCa}}}})

      expect(await encrypted(uri, {settings})).to.equal(true)
      expect(await failureOf(encrypted(uri, {settings: wrong}))).to.include({kind: 'untrusted'})
    })

    it('goes through the socket that the query names', async () => {
      const target = `${uri.replace(`:${server.port}`, ':1')}?unix_socket=${server.socket}&charset=utf8`

      expect(await variable(target, 'character_set_client')).to.equal('utf8mb4')
    })

    it('keeps the session strict and its quoting safe, whatever the server or the URI says', async () => {
      const mode = await variable(`${uri}?sql_mode=NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT`, 'sql_mode')

      expect(mode).to.contain('STRICT_TRANS_TABLES').and.contain('PIPES_AS_CONCAT')
      expect(mode).not.to.contain('NO_BACKSLASH_ESCAPES')
    })

    it('reads committed rows only, or as the engine options say, and runs the init_command', async () => {
      const settings = settingsWith({SQLALCHEMY_ENGINE_OPTIONS: {isolation_level: 'SERIALIZABLE'}})

      expect(await variable(uri, 'tx_isolation')).to.equal('READ-COMMITTED')
      expect(await variable(uri, 'tx_isolation', {settings})).to.equal('SERIALIZABLE')
      expect(await variable(`${uri}?init_command=SET+lock_wait_timeout%3D77`, 'lock_wait_timeout')).to.equal('77')
    })
  })
}
