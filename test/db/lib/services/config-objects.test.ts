import {expect} from 'chai'
import fc from 'fast-check'
import {readExport} from '../../../../src/lib/config-objects/exchange/read.js'
import {writeExport} from '../../../../src/lib/config-objects/exchange/write.js'
import {loadSettings} from '../../../../src/lib/config/load.js'
import {openDatabase} from '../../../../src/lib/db/connect.js'
import {openSecurityModule} from '../../../../src/hsm/registry.js'
import {ConfigImport} from '../../../../src/lib/services/config-import.js'
import {ConfigObjectService} from '../../../../src/lib/services/config-objects.js'
import {describeEachDatabase} from '../../../support/database.js'
import {fixtureInstance, type Instance} from '../../../support/instance.js'

/** Without what belongs to the rows and not to the configuration. */
const withoutRows = (data: unknown): unknown =>
  JSON.parse(
    JSON.stringify(data, (key, value: unknown) =>
      ['id', 'last_update', 'last_runs', '__timestamp__'].includes(key) ? undefined : value,
    ),
  )

describeEachDatabase('configuration objects', (open) => {
  for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] as const) {
    describe(`of ${set}`, () => {
      let instance: Instance
      let source: ConfigObjectService
      let target: ConfigObjectService
      let closers: (() => Promise<void>)[]

      before(async () => {
        instance = await fixtureInstance(set)
        const settings = await loadSettings({configFile: instance.config, env: {}})
        const security = await openSecurityModule(settings)
        const db = await openDatabase(settings.required('SQLALCHEMY_DATABASE_URI'), {settings})
        const version = set === 'privacyidea-3.8' ? '3.8' : db.schema.version
        const empty = await open.fresh({version})
        source = new ConfigObjectService(db, async () => security)
        target = new ConfigObjectService(empty, async () => security)
        closers = [() => db.close(), () => security.close()]
      })

      after(async () => {
        for (const close of closers) await close()
        instance.remove()
      })

      const all = (service: ConfigObjectService) => service.exportOriginal({clearSettings: true, form: 'clear'})

      for (const format of ['json', 'yaml', 'python', 'pretty'] as const) {
        it(`exports as ${format}, imports into an empty database and exports the same again`, async () => {
          const exported = await all(source)
          const read = await readExport(writeExport(exported, format))

          await new ConfigImport(target).run(read, {dryRun: false, kinds: [], names: [], purge: true, update: true})

          expect(withoutRows(await all(target))).to.deep.equal(withoutRows(exported))
        })
      }

      it('changes nothing when the same is imported a second time', async () => {
        const read = await readExport(writeExport(await all(source), 'json'))
        const again = await new ConfigImport(target).run(read, {
          dryRun: true,
          kinds: [],
          names: [],
          purge: true,
          update: true,
        })

        expect(again.changes).to.deep.equal([])
      })

      it('takes ciphertext of its own key as it is, and encrypts nothing twice', async () => {
        const encrypted = await source.exportOriginal({form: 'clear', kinds: ['setting']})
        await new ConfigImport(target).run(encrypted, {
          dryRun: false,
          kinds: ['setting'],
          names: [],
          purge: true,
          update: true,
        })

        expect(withoutRows(await all(target))).to.deep.equal(withoutRows(await all(source)))
      })

      it('keeps stored passwords where an import says __CENSORED__', async () => {
        const censored = await source.exportOriginal({
          form: 'censored',
          kinds: ['resolver', 'smtp-server', 'radius-server', 'setting'],
        })

        await new ConfigImport(target).run(censored, {dryRun: false, kinds: [], names: [], purge: false, update: true})

        expect(withoutRows(await all(target))).to.deep.equal(withoutRows(await all(source)))
      })
    })
  }

  for (const set of ['events', 'http', 'janitor', 'resolvers'] as const) {
    it(`exports ${set}, imports it into an empty database and exports the same again`, async () => {
      const instance = await fixtureInstance(set)
      const settings = await loadSettings({configFile: instance.config, env: {}})
      const security = await openSecurityModule(settings)
      const db = await openDatabase(settings.required('SQLALCHEMY_DATABASE_URI'), {settings})
      try {
        // SQLite alone keeps what is longer than its column
        await db.k('eventhandler').update({name: db.k.raw('substr(name, 1, 64)')})
        const source = new ConfigObjectService(db, async () => security)
        const target = new ConfigObjectService(await open.fresh({version: '3.8'}), async () => security)
        const exported = await source.exportOriginal({clearSettings: true, form: 'clear'})

        await new ConfigImport(target).run(await readExport(writeExport(exported, 'python')), {
          dryRun: false,
          kinds: [],
          names: [],
          purge: true,
          update: true,
        })

        const again = await target.exportOriginal({clearSettings: true, form: 'clear'})
        expect(withoutRows(again)).to.deep.equal(withoutRows(exported))
      } finally {
        await db.close()
        await security.close()
        instance.remove()
      }
    })
  }

  it('refuses a censored password of a new object and writes nothing', async () => {
    const service = new ConfigObjectService(await open.fresh(), () => Promise.reject(new Error('no key is needed')))
    const read = {
      smtpserver: {ok: {server: 'a', password: ''}, new: {server: 'b', password: '__CENSORED__'}},
      policy: [{name: 'p', scope: 'admin', action: {'*': true}}],
    }

    let failure: unknown
    await new ConfigImport(service)
      .run(read, {dryRun: false, kinds: [], names: [], purge: false, update: true})
      .catch((error) => (failure = error))

    expect(failure).to.have.property('code', 'INVALID_INPUT')
    expect([...(await service.read({form: 'sealed', kinds: ['policy']})).values()][0]!.size).to.equal(0)
  })

  it('ends with BREAKER and changes nothing when an object changed since the plan', async () => {
    const db = await open.fresh()
    const service = new ConfigObjectService(db, () => Promise.reject(new Error('no key is needed')))
    const tree = await service.parseOriginal({policy: [{name: 'p', scope: 'admin', action: {'*': true}}]})
    await service.apply(await service.plan(tree))
    const changed = await service.parseOriginal({policy: [{name: 'p', scope: 'admin', action: {enable: true}}]})
    const plan = await service.plan(changed)
    await db.k('policy').update({priority: 7})

    let failure: unknown
    await service.apply(plan).catch((error) => (failure = error))

    expect(failure).to.have.property('code', 'BREAKER')
    expect(await service.get('policy', 'p'))
      .to.include({priority: 7})
      .and.to.deep.include({actions: {'*': true}})
  })

  it('keeps several events of one name apart', async () => {
    const service = new ConfigObjectService(await open.fresh(), () => Promise.reject(new Error('no key is needed')))
    const element = (ordering: number) => ({
      action: 'increase_counter',
      event: ['token_init'],
      handlermodule: 'Counter',
      name: 'same',
      options: {counter_name: `c${ordering}`},
      ordering,
    })
    const read = {event: [element(1), element(2), element(3)]}
    const rules = {dryRun: false, kinds: [], names: [], purge: false, update: true}
    await new ConfigImport(service).run(read, rules)

    const again = await new ConfigImport(service).run(read, rules)
    const {event} = await service.exportOriginal({form: 'clear', kinds: ['event']})

    expect(again.changes).to.deep.equal([])
    expect((event as ReturnType<typeof element>[]).map(({name, options}) => [name, options])).to.deep.equal([
      ['same', {counter_name: 'c1'}],
      ['same', {counter_name: 'c2'}],
      ['same', {counter_name: 'c3'}],
    ])
  })

  it('brings back any policy as it was given', async () => {
    const service = new ConfigObjectService(await open.fresh(), () => Promise.reject(new Error('no key is needed')))
    const word = fc.stringMatching(/^[a-zA-Zäöü0-9_.-]{1,10}$/).filter((text) => text !== '__proto__')
    const list = fc.array(word, {maxLength: 3})
    const element = fc.record({
      name: word,
      scope: fc.constantFrom('admin', 'user', 'authentication'),
      active: fc.boolean(),
      priority: fc.integer({min: 1, max: 99}),
      action: fc.dictionary(word, fc.oneof(fc.constant(true as const), word), {minKeys: 1, maxKeys: 4}),
      realm: list,
      user: list,
      resolver: list,
      adminrealm: list,
      adminuser: list,
      pinode: list,
      client: list,
      time: fc.constantFrom('', 'mon-fri:8-17'),
      check_all_resolvers: fc.boolean(),
      conditions: fc.array(fc.tuple(word, word, word, word, fc.boolean()), {maxLength: 3}),
    })
    await fc.assert(
      fc.asyncProperty(element, async (policy) => {
        const tree = await service.parseOriginal({policy: [policy]})
        await service.apply(await service.plan(tree))
        const data = await service.exportOriginal({form: 'clear', kinds: ['policy'], names: [policy.name]})

        expect((data['policy'] as unknown[])[0]).to.deep.equal(policy)
      }),
      {numRuns: 40},
    )
  })
})
