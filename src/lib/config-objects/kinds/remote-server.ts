import {z} from 'zod'
import type {ConfigKind} from '../contract.js'
import {readServers, writeServer, type ServerFields} from '../shared/server-table.js'
import {requiredText, text, truth} from '../shared/text.js'

const document = z.strictObject({
  url: z.string(),
  tls: z.boolean().default(false).describe('whether the certificate is verified'),
  description: z.string().default(''),
})

type RemoteServerDocument = z.infer<typeof document>

const fields: ServerFields = {
  url: {column: 'url', type: 'text'},
  tls: {column: 'tls', type: 'bool'},
  description: {column: 'description', type: 'text'},
}

/** Other servers of the same product, which the product's name stands for in its table. */
export const remoteServer: ConfigKind<RemoteServerDocument> = {
  kind: 'remote-server',
  exportKey: 'privacyideaserver',
  eduMfaExportKey: 'edumfaserver',
  exportShape: 'mapping',
  order: 30,
  bumpsTimestamp: false,
  document,
  available: (schema) => schema.hasTable(schema.remoteServerTable),
  secrets: () => [],
  list: (db) => readServers<RemoteServerDocument>(db, db.schema.remoteServerTable, fields),
  save: (env, name, given) => writeServer(env, env.db.schema.remoteServerTable, fields, name, given),
  async delete(db, name) {
    await db.k(db.schema.remoteServerTable).where({identifier: name}).delete()
  },
  toOriginal: (_name, {description, tls, url}) => ({url, tls, description}),
  fromOriginal(element, key) {
    return {
      name: key ?? requiredText(element, 'identifier', 'remote server'),
      document: {
        description: text(element['description']),
        tls: truth(element['tls']),
        url: requiredText(element, 'url', 'remote server'),
      },
    }
  },
}
