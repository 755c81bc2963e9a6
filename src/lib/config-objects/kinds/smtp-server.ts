import {z} from 'zod'
import type {ConfigKind} from '../contract.js'
import {readServers, writeServer, type ServerFields} from '../shared/server-table.js'
import {requiredText, text, truth} from '../shared/text.js'

const document = z.strictObject({
  server: z.string(),
  port: z.int().min(1).max(65_535).default(25),
  username: z.string().default(''),
  password: z.string().default(''),
  sender: z.string().default('').describe('address in From'),
  tls: z.boolean().default(false).describe('STARTTLS'),
  description: z.string().default(''),
  timeout: z.int().default(10).describe('seconds'),
  enqueueJob: z.boolean().default(false),
  smime: z.boolean().optional().describe('sign with S/MIME, since 3.13'),
  dontSendOnError: z.boolean().optional().describe('since 3.13'),
  privateKey: z.string().optional().describe('path, since 3.13'),
  privateKeyPassword: z.string().optional().describe('since 3.13'),
  certificate: z.string().optional().describe('path, since 3.13'),
})

type SmtpServerDocument = z.infer<typeof document>

const fields: ServerFields = {
  server: {column: 'server', type: 'text'},
  port: {column: 'port', type: 'int'},
  username: {column: 'username', type: 'text'},
  password: {column: 'password', type: 'secret'},
  sender: {column: 'sender', type: 'text'},
  tls: {column: 'tls', type: 'bool'},
  description: {column: 'description', type: 'text'},
  timeout: {column: 'timeout', type: 'int'},
  enqueueJob: {column: 'enqueue_job', type: 'bool'},
  smime: {column: 'smime', type: 'bool'},
  dontSendOnError: {column: 'dont_send_on_error', type: 'bool'},
  privateKey: {column: 'private_key', type: 'text'},
  privateKeyPassword: {column: 'private_key_password', type: 'empty-secret'},
  certificate: {column: 'certificate', type: 'text'},
}

/** Mail servers. */
export const smtpServer: ConfigKind<SmtpServerDocument> = {
  kind: 'smtp-server',
  exportKey: 'smtpserver',
  exportShape: 'mapping',
  order: 30,
  bumpsTimestamp: false,
  document,
  available: (schema) => schema.hasTable('smtpserver'),
  secrets: ({privateKeyPassword}) =>
    privateKeyPassword !== undefined ? [['password'], ['privateKeyPassword']] : [['password']],
  list: (db) => readServers<SmtpServerDocument>(db, 'smtpserver', fields),
  save: (env, name, given) => writeServer(env, 'smtpserver', fields, name, given),
  async delete(db, name) {
    await db.k('smtpserver').where({identifier: name}).delete()
  },
  toOriginal: (_name, given) =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([field, {column}]) => {
        const value = given[field as keyof SmtpServerDocument]
        return value === undefined ? [] : [[column, value]]
      }),
    ),
  fromOriginal(element, key) {
    const optional: Record<string, unknown> = {}
    if (element['smime'] !== undefined) optional['smime'] = truth(element['smime'])
    if (element['dont_send_on_error'] !== undefined) optional['dontSendOnError'] = truth(element['dont_send_on_error'])
    if (element['private_key'] !== undefined) optional['privateKey'] = text(element['private_key'])
    if (element['private_key_password'] !== undefined)
      optional['privateKeyPassword'] = text(element['private_key_password'])
    if (element['certificate'] !== undefined) optional['certificate'] = text(element['certificate'])
    return {
      name: key ?? requiredText(element, 'identifier', 'mail server'),
      document: {
        ...optional,
        description: text(element['description']),
        enqueueJob: truth(element['enqueue_job']),
        password: text(element['password']),
        port: Number(element['port'] ?? 25),
        sender: text(element['sender']),
        server: requiredText(element, 'server', 'mail server'),
        timeout: Number(element['timeout'] ?? 10),
        tls: truth(element['tls']),
        username: text(element['username']),
      },
    }
  },
}
