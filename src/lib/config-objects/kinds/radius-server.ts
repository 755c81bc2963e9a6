import {z} from 'zod'
import type {ConfigKind} from '../contract.js'
import {readServers, writeServer, type ServerFields} from '../shared/server-table.js'
import {requiredText, text} from '../shared/text.js'

const document = z.strictObject({
  server: z.string(),
  port: z.int().min(1).max(65_535).default(1812),
  dictionary: z.string().default('/etc/privacyidea/dictionary').describe('path'),
  description: z.string().default(''),
  secret: z.string().default(''),
  timeout: z.int().default(5).describe('seconds'),
  retries: z.int().default(3),
  enforceMessageAuthenticator: z.boolean().optional().describe('eduMFA since 2.2'),
})

type RadiusServerDocument = z.infer<typeof document>

const fields: ServerFields = {
  server: {column: 'server', type: 'text'},
  port: {column: 'port', type: 'int'},
  dictionary: {column: 'dictionary', type: 'text'},
  description: {column: 'description', type: 'text'},
  secret: {column: 'secret', type: 'secret'},
  timeout: {column: 'timeout', type: 'int'},
  retries: {column: 'retries', type: 'int'},
  enforceMessageAuthenticator: {column: 'enforce_ma', type: 'bool'},
}

/** RADIUS servers that requests are forwarded to. */
export const radiusServer: ConfigKind<RadiusServerDocument> = {
  kind: 'radius-server',
  exportKey: 'radiusserver',
  exportShape: 'mapping',
  order: 30,
  bumpsTimestamp: false,
  document,
  available: (schema) => schema.hasTable('radiusserver'),
  secrets: () => [['secret']],
  list: (db) => readServers<RadiusServerDocument>(db, 'radiusserver', fields),
  save: (env, name, given) => writeServer(env, 'radiusserver', fields, name, given),
  async delete(db, name) {
    await db.k('radiusserver').where({identifier: name}).delete()
  },
  toOriginal: (_name, given) => ({
    server: given.server,
    port: given.port,
    dictionary: given.dictionary,
    description: given.description,
    password: given.secret,
    timeout: given.timeout,
    retries: given.retries,
    ...(given.enforceMessageAuthenticator !== undefined && {enforce_ma: given.enforceMessageAuthenticator}),
  }),
  fromOriginal(element, key) {
    return {
      name: key ?? requiredText(element, 'identifier', 'RADIUS server'),
      document: {
        description: text(element['description']),
        ...(element['dictionary'] ? {dictionary: text(element['dictionary'])} : {}),
        port: Number(element['port'] ?? 1812),
        retries: Number(element['retries'] ?? 3),
        secret: text(element['password'] ?? element['secret']),
        server: requiredText(element, 'server', 'RADIUS server'),
        timeout: Number(element['timeout'] ?? 5),
        ...(element['enforce_ma'] !== undefined && {enforceMessageAuthenticator: element['enforce_ma'] === true}),
      },
    }
  },
}
