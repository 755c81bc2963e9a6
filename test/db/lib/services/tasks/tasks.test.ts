import {expect} from 'chai'
import type {Database, Row} from '../../../../../src/lib/db/database.js'
import {taskEnv} from '../../../../../src/lib/services/tasks/env.js'
import {PeriodicTaskService, type TaskDefinition} from '../../../../../src/lib/services/tasks/index.js'
import {StatisticsRepository} from '../../../../../src/lib/store/statistics.js'
import {describeEachDatabase} from '../../../../support/database.js'
import {failureOf} from '../../../../support/failure.js'

const definition: TaskDefinition = {
  active: true,
  interval: '*/10 * * * *',
  nodes: ['node1', 'node2'],
  module: 'SimpleStats',
  retryIfFailed: true,
  ordering: 0,
  options: {total_tokens: 'True', assigned_tokens: 'True', user_with_token: '1'},
}

describeEachDatabase('periodic tasks', (open) => {
  let db: Database
  let now: Date
  let warnings: string[]
  const service = () =>
    new PeriodicTaskService({db, env: async () => taskEnv(db, db, (text) => void warnings.push(text)), now: () => now})
  const later = (minutes: number) => {
    now = new Date(now.getTime() + minutes * 60_000)
  }

  beforeEach(async () => {
    db = await open()
    now = new Date()
    warnings = []
    for (const table of [
      'periodictasklastrun',
      'periodictaskoption',
      'periodictask',
      'monitoringstats',
      'eventcounter',
      'tokenowner',
      'token',
    ]) {
      await db.k(table).delete()
    }
  })

  it('run when their time has come, once a time and node', async () => {
    const tasks = service()
    await tasks.add('stats', definition)
    const ids = await db.insert('token', [{serial: 'A'}, {serial: 'B'}, {serial: 'C', active: false}])
    await db.insert('tokenowner', [
      {token_id: ids[0], resolver: 'r', user_id: '1'},
      {token_id: ids[1], resolver: 'r', user_id: '1'},
      {token_id: ids[2], resolver: 'r', user_id: '2'},
    ])

    expect(await tasks.runScheduled('node1')).to.deep.equal([])
    later(11)
    const [run] = await tasks.runScheduled('node1')
    expect(run).to.include({name: 'stats', node: 'node1', outcome: 'succeeded', recorded: true})
    expect(await tasks.runScheduled('node1')).to.deep.equal([])
    expect(await tasks.runScheduled('elsewhere')).to.deep.equal([])
    expect(await tasks.runScheduled('node2')).to.have.length(1)
    const rows: Row[] = await db.k<Row>('monitoringstats').orderBy('id').limit(3)
    expect(rows.map((row) => [row['stats_key'], Number(row['stats_value'])])).to.deep.equal([
      ['total_tokens', 3],
      ['assigned_tokens', 3],
      ['user_with_token', 1],
    ])
  })

  it('run once when two processes of one node come together', async () => {
    await service().add('stats', definition)
    later(11)

    const runs = (await Promise.all([1, 2, 3, 4].map(() => service().runScheduled('node1')))).flat()

    expect(runs.filter(({outcome}) => outcome === 'succeeded')).to.have.length(1)
    expect(await db.k('config').where('Key', 'like', 'pi-manage.lock%')).to.have.length(0)
  })

  it('are tried again when they fail, unless they say otherwise', async () => {
    const tasks = service()
    await tasks.add('retries', definition)
    await tasks.add('waits', {...definition, ordering: 1, retryIfFailed: false})
    await db.k('periodictask').update({taskmodule: 'Nobody'})
    later(11)

    const first = await tasks.runScheduled('node1')
    const second = await tasks.runScheduled('node1')

    expect(first.map(({name, outcome, recorded}) => [name, outcome, recorded])).to.deep.equal([
      ['retries', 'failed', false],
      ['waits', 'failed', true],
    ])
    expect(first[0]!.reason).to.match(/no task module 'Nobody'/)
    expect(second.map(({name}) => name)).to.deep.equal(['retries'])
  })

  it('copy a counter of all nodes and begin again, without losing what is counted meanwhile', async () => {
    const tasks = service()
    await tasks.add('count', {
      ...definition,
      module: 'EventCounter',
      options: {event_counter: 'failed', stats_key: 'failures', reset_event_counter: 'True'},
    })
    await db.insert('eventcounter', [
      {counter_name: 'failed', counter_value: 5, node: 'node1'},
      {counter_name: 'failed', counter_value: 2, node: 'node2'},
    ])

    expect(await tasks.runManually('count', 'anywhere')).to.include({outcome: 'succeeded', node: 'anywhere'})

    const [row] = (await db.k<Row>('monitoringstats')) as Row[]
    expect([row!['stats_key'], Number(row!['stats_value'])]).to.deep.equal(['failures', 7])
    expect((await db.k<Row>('eventcounter')).map((counter) => Number(counter['counter_value']))).to.deep.equal([0, 0])
  })

  it('only warn of a counter that is not there', async () => {
    const tasks = service()
    await tasks.add('count', {...definition, module: 'EventCounter', options: {event_counter: 'none', stats_key: 'x'}})

    expect(await tasks.runManually('count', 'node1')).to.include({outcome: 'succeeded'})
    expect(warnings.join()).to.match(/no event counter 'none'/)
  })

  it('keep what an edit does not name, and forget runs of nodes that are left out', async () => {
    const tasks = service()
    await tasks.add('stats', definition)
    later(11)
    await tasks.runScheduled('node1')
    await tasks.runScheduled('node2')

    const edited = await tasks.edit('stats', {name: 'numbers', nodes: ['node2'], ordering: 3})

    expect(edited).to.deep.include({name: 'numbers', nodes: ['node2'], ordering: 3, interval: definition.interval})
    expect(edited.options).to.deep.equal(definition.options)
    expect([...edited.lastRuns.keys()]).to.deep.equal(['node2'])
    expect(await tasks.setActive('numbers', false)).to.equal(true)
    expect((await tasks.get('numbers')).active).to.equal(false)
    await tasks.delete('numbers')
    expect(await tasks.list()).to.deep.equal([])
    expect(await db.k('periodictasklastrun')).to.have.length(0)
  })

  it('refuse definitions that could never run', async () => {
    const tasks = service()
    const refused = async (name: string, change: Partial<TaskDefinition>) =>
      (await failureOf(tasks.add(name, {...definition, ...change})))?.message

    expect(await refused('', {})).to.match(/name/)
    expect(await refused('a', {interval: 'daily'})).to.match(/Invalid interval/)
    expect(await refused('a', {ordering: -1})).to.match(/Invalid ordering/)
    expect(await refused('a', {nodes: []})).to.match(/node/)
    expect(await refused('a', {nodes: ['a,b']})).to.match(/node/)
    expect(await refused('a', {module: 'Nobody'})).to.match(/no task module/)
    expect(await refused('a', {options: {total: '1'}})).to.match(/no option 'total'/)
    expect(await refused('a', {module: 'EventCounter', options: {stats_key: 'x'}})).to.match(/event_counter/)
    expect(await tasks.list()).to.deep.equal([])
  })

  it('lose a second value of one statistic at one moment, and do not fail for it', async () => {
    const statistics = new StatisticsRepository(db)
    const at = new Date('2024-01-01T00:00:00.000Z')

    await statistics.write('k', 1, at)
    await statistics.write('k', 2, at)

    expect((await db.k<Row>('monitoringstats')).map((row) => Number(row['stats_value']))).to.deep.equal([1])
  })
})
