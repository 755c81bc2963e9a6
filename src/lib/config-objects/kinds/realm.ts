import {z} from 'zod'
import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {ConfigKind} from '../contract.js'
import {text, truth} from '../shared/text.js'

const document = z.strictObject({
  default: z.boolean().default(false).describe('the realm of users who name none'),
  resolvers: z
    .array(
      z.strictObject({
        name: z.string(),
        priority: z.int().min(1).optional().describe('the lower one is asked first'),
        node: z.string().optional().describe('UUID of the only node that uses it, since 3.10'),
      }),
    )
    .default([]),
})

export type RealmDocument = z.infer<typeof document>

/** A realm name as it is stored: lower case, no blanks around, `-` for those inside (spec/01, table realm). */
export function normalRealmName(name: string): string {
  const normal = name.trim().toLowerCase().replaceAll(' ', '-')
  if (!/^[a-z0-9_\-.]+$/.test(normal)) {
    throw new PiError('INVALID_INPUT', `'${name}' is no name for a realm: letters, digits and _ - . only.`)
  }
  return normal
}

/** Realms with their resolvers (spec/04 §7.4). */
export const realm: ConfigKind<RealmDocument> = {
  kind: 'realm',
  exportKey: 'realm',
  exportShape: 'mapping',
  order: 20,
  bumpsTimestamp: true,
  document,
  available: (schema) => schema.hasTable('realm'),
  secrets: () => [],
  async list(db) {
    const withNode = db.schema.hasColumn('resolverrealm', 'node_uuid')
    const links = await db
      .k<Row>('resolverrealm')
      .join('resolver', 'resolver.id', 'resolverrealm.resolver_id')
      .select('realm_id', 'priority', 'resolver.name as resolver', ...(withNode ? ['node_uuid'] : []))
      .orderBy('resolverrealm.id')
    const rows = await db.k<Row>('realm').orderBy('id')
    return new Map(
      rows.map((row) => [
        text(row['name']),
        {
          default: db.bool(row['default']),
          resolvers: links
            .filter((link) => Number(link['realm_id']) === Number(row['id']))
            .map((link) => ({
              name: text(link['resolver']),
              ...(link['priority'] !== null && {priority: Number(link['priority'])}),
              ...(link['node_uuid'] ? {node: text(link['node_uuid'])} : {}),
            })),
        },
      ]),
    )
  },
  async save({db}, given, document) {
    const name = normalRealmName(given)
    const row = await db.k<Row>('realm').where({name}).first('id')
    const id = row ? Number(row['id']) : (await db.insert('realm', [{default: false, name}]))[0]!
    await db.k('resolverrealm').where({realm_id: id}).delete()
    const links: Row[] = []
    for (const {name: resolver, node, priority} of document.resolvers) {
      const found = await db.k<Row>('resolver').where({name: resolver}).first('id')
      if (!found) {
        throw new PiError('NOT_FOUND', `Realm '${name}' names the resolver '${resolver}', which does not exist.`, {
          hints: ['See pi-manage resolver list'],
        })
      }
      if (node && !db.schema.hasColumn('resolverrealm', 'node_uuid')) {
        throw new PiError(
          'INVALID_INPUT',
          `Realm '${name}' binds a resolver to a node, which ${db.schema.version} cannot store.`,
        )
      }
      links.push({realm_id: id, resolver_id: found['id'], priority: priority ?? null, ...(node && {node_uuid: node})})
    }
    await db.insert('resolverrealm', links)
    await makeDefault(db, id, document.default)
  },
  async delete(db, name) {
    const row = await db.k<Row>('realm').where({name}).first('id')
    if (!row) return
    const id = Number(row['id'])
    for (const table of ['tokenrealm', 'resolverrealm', 'customuserattribute', 'tokencontainerrealm']) {
      if (db.schema.hasTable(table)) await db.k(table).where({realm_id: id}).delete()
    }
    for (const table of ['tokenowner', 'tokencontainerowner']) {
      if (db.schema.hasTable(table)) await db.k(table).where({realm_id: id}).update({realm_id: null})
    }
    await db.k('realm').where({id}).delete()
    const left = await db.k<Row>('realm').select('id', 'default')
    if (left.length === 1) await db.k('realm').where({id: left[0]!['id']}).update({default: true})
  },
  async facts(db) {
    const types = await db.k<Row>('resolver').select('name', 'rtype')
    const rtypes = Object.fromEntries(types.map((row) => [text(row['name']), text(row['rtype'])]))
    const rows = await db.k<Row>('realm').orderBy('id')
    return new Map(
      rows.map((row) => [
        text(row['name']),
        {id: Number(row['id']), rtypes, ...(db.schema.hasColumn('realm', 'option') && {option: text(row['option'])})},
      ]),
    )
  },
  toOriginal(_name, {default: isDefault, resolvers}, db, {rtypes, ...facts}) {
    const withNode = db.schema.hasColumn('resolverrealm', 'node_uuid')
    return {
      ...facts,
      default: isDefault,
      resolver: resolvers.map(({name, node, priority}) => ({
        priority: priority ?? null,
        name,
        type: (rtypes as Record<string, string> | undefined)?.[name] ?? '',
        ...(withNode && {node: node ?? ''}),
      })),
    }
  },
  fromOriginal(element, key) {
    if (key === undefined) throw new PiError('INVALID_INPUT', 'Realms are a mapping by name.')
    const links = Array.isArray(element['resolver']) ? (element['resolver'] as Record<string, unknown>[]) : []
    return {
      name: key,
      document: {
        default: truth(element['default']),
        resolvers: links.map(({name, node, priority}) => ({
          name: text(name),
          // a priority of 0 is stored as none by the original
          ...(priority ? {priority: Number(priority)} : {}),
          ...(node ? {node: text(node)} : {}),
        })),
      },
    }
  },
}

/** At most one realm is the default; the only realm always is. */
async function makeDefault(db: Database, id: number, wanted: boolean): Promise<void> {
  const rows = await db.k<Row>('realm').select('id', 'default')
  const isDefault = wanted || rows.length === 1
  if (isDefault) await db.k('realm').whereNot({id}).update({default: false})
  await db.k('realm').where({id}).update({default: isDefault})
}
