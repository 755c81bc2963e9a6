import {z} from 'zod'
import type {Row} from '../../db/database.js'
import {sealedMark, type ConfigKind} from '../contract.js'
import {readSettings, writeSettings, type SettingsTable} from './settings-table.js'
import {text} from './text.js'

const document = z.strictObject({
  type: z.string(),
  settings: z.record(z.string(), z.string()).default({}),
})

export type SettingsDocument = z.infer<typeof document>

/** Kinds that are a row with name and type, and a table of settings. */
export function namedSettings(options: {
  kind: string
  exportKey: string
  exportShape: 'mapping' | 'list'
  table: string
  typeColumn: string
  settings: SettingsTable
  bumpsTimestamp: boolean
  isSecret: (key: string) => boolean
  /** `Type` of a new row in clear; empty when left out. */
  typeOf?: (key: string) => string
  toOriginal: ConfigKind<SettingsDocument>['toOriginal']
  fromOriginal: ConfigKind<SettingsDocument>['fromOriginal']
}): ConfigKind<SettingsDocument> {
  const {isSecret, settings: settingsTable, table, typeColumn, typeOf} = options
  return {
    kind: options.kind,
    exportKey: options.exportKey,
    exportShape: options.exportShape,
    order: 40,
    bumpsTimestamp: options.bumpsTimestamp,
    document,
    available: (schema) => schema.hasTable(table),
    secrets: ({settings}) =>
      Object.keys(settings)
        .filter((key) => isSecret(key) || settings[key]!.startsWith(sealedMark))
        .map((key) => ['settings', key]),
    async list(db) {
      const settings = await readSettings(db, settingsTable)
      const rows = await db.k<Row>(table).orderBy('id')
      return new Map(
        rows.map((row) => [
          text(row['name']),
          {settings: settings.get(Number(row['id'])) ?? {}, type: text(row[typeColumn])},
        ]),
      )
    },
    async save(env, name, {settings, type}) {
      const stored = await env.db.k<Row>(table).where({name}).first('id')
      if (stored)
        await env.db
          .k(table)
          .where({id: stored['id']})
          .update({[typeColumn]: type})
      const id = stored ? Number(stored['id']) : (await env.db.insert(table, [{name, [typeColumn]: type}]))[0]!
      await writeSettings(env, settingsTable, id, settings, {isSecret, ...(typeOf && {typeOf})})
    },
    async delete(db, name) {
      const stored = await db.k<Row>(table).where({name}).first('id')
      if (!stored) return
      await db
        .k(settingsTable.table)
        .where({[settingsTable.owner]: stored['id']})
        .delete()
      await db.k(table).where({id: stored['id']}).delete()
    },
    toOriginal: options.toOriginal,
    fromOriginal: options.fromOriginal,
  }
}
