import {readFile} from 'node:fs/promises'
import type {KeyObject} from 'node:crypto'
import {openAudit} from '../../audit/registry.js'
import {signAuditRow} from '../../audit/sign.js'
import type {Settings} from '../../config/settings.js'
import {readTrustedIssuers} from '../../crypto/jwt.js'
import {PasswordContext} from '../../crypto/password-hash.js'
import {readPrivateKey} from '../../crypto/signature.js'
import type {Database} from '../../db/database.js'
import {reasonOf} from '../../errors.js'
import {AdminRepository} from '../../store/admins.js'
import type {SecurityModule} from '../../security-module.js'
import {customAttributes} from '../accounts/custom-attributes.js'
import {AdminService} from '../admins.js'
import {AuditLog} from '../audit-log.js'
import {behaviourOf} from '../authenticate/behaviour.js'
import {ChangeWriter} from '../authenticate/change-writer.js'
import {AuthenticateService} from '../authenticate/service.js'
import type {AuthServices} from '../authenticate/session.js'
import {TokenLoader} from '../authenticate/token-loader.js'
import {ConfigurationCache} from '../configuration.js'
import {MessageService} from '../messages.js'
import {RadiusServers} from '../radius-servers.js'
import {resolverEnv} from '../resolver-env.js'
import {cacheSeconds, UserCache} from '../user-cache.js'
import {UserService} from '../users.js'
import {Api} from './api.js'
import {ClientTable} from './client-table.js'
import {healthOf} from './health.js'
import type {ApiResponse} from './contract.js'

export interface ValidationOptions {
  settings: Settings
  db: Database
  auditDb: Database
  security: () => Promise<SecurityModule>
  /** Against which resolvers take relative file names. */
  directory: string
  warn: (message: string) => void
}

/** Everything behind the HTTP API. */
export interface Validation {
  api: Api
  health: (probe: string) => Promise<ApiResponse>
  /** Waits for audit rows and closes resolvers; the databases belong to the caller. */
  close(): Promise<void>
}

/** Puts together what answers requests. @throws PiError CONFIG, UNAVAILABLE, INTEGRITY */
export async function openValidation(options: ValidationOptions): Promise<Validation> {
  const {settings, db, auditDb, security, directory, warn} = options
  const configuration = new ConfigurationCache({
    db,
    security,
    checkSeconds: settings.integer('PI_CHECK_RELOAD_CONFIG') ?? 0,
  })
  const users = new UserService({
    directory: async () => (await configuration.latest()).directory,
    env: resolverEnv({directory, settings}),
    cache: new UserCache({
      db,
      seconds: async () => cacheSeconds((await configuration.latest()).setting('UserCacheExpiration')),
    }),
    nodeUuid: settings.text('PI_NODE_UUID'),
    attributes: customAttributes(db),
  })
  const opened = await security()
  const auth: AuthServices = {
    db,
    auditDb,
    users,
    security: opened,
    hashes: PasswordContext.fromSettings(settings),
    behaviour: behaviourOf(db.schema),
    loader: new TokenLoader(db),
    writer: new ChangeWriter(db),
    radius: new RadiusServers(db, opened),
    messages: new MessageService({
      db,
      security: opened,
      scriptFolder: settings.path('PI_SCRIPT_SMSPROVIDER_DIRECTORY') ?? '/etc/privacyidea/scripts',
    }),
    warn,
  }
  const admins = new AdminService({
    db,
    hashes: auth.hashes,
    pepper: settings.text('PI_PEPPER') ?? 'missing',
    earlierPeppers: settings.list('PI_PEPPER_PREVIOUS'),
  })
  const auditName = settings.text('PI_AUDIT_SERVERNAME')
  const node = {name: settings.text('PI_NODE') ?? auditName ?? 'localnode', auditName}
  const key = await privateKey(settings, warn)
  const signsAudit = key !== undefined && !settings.flag('PI_AUDIT_NO_SIGN')
  const audit = await openAudit({
    settings,
    clock: Date.now,
    warn,
    openTable: async () =>
      new AuditLog({db: auditDb, warn, sign: signsAudit ? (row) => signAuditRow(key, row) : undefined}),
  })
  const api = new Api({
    auth,
    authenticate: new AuthenticateService(auth),
    clients: new ClientTable(db, node.name),
    secretKey: secretKey(settings),
    isAdmin: async (name, password) =>
      (await new AdminRepository(db).find(name)) !== undefined && admins.verify(name, password),
    superuserRealms: settings.list('SUPERUSER_REALM').map((realm) => realm.toLowerCase()),
    issuers: readTrustedIssuers(settings.get('PI_TRUSTED_JWT')),
    configuration,
    audit,
    node,
    responseKey: settings.flag('PI_NO_RESPONSE_SIGN') ? undefined : key,
    warn,
  })
  return {
    api,
    health: (probe) => healthOf(probe, {configuration, users, security: auth.security, behaviour: auth.behaviour}),
    async close() {
      await audit.close()
      await users.close()
    },
  }
}

/** Without a readable key answers and rows stay unsigned, as in the original, but not silently. */
async function privateKey(settings: Settings, warn: (message: string) => void): Promise<KeyObject | undefined> {
  const file = settings.path('PI_AUDIT_KEY_PRIVATE')
  if (!file) return undefined
  try {
    return readPrivateKey(await readFile(file), `the private key ${file}`)
  } catch (error) {
    warn(`Answers and audit rows are not signed: ${reasonOf(error)}`)
    return undefined
  }
}

function secretKey(settings: Settings): string | Uint8Array | undefined {
  const value = settings.get('SECRET_KEY')
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined
}
