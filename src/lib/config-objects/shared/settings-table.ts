import type {Database, Row} from '../../db/database.js'
import {censored, sealedMark, type KindEnv} from '../contract.js'
import {text} from './text.js'

/** A table of keys and values that belongs to a table of names. */
export interface SettingsTable {
  table: string
  /** Column that points to the owner. */
  owner: string
}

/** The settings of every owner; values of type `password` come sealed. */
export async function readSettings(
  db: Database,
  {owner, table}: SettingsTable,
): Promise<Map<number, Record<string, string>>> {
  const found = new Map<number, Record<string, string>>()
  for (const row of await db.k<Row>(table).orderBy('Key')) {
    const id = Number(row[owner])
    const value = text(row['Value'])
    const settings = found.get(id) ?? {}
    settings[text(row['Key'])] = row['Type'] === 'password' ? `${sealedMark}${value}` : value
    found.set(id, settings)
  }
  return found
}

/**
 * Writes the settings of one owner: those that changed, those that are new, and deletes those that are gone. Rows that
 * say the same already are left untouched.
 * @param isSecret which keys are stored encrypted
 * @param typeOf Type of a new clear row, e.g. `string`
 */
export async function writeSettings(
  {db, seal}: KindEnv,
  {owner, table}: SettingsTable,
  id: number,
  settings: Readonly<Record<string, string>>,
  {isSecret, typeOf = () => ''}: {isSecret: (key: string) => boolean; typeOf?: (key: string) => string},
): Promise<void> {
  const rows = await db.k<Row>(table).where({[owner]: id})
  const stored = new Map(rows.map((row) => [text(row['Key']), row]))
  for (const [key, row] of stored) {
    if (!Object.hasOwn(settings, key)) await db.k(table).where({id: row['id']}).delete()
  }
  for (const [key, value] of Object.entries(settings)) {
    if (value === censored) continue
    const row = stored.get(key)
    const secret = isSecret(key) || value.startsWith(sealedMark)
    const written = secret ? await seal(value) : value
    if (!row) {
      await db.insert(table, [
        {[owner]: id, Key: key, Type: secret ? 'password' : typeOf(key), Value: written, Description: ''},
      ])
    } else if (text(row['Value']) !== written || (secret && row['Type'] !== 'password')) {
      await db
        .k(table)
        .where({id: row['id']})
        .update({Value: written, ...(secret && {Type: 'password'})})
    }
  }
}
