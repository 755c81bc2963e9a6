import {expect} from 'chai'
import {EventService, type EventDocument} from '../../../../src/lib/services/events/index.js'
import {ConfigObjectService} from '../../../../src/lib/services/config-objects.js'
import type {Database} from '../../../../src/lib/db/database.js'
import {describeEachDatabase} from '../../../support/database.js'

describeEachDatabase('event handlers', (open) => {
  let db: Database
  let events: EventService

  beforeEach(async () => {
    db = await open.fresh()
    events = new EventService(db, new ConfigObjectService(db, () => Promise.reject(new Error('no key is needed'))))
  })

  const counter = (more: object = {}): Promise<EventDocument> =>
    events.validated('count', {
      action: 'increase_counter',
      events: ['token_init', 'validate_check'],
      handler: 'Counter',
      options: {counter_name: 'c'},
      ...more,
    })
  const refusal = async (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error) => error)

  it('are created with options and conditions, and tell servers', async () => {
    await events.save('count', await counter({conditions: {realm: ''}}), {force: true})

    const [handler] = await events.list()
    expect(handler).to.deep.include({conditions: {realm: ''}, events: ['token_init', 'validate_check'], name: 'count'})
    expect(await db.k('config').where({Key: '__timestamp__'})).to.have.length(1)
  })

  it('lose the options that an edit takes away', async () => {
    await events.save('count', await counter({options: {counter_name: 'c', extra: '1'}}))
    await events.save('count', await counter(), {update: true})

    expect((await events.get('count')).options).to.deep.equal({counter_name: 'c'})
    expect(await db.k('eventhandleroption')).to.have.length(1)
  })

  it('are refused when they break a rule, and when the name is taken', async () => {
    expect(await refusal(events.save('count', await counter({action: 'count'})))).to.have.property(
      'code',
      'INVALID_INPUT',
    )
    expect(await events.list()).to.deep.equal([])
    await events.save('count', await counter())
    expect(await refusal(events.save('count', await counter()))).to.have.property('code', 'ALREADY_EXISTS')
  })

  it('name what they refer to and is not there', async () => {
    const mail = await events.validated('mail', {
      action: 'sendmail',
      events: ['token_init'],
      handler: 'UserNotification',
      options: {emailconfig: 'mail1'},
    })

    expect(await refusal(events.save('mail', mail)))
      .to.have.property('message')
      .that.includes("no smtp server 'mail1'")
    await db.insert('smtpserver', [{identifier: 'mail1', server: 'mail.test'}])
    expect((await events.save('mail', mail)).changed).to.equal(true)
  })
})
