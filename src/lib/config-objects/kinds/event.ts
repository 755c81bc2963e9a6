import {z} from 'zod'
import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {ConfigKind} from '../contract.js'
import {uniqueName} from '../shared/names.js'
import {list, requiredText, text, texts, truth} from '../shared/text.js'

const document = z.strictObject({
  active: z.boolean().default(true),
  ordering: z.int().default(0).describe('handlers of one event run in this order'),
  position: z.enum(['pre', 'post']).default('post').describe('before or after the request is worked on'),
  events: z.array(z.string()).min(1).describe('names of events, e.g. token_init'),
  handler: z.string().describe('module, e.g. UserNotification'),
  action: z.string().describe('what the handler does, e.g. sendmail'),
  options: z.record(z.string(), z.string()).default({}).describe('options of the action'),
  conditions: z.record(z.string(), z.string()).default({}).describe('all must hold'),
  abortOnError: z.boolean().optional().describe('since 3.14'),
})

type EventDocument = z.infer<typeof document>

/** Event handlers (spec/04 §7.3). Names are unique for us; the first of several rows with one name counts. */
export const event: ConfigKind<EventDocument> = {
  kind: 'event',
  exportKey: 'event',
  exportShape: 'list',
  order: 70,
  namesRepeat: true,
  bumpsTimestamp: true,
  document,
  available: (schema) => schema.hasTable('eventhandler'),
  secrets: () => [],
  async list(db) {
    const rows = await db.k<Row>('eventhandler').orderBy(['ordering', 'id'])
    const [options, conditions] = await Promise.all(
      ['eventhandleroption', 'eventhandlercondition'].map(async (table) => {
        const found = new Map<number, Record<string, string>>()
        for (const row of await db.k<Row>(table).orderBy('Key')) {
          const id = Number(row['eventhandler_id'])
          found.set(id, {...found.get(id), [text(row['Key'])]: text(row['Value'])})
        }
        return found
      }),
    )
    const found = new Map<string, EventDocument>()
    for (const row of rows) {
      const name = uniqueName(text(row['name']), found)
      const id = Number(row['id'])
      found.set(name, {
        active: db.bool(row['active']),
        ordering: Number(row['ordering']),
        position: row['position'] === 'pre' ? 'pre' : 'post',
        events: list(row['event']),
        handler: text(row['handlermodule']),
        action: text(row['action']),
        options: options!.get(id) ?? {},
        conditions: conditions!.get(id) ?? {},
        ...(db.schema.hasColumn('eventhandler', 'abort_on_error') && {abortOnError: db.bool(row['abort_on_error'])}),
      })
    }
    return found
  },
  async save({db}, name, given) {
    if (given.abortOnError && !db.schema.hasColumn('eventhandler', 'abort_on_error')) {
      throw new PiError(
        'INVALID_INPUT',
        `Event '${name}' sets abortOnError, which ${db.schema.version} has no column for.`,
      )
    }
    const row: Row = {
      active: given.active,
      ordering: given.ordering,
      position: given.position,
      event: given.events.join(','),
      handlermodule: given.handler,
      condition: '',
      action: given.action,
      ...(given.abortOnError !== undefined && {abort_on_error: given.abortOnError}),
    }
    if (row['abort_on_error'] !== undefined && !db.schema.hasColumn('eventhandler', 'abort_on_error'))
      delete row['abort_on_error']
    let id = await eventId(db, name)
    if (id === undefined) [id] = await db.insert('eventhandler', [{...row, name: await storedName(db, name)}])
    else await db.k('eventhandler').where({id}).update(row)
    for (const [table, values] of [
      ['eventhandleroption', given.options],
      ['eventhandlercondition', given.conditions],
    ] as const) {
      const stored = await db.k<Row>(table).where({eventhandler_id: id})
      const gone = stored.filter((row) => !Object.hasOwn(values, text(row['Key'])))
      await db
        .k(table)
        .whereIn(
          'id',
          gone.map((row) => Number(row['id'])),
        )
        .delete()
      const added: Row[] = []
      for (const [Key, Value] of Object.entries(values)) {
        const row = stored.find((known) => text(known['Key']) === Key)
        if (!row) added.push({eventhandler_id: id, Key, Value})
        else if (text(row['Value']) !== Value) await db.k(table).where({id: row['id']}).update({Value})
      }
      await db.insert(table, added)
    }
  },
  async delete(db, name) {
    const id = await eventId(db, name)
    for (const table of ['eventhandleroption', 'eventhandlercondition']) {
      await db
        .k(table)
        .where({eventhandler_id: id ?? -1})
        .delete()
    }
    await db
      .k('eventhandler')
      .where({id: id ?? -1})
      .delete()
  },
  async facts(db) {
    const rows = await db.k<Row>('eventhandler').select('id', 'name').orderBy(['ordering', 'id'])
    const found = new Map<string, {id: number; name: string}>()
    for (const row of rows) {
      const name = text(row['name'])
      found.set(uniqueName(name, found), {id: Number(row['id']), name})
    }
    return found
  },
  toOriginal(name, given, _db, facts) {
    return {
      active: given.active,
      name: facts['name'] ?? name,
      handlermodule: given.handler,
      ...(facts['id'] !== undefined && {id: facts['id']}),
      ordering: given.ordering,
      position: given.position,
      action: given.action,
      condition: '',
      event: given.events,
      options: given.options,
      conditions: given.conditions,
      ...(given.abortOnError !== undefined && {abort_on_error: given.abortOnError}),
    }
  },
  fromOriginal(element, key) {
    return {
      name: key ?? requiredText(element, 'name', 'event'),
      document: {
        action: text(element['action']),
        active: truth(element['active'], true),
        conditions: texts(element['conditions']),
        events: list(element['event']),
        handler: requiredText(element, 'handlermodule', 'event'),
        options: texts(element['options']),
        ordering: Number(element['ordering'] ?? 0),
        position: element['position'] === 'pre' ? 'pre' : 'post',
        ...(element['abort_on_error'] !== undefined && {abortOnError: truth(element['abort_on_error'])}),
      },
    }
  },
}

/** The name for the table: that of another handler, when the new one is told from it by a number only. */
async function storedName(db: Database, name: string): Promise<string> {
  const [, first] = /^(.*) #\d+$/s.exec(name) ?? []
  if (first === undefined) return name
  return (await db.k<Row>('eventhandler').where({name: first}).first('id')) ? first : name
}

/** The row behind a name of {@link event}.list. */
async function eventId(db: Database, name: string): Promise<number | undefined> {
  return (await event.facts!(db)).get(name)?.['id'] as number | undefined
}
