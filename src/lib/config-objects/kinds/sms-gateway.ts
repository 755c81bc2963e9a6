import {z} from 'zod'
import type {Row} from '../../db/database.js'
import {censored, sealedMark, type ConfigKind} from '../contract.js'
import {requiredText, text, texts} from '../shared/text.js'

const document = z.strictObject({
  provider: z.string().describe('dotted class of the provider'),
  description: z.string().default(''),
  options: z.record(z.string(), z.string()).default({}),
  headers: z.record(z.string(), z.string()).default({}).describe('HTTP headers'),
})

type SmsGatewayDocument = z.infer<typeof document>

/** Which options are secrets; since 3.14 the original encrypts those whose key says so (spec/01 §5.5). */
const isSecretOption = (key: string): boolean => /PASSWORD|SECRET/i.test(key)
const isSecretHeader = (key: string): boolean => /AUTHORIZATION|API-?KEY|TOKEN|SECRET|PASSWORD/i.test(key)

/** SMS gateways with options and headers; in clear up to 3.13, secrets encrypted since 3.14. */
export const smsGateway: ConfigKind<SmsGatewayDocument> = {
  kind: 'sms-gateway',
  exportKey: 'smsgateway',
  exportShape: 'mapping',
  order: 30,
  bumpsTimestamp: false,
  document,
  available: (schema) => schema.hasTable('smsgateway'),
  secrets: ({headers, options}) => [
    ...Object.keys(options)
      .filter((key) => isSecretOption(key) || options[key]!.startsWith(sealedMark))
      .map((key) => ['options', key]),
    ...Object.keys(headers)
      .filter((key) => isSecretHeader(key) || headers[key]!.startsWith(sealedMark))
      .map((key) => ['headers', key]),
  ],
  async list(db) {
    const encrypts = db.schema.hasColumn('smsgatewayoption', 'Encrypted')
    const optionRows = await db.k<Row>('smsgatewayoption').orderBy('id')
    const rows = await db.k<Row>('smsgateway').orderBy('id')
    return new Map(
      rows.map((row) => {
        const found: SmsGatewayDocument = {
          provider: text(row['providermodule']),
          description: text(row['description']),
          options: {},
          headers: {},
        }
        for (const option of optionRows) {
          if (Number(option['gateway_id']) !== Number(row['id'])) continue
          const sealed = encrypts && db.bool(option['Encrypted'])
          const place = option['Type'] === 'header' ? found.headers : found.options
          place[text(option['Key'])] = `${sealed ? sealedMark : ''}${text(option['Value'])}`
        }
        return [text(row['identifier']), found]
      }),
    )
  },
  async save({db, seal}, name, {description, headers, options, provider}) {
    const encrypts = db.schema.hasColumn('smsgatewayoption', 'Encrypted')
    const row: Row = {identifier: name, description, providermodule: provider}
    const stored = await db.k<Row>('smsgateway').where({identifier: name}).first('id')
    if (stored) await db.k('smsgateway').where({id: stored['id']}).update(row)
    const id = stored ? Number(stored['id']) : (await db.insert('smsgateway', [row]))[0]!
    const kept: Row[] = await db.k<Row>('smsgatewayoption').where({gateway_id: id})
    const rows: Row[] = []
    for (const [type, values] of [
      ['option', options],
      ['header', headers],
    ] as const) {
      for (const [key, value] of Object.entries(values)) {
        const old = kept.find((option) => option['Key'] === key && (text(option['Type']) || 'option') === type)
        if (value === censored) {
          if (old)
            rows.push({
              gateway_id: id,
              Key: key,
              Type: type,
              Value: old['Value'],
              ...(encrypts && {Encrypted: db.bool(old['Encrypted'])}),
            })
          continue
        }
        const secret = encrypts && (isSecretOption(key) || value.startsWith(sealedMark))
        rows.push({
          gateway_id: id,
          Key: key,
          Type: type,
          Value: secret ? await seal(value) : value,
          ...(encrypts && {Encrypted: secret}),
        })
      }
    }
    await db.k('smsgatewayoption').where({gateway_id: id}).delete()
    await db.insert('smsgatewayoption', rows)
  },
  async delete(db, name) {
    const stored = await db.k<Row>('smsgateway').where({identifier: name}).first('id')
    if (!stored) return
    await db.k('smsgatewayoption').where({gateway_id: stored['id']}).delete()
    await db.k('smsgateway').where({id: stored['id']}).delete()
  },
  toOriginal: (_name, {description, headers, options, provider}) => ({
    providermodule: provider,
    description,
    options,
    headers,
  }),
  fromOriginal(element, key) {
    return {
      name: key ?? requiredText(element, 'identifier', 'SMS gateway'),
      document: {
        description: text(element['description']),
        headers: texts(element['headers']),
        options: texts(element['options']),
        provider: requiredText(element, 'providermodule', 'SMS gateway'),
      },
    }
  },
}
