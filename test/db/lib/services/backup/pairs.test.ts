import {expect} from 'chai'
import {openDatabase} from '../../../../../src/lib/db/connect.js'
import type {DialectName} from '../../../../../src/lib/db/database.js'
import {backUp, emptyDatabase, restoreInto, tablesOf, wrongOtps} from '../../../../support/backup.js'
import {testedDialects} from '../../../../support/database.js'
import {fixtureInstance, type Instance} from '../../../../support/instance.js'
import {KilledRestore} from '../../../../support/kill-restore.js'
import {hasMariadb} from '../../../../support/mariadb.js'
import {describeNeeding} from '../../../../support/needs.js'
import {postgresPrograms} from '../../../../support/postgres.js'

const needs = [
  {package: 'postgresql', present: postgresPrograms() !== undefined},
  {package: 'mariadb-server', present: hasMariadb()},
]

describeNeeding('a backup of one kind of database', needs, () => {
  for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] as const) {
    describe(set, () => {
      let instance: Instance
      /** One backup of each kind of database, and where it was made. */
      const backups = new Map<DialectName, {file: string; uri: string}>()
      before(async function () {
        this.timeout(120_000)
        instance = await fixtureInstance(set)
        const first = await backUp(instance.config)
        backups.set('sqlite', {file: first, uri: `sqlite:///${instance.database}`})
      })
      after(() => instance.remove())

      // In this order each kind is filled before it is a source. One set goes every way, the other once around.
      for (const [at, from] of testedDialects().entries()) {
        for (const to of testedDialects()) {
          if (set !== 'privacyidea-3.8' && to !== testedDialects()[(at + 1) % 3]) continue
          it(`restores from ${from} into ${to}`, async function () {
            this.timeout(120_000)
            const uri = await emptyDatabase(to)

            await restoreInto(instance.config, backups.get(from)!.file, uri)

            const again = await backUp(instance.config, uri)
            expect(await tablesOf(again)).to.deep.equal(await tablesOf(backups.get('sqlite')!.file))
            if (!backups.has(to)) backups.set(to, {file: again, uri})
          })
        }
      }

      it('holds tokens whose one-time passwords are those of the original', async () => {
        for (const {uri} of backups.values()) {
          const {checked, wrong} = await wrongOtps(set, instance.config, uri)
          expect(wrong).to.deep.equal([])
          expect(checked).to.be.greaterThan(20)
        }
      })

      it('takes new rows behind the restored ones', async () => {
        for (const {uri} of backups.values()) {
          const db = await openDatabase(uri)
          try {
            const [row] = (await db.k('token').max({greatest: 'id'})) as {greatest: number}[]
            const [id] = await db.insert('token', [{serial: 'AFTERRESTORE', tokentype: 'hotp'}])
            expect(id).to.be.greaterThan(Number(row?.greatest))
          } finally {
            await db.close()
          }
        }
      })
    })
  }

  for (const kind of testedDialects()) {
    it(`leaves the old content or the new when a restore is killed (${kind})`, async function () {
      this.timeout(120_000)
      const killed = await KilledRestore.create(kind)
      try {
        // About when it fills the new tables; the benchmark kills at every moment.
        await killed.kill(1300)

        expect(killed.counts.old + killed.counts.new).to.equal(1)
      } finally {
        killed.remove()
      }
    })
  }
})
