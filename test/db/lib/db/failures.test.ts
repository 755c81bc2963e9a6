import {expect} from 'chai'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import type {Database} from '../../../../src/lib/db/database.js'
import {testedDialects} from '../../../support/database.js'
import type {DatabaseServer} from '../../../support/database-server.js'
import {failureOf} from '../../../support/failure.js'
import {loadSqliteInto} from '../../../support/load-sqlite.js'
import {hasMariadb, startMariadb} from '../../../support/mariadb.js'
import {freePort} from '../../../support/ports.js'
import {postgresPrograms, startPostgres} from '../../../support/postgres.js'
import {fixture} from '../../../support/folders.js'

const servers = {
  postgres: {present: postgresPrograms() !== undefined, needs: 'postgresql', start: startPostgres},
  mariadb: {present: hasMariadb(), needs: 'mariadb-server', start: startMariadb},
}

for (const name of ['postgres', 'mariadb'] as const) {
  if (!testedDialects().includes(name)) continue
  const {present, needs, start} = servers[name]

  describe(`a server that fails (${name})`, () => {
    if (!present) {
      it(`needs the Debian package ${needs}`, process.env['CI'] ? () => expect.fail('it is not installed') : undefined)
      return
    }
    let server: DatabaseServer
    let uri: string
    let db: Database

    before(async function () {
      this.timeout(120_000)
      server = await start({own: true, durable: true})
      uri = await server.createDatabase()
      await loadSqliteInto(uri, fixture('interop', 'privacyidea-3.8', 'data.sqlite'))
      db = await openDatabase(uri)
    })
    after(async () => {
      await db.close()
      await server.stop()
    })

    it('and is gone in the middle of a transaction loses none of what was committed', async function () {
      this.timeout(60_000)
      await db.insert('realm', [{name: 'committed'}])
      let attempts = 0

      const failure = await failureOf(
        db.transaction(async (tx) => {
          attempts++
          await tx.insert('realm', [{name: 'uncommitted'}])
          await server.kill()
          await tx.insert('realm', [{name: 'after'}])
        }),
      )

      expect(failure).to.include({code: 'UNAVAILABLE', kind: 'lost'})
      expect(attempts).to.equal(1)
      expect(await failureOf(db.insert('realm', [{name: 'down'}]))).to.include({code: 'UNAVAILABLE', kind: 'lost'})
      expect(await failureOf(openDatabase(uri))).to.include({code: 'UNAVAILABLE'})

      await server.restart()
      const names = (await db.k('realm').whereIn('name', ['committed', 'uncommitted', 'after', 'down'])).map(
        (row) => row.name as string,
      )
      expect(names).to.deep.equal(['committed'])
      await db.insert('realm', [{name: 'works again'}])
    })

    it('and ends one connection is asked again by another', async () => {
      await failureOf(
        db.transaction(async (tx) => {
          await Promise.resolve(
            tx.k.raw(name === 'postgres' ? 'SELECT pg_terminate_backend(pg_backend_pid())' : 'KILL CONNECTION_ID()'),
          ).catch(() => {})
          await tx.insert('realm', [{name: 'never'}])
        }),
      )

      expect(await db.k('realm').where({name: 'never'})).to.deep.equal([])
      expect(await db.insert('realm', [{name: 'on another connection'}])).to.have.length(1)
    })

    it('to let us in is a matter of configuration', async () => {
      const noDatabase = await failureOf(openDatabase(uri.replace(/\/pi\d+_\d+/, '/nosuch')))

      expect(noDatabase).to.include({code: 'CONFIG', kind: 'denied'})
      if (name === 'mariadb') {
        const wrongPassword = await failureOf(openDatabase(uri.replace('pi:pi@', 'pi:CANARY@')))
        expect(wrongPassword).to.include({code: 'CONFIG', kind: 'denied'})
        expect(wrongPassword?.message).not.to.contain('CANARY')
      }
    })

    it('to answer at all is not available', async () => {
      const port = await freePort()
      const began = Date.now()

      const failure = await failureOf(openDatabase(uri.replace(`:${server.port}/`, `:${port}/`)))

      expect(failure).to.include({code: 'UNAVAILABLE', kind: 'lost'})
      expect(Date.now() - began).to.be.lessThan(5000)
    })
  })
}
