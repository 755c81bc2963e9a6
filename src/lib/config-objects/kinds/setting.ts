import {z} from 'zod'
import type {Row} from '../../db/database.js'
import {censored, sealedMark, type ConfigKind} from '../contract.js'
import {text} from '../shared/text.js'

const document = z.strictObject({
  value: z.string().default(''),
  type: z.string().default('').describe('public: also shown to users; password: encrypted'),
  description: z.string().default(''),
})

type SettingDocument = z.infer<typeof document>

/** Settings that the original declares readable for everybody (spec/01 §6.4). */
const publicKeys = /^(hotp\.hashlib|totp\.(hashlib|timeStep|timeWindow)|question\.question\..*|webauthn\..*)$/

/** The system configuration: one row a key. */
export const setting: ConfigKind<SettingDocument> = {
  kind: 'setting',
  exportKey: 'config',
  exportShape: 'mapping',
  order: 50,
  bumpsTimestamp: true,
  document,
  available: (schema) => schema.hasTable('config'),
  secrets: ({type}) => (type === 'password' ? [['value']] : []),
  async list(db) {
    const rows = await db.k<Row>('config').whereNot({Key: '__timestamp__'})
    return new Map(
      rows.map((row) => {
        const type = text(row['Type'])
        const value = text(row['Value'])
        return [
          text(row['Key']),
          {value: type === 'password' ? `${sealedMark}${value}` : value, type, description: text(row['Description'])},
        ]
      }),
    )
  },
  async save({db, seal}, key, {description, type, value}, stored) {
    const row: Row = {Description: description, Type: type || stored?.type || (publicKeys.test(key) ? 'public' : '')}
    if (value !== censored) row['Value'] = row['Type'] === 'password' ? await seal(value) : value
    const updated = await db.k('config').where({Key: key}).update(row)
    if (updated === 0) await db.insert('config', [{Key: key, ...row}])
  },
  async delete(db, key) {
    await db.k('config').where({Key: key}).delete()
  },
  async extras(db) {
    const row = await db.k<Row>('config').where({Key: '__timestamp__'}).first()
    return row
      ? [['__timestamp__', {Value: text(row['Value']), Type: text(row['Type']), Description: text(row['Description'])}]]
      : []
  },
  toOriginal: (_key, {description, type, value}) => ({
    // the original exports what is encrypted as it is stored (spec/04 §7.1)
    Value: value.startsWith(sealedMark) && type === 'password' ? value.slice(sealedMark.length) : value,
    Type: type,
    Description: description,
  }),
  fromOriginal: (element, key) => ({
    name: key ?? text(element['Key']),
    document: {
      description: text(element['Description']),
      type: text(element['Type']),
      value: text(element['Value'] ?? element['value']),
    },
  }),
}
