import {z} from 'zod'
import type {Row} from '../../db/database.js'
import type {ConfigKind} from '../contract.js'
import {requiredText, text} from '../shared/text.js'

const document = z.strictObject({description: z.string().default('')})

type NamedDocument = z.infer<typeof document>

/** Kinds that are a name and a description. */
function named(kind: string, table: string, references: {table: string; column: string}[]): ConfigKind<NamedDocument> {
  return {
    kind,
    exportKey: table,
    exportShape: 'mapping',
    oursOnly: true,
    order: 20,
    bumpsTimestamp: true,
    document,
    available: (schema) => schema.hasTable(table),
    secrets: () => [],
    async list(db) {
      const rows = await db.k<Row>(table).orderBy('id')
      return new Map(rows.map((row) => [text(row['name']), {description: text(row['Description'])}]))
    },
    async save({db}, name, {description}) {
      const updated = await db.k(table).where({name}).update({Description: description})
      if (updated === 0) await db.insert(table, [{name, Description: description}])
    },
    async delete(db, name) {
      const stored = await db.k<Row>(table).where({name}).first('id')
      if (!stored) return
      for (const reference of references) {
        await db
          .k(reference.table)
          .where({[reference.column]: stored['id']})
          .delete()
      }
      await db.k(table).where({id: stored['id']}).delete()
    },
    toOriginal: (_name, {description}) => ({description}),
    fromOriginal: (element, key) => ({
      name: key ?? requiredText(element, 'name', kind),
      document: {description: text(element['description'] ?? element['Description'])},
    }),
  }
}

/** Groups that tokens belong to; deleting one takes the tokens out of it. */
export const tokenGroup = named('token-group', 'tokengroup', [{column: 'tokengroup_id', table: 'tokentokengroup'}])

/** Services that application specific passwords and SSH keys are for, since 3.9. */
export const serviceId = named('service-id', 'serviceid', [])
