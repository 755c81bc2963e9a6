import {execFileSync} from 'node:child_process'
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {parseSqlalchemyUrl} from '../../../../../src/lib/db/sqlalchemy-url.js'
import {backUp, emptyDatabase, noKey, restoreInto, tablesOf, withInstallation} from '../../../../support/backup.js'
import {temporaryFolder} from '../../../../support/folders.js'
import {fixtureInstance, type Instance} from '../../../../support/instance.js'
import {hasMariadb} from '../../../../support/mariadb.js'
import {describeNeeding} from '../../../../support/needs.js'
import {postgresPrograms} from '../../../../support/postgres.js'

describe('a backup that an original made', () => {
  let instance: Instance
  let own: string
  before(async function () {
    this.timeout(60_000)
    instance = await fixtureInstance('privacyidea-3.8')
    own = await backUp(instance.config)
  })
  after(() => instance.remove())

  /** Packs as the originals do (spec/04 §8): the folder of the configuration, the dump, other folders. */
  function packed(dumpName: string, dump: Buffer | string): string {
    const root = temporaryFolder('original')
    const conf = join(root, 'etc/privacyidea')
    const place = join(root, 'var/lib/privacyidea/backup')
    for (const folder of [conf, place, join(root, 'etc/freeradius')]) mkdirSync(folder, {recursive: true})
    for (const name of ['pi.cfg', 'enckey', 'private.pem', 'public.pem'])
      copyFileSync(instance.path(name), join(conf, name))
    writeFileSync(
      join(conf, 'pi.cfg'),
      readFileSync(instance.config, 'utf8').replaceAll(instance.folder, '/etc/privacyidea'),
    )
    writeFileSync(join(conf, 'mysql.cnf'), '[client]\n')
    // The original took the first file called .sql for the dump.
    writeFileSync(join(root, 'etc/freeradius/procedure.sql'), 'CREATE PROCEDURE x')
    writeFileSync(join(place, dumpName), dump)
    const file = join(root, 'privacyidea-backup-20260102-0304.tgz')
    execFileSync('tar', [
      '-zcf',
      file,
      '-C',
      root,
      'etc/privacyidea',
      `var/lib/privacyidea/backup/${dumpName}`,
      'etc/freeradius',
    ])
    return file
  }

  async function restoresAs(file: string): Promise<void> {
    const target = join(temporaryFolder('target'), 'restored')
    await withInstallation(instance.config, undefined, async (app) => {
      const backups = await app.backups()
      const plan = await backups.planRestore({file, keys: noKey, target})
      expect(plan.enckey).to.equal(true)
      expect(plan.decrypted).to.be.greaterThan(4)
      await backups.restore(plan)
    })
    const config = join(target, 'etc/privacyidea/pi.cfg')
    expect(await tablesOf(await backUp(config))).to.deep.equal(await tablesOf(own))
    expect(readFileSync(join(target, 'etc/privacyidea/enckey'))).to.deep.equal(readFileSync(instance.path('enckey')))
    expect(readFileSync(join(target, 'etc/freeradius/procedure.sql'), 'utf8')).to.equal('CREATE PROCEDURE x')
  }

  it('is restored from a copy of a SQLite file, by either of its names', async function () {
    this.timeout(30_000)
    await restoresAs(packed('db-20260102-0304.sqlite', readFileSync(instance.database)))
    await restoresAs(packed('dbdump-20260102-0304.sqlite', readFileSync(instance.database)))
  })

  it('is refused when its dump ends too early', async () => {
    const file = packed('dbdump-20260102-0304.sql', '-- MySQL dump 10.19\nCREATE TABLE `token` (\n')
    let failure: unknown
    await withInstallation(instance.config, undefined, async (app) => {
      await (await app.backups()).planRestore({file, keys: noKey, target: '/nonexistent/target'})
    }).catch((error: unknown) => (failure = error))

    expect(failure).to.include({code: 'INTEGRITY'})
  })

  describeNeeding('of MariaDB', [{package: 'mariadb-server', present: hasMariadb()}], () => {
    it('is restored from what mysqldump wrote', async function () {
      this.timeout(60_000)
      const uri = await emptyDatabase('mariadb')
      await restoreInto(instance.config, own, uri)
      const {database, host, password, port, username} = parseSqlalchemyUrl(uri)
      const connection = ['-h', host!, '-P', String(port), '-u', username!, ...(password ? [`-p${password}`] : [])]
      const dump = execFileSync('mariadb-dump', [...connection, '--single-transaction', '-B', database!], {
        maxBuffer: 1e9,
      })

      await restoresAs(packed('dbdump-20260102-0304.sql', dump))
    })
  })

  describeNeeding('of PostgreSQL', [{package: 'postgresql', present: postgresPrograms() !== undefined}], () => {
    it('is restored from what pg_dump wrote', async function () {
      this.timeout(60_000)
      const uri = await emptyDatabase('postgres')
      await restoreInto(instance.config, own, uri)
      const {database, host, password, port, username} = parseSqlalchemyUrl(uri)
      const dump = execFileSync('pg_dump', ['-h', host!, '-p', String(port), '-U', username!, database!], {
        env: {...process.env, PGPASSWORD: password ?? ''},
        maxBuffer: 1e9,
      })

      await restoresAs(packed('dbdump-20260102-0304.sql', dump))
    })
  })
})
