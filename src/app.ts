import type {Database} from './lib/db/database.js'
import type {SecurityModule} from './lib/security-module.js'
import type {Settings} from './lib/config/settings.js'
import type {AdminService} from './lib/services/admins.js'
import type {EnckeyService} from './lib/services/enckey/index.js'
import type {ConfigObjectService} from './lib/services/config-objects.js'
import type {ExportTokens} from './lib/services/export-tokens.js'
import type {ImportTokens} from './lib/services/import-tokens/index.js'
import type {ConfigTreeService} from './lib/services/config-tree/index.js'
import type {EventService} from './lib/services/events.js'
import type {PolicyService} from './lib/services/policies/index.js'
import type {DatabaseService} from './lib/services/database.js'
import type {JanitorEnv} from './lib/services/janitor/run.js'
import type {SelectionEnv} from './lib/services/janitor/select.js'
import type {TokenService} from './lib/services/tokens/index.js'
import type {CommandAudit} from './lib/services/command-audit.js'
import type {SiteKeyService} from './lib/services/site-keys/index.js'
import type {KeyCopyService} from './lib/services/key-copies/index.js'
import type {KeyRotationService, RotationProgress} from './lib/services/key-rotation/index.js'
import type {UserService} from './lib/services/users.js'
import type {Validation} from './lib/services/validate/open.js'
import {PiError} from './lib/errors.js'

export interface AppOptions {
  /** `--config`; otherwise the places of the originals are tried. */
  configFile?: string | undefined
  databaseUri?: string | undefined
  enckeyFile?: string | undefined
  enckeyPasswordFile?: string | undefined
  /** Asked when the key file is encrypted and no password was given. */
  askEnckeyPassword?: () => Promise<string>
  env: NodeJS.ProcessEnv
  warn?: (message: string) => void
}

/**
 * The composition root: everything is opened on first use and closed together, so that a command needs only the
 * settings it uses. To add a service, add a field that makes it from the others.
 */
export interface App {
  readonly options: AppOptions
  /** @throws PiError CONFIG */
  settings(): Promise<Settings>
  /** The main database, of a recognised schema. @throws PiError CONFIG, UNAVAILABLE */
  database(): Promise<Database>
  /** Looking at, making and removing the schema, whatever the main database holds. */
  schema(): Promise<DatabaseService>
  /** The database of the audit table (PI_AUDIT_SQL_URI), often the main one. */
  auditDatabase(): Promise<Database>
  /** The module that holds the keys. @throws PiError CONFIG, UNAVAILABLE, INTEGRITY (wrong password) */
  security(): Promise<SecurityModule>
  /** Local administrators. */
  admins(): Promise<AdminService>
  /** Key files, and whether every encrypted value decrypts. */
  enckey(): Promise<EnckeyService>
  /** Audit key pair, SECRET_KEY and pepper. */
  siteKeys(): Promise<SiteKeyService>
  /** Writes an audit row about what a command did; it never fails. */
  audit(entry: CommandAudit): Promise<void>
  /** Copies of the keys: on paper, for PGP recipients, with another password. */
  keyCopies(): Promise<KeyCopyService>
  /** Changing the keys of the installation. */
  keyRotation(options: KeyRotationOptions): Promise<KeyRotationService>
  /** Users of all resolvers. */
  users(): Promise<UserService>
  /** Policies, events, resolvers, servers, settings …: read, compared and written as documents. */
  configObjects(): Promise<ConfigObjectService>
  /** Event handlers. */
  events(): Promise<EventService>
  /** Configuration as a folder of files. */
  configTree(): Promise<ConfigTreeService>
  /** Policies: changed, explained and checked. */
  policies(): Promise<PolicyService>
  /** Changes of single tokens. */
  tokens(options?: {dryRun?: boolean}): Promise<TokenService>
  /** What changing many tokens needs. */
  janitor(): Promise<JanitorEnv>
  /** What searching for tokens needs. */
  selection(): Promise<SelectionEnv>
  /** Puts the tokens of a file into the database. */
  importTokens(): Promise<ImportTokens>
  /** Reads tokens with their secrets, to be written into a file. */
  exportTokens(): Promise<ExportTokens>
  /** What answers requests of the HTTP API; closed together with the application. */
  validation(options: {warn: (message: string) => void}): Promise<Validation>
  close(): Promise<void>
}

export interface KeyRotationOptions {
  /** Asked for the password or PIN of the new keys. */
  askNewPassword?: () => Promise<string>
  onProgress?: (progress: RotationProgress) => void
  signal?: AbortSignal
}

export async function openApp(options: AppOptions): Promise<App> {
  const closers: (() => Promise<void>)[] = []
  const settings = once(async () => {
    const {loadSettings} = await import('./lib/config/load.js')
    return loadSettings({
      configFile: options.configFile,
      databaseUri: options.databaseUri,
      enckeyFile: options.enckeyFile,
      env: options.env,
      warn: options.warn,
    })
  })
  const database = once(async () => {
    const [{openDatabase}, found] = await Promise.all([import('./lib/db/connect.js'), settings()])
    const opened = await openDatabase(found.required('SQLALCHEMY_DATABASE_URI'), {settings: found, warn: options.warn})
    closers.push(() => opened.close())
    return opened
  })
  const schema = once(async () => {
    const [{DatabaseService}, found] = await Promise.all([import('./lib/services/database.js'), settings()])
    const uri = found.required('SQLALCHEMY_DATABASE_URI')
    return new DatabaseService({uri, settings: found, warn: options.warn ?? (() => {})})
  })
  const auditDatabase = once(async () => {
    const found = await settings()
    const uri = found.text('PI_AUDIT_SQL_URI')
    if (!uri) return database()
    const {openDatabase} = await import('./lib/db/connect.js')
    const opened = await openDatabase(uri, {purpose: 'audit', settings: found, warn: options.warn})
    closers.push(() => opened.close())
    return opened
  })
  const passwordSources = () => ({
    askPassword: options.askEnckeyPassword,
    passwordFile: options.enckeyPasswordFile,
    passwordFd: fileDescriptor(options.env['PI_MANAGE_ENCKEY_PASSWORD_FD']),
  })
  const security = once(async () => {
    const [{openSecurityModule}, found] = await Promise.all([import('./hsm/registry.js'), settings()])
    const opened = await openSecurityModule(found, passwordSources())
    closers.push(() => opened.close())
    return opened
  })
  const audit = async (entry: CommandAudit) => {
    const {auditCommand} = await import('./lib/services/command-audit.js')
    await auditCommand(await settings(), auditDatabase, entry, options.warn ?? (() => {}))
  }
  const siteKeys = once(async () => {
    const {SiteKeyService} = await import('./lib/services/site-keys/index.js')
    return new SiteKeyService({settings: await settings(), auditDatabase})
  })
  const keyCopies = once(async () => {
    const {KeyCopyService} = await import('./lib/services/key-copies/index.js')
    return new KeyCopyService({security})
  })
  const keyRotation = async ({askNewPassword, ...rest}: KeyRotationOptions) => {
    const [{KeyRotationService}, {databaseNameOf}, {rotationPorts}, found, db] = await Promise.all([
      import('./lib/services/key-rotation/index.js'),
      import('./lib/services/key-rotation/database-name.js'),
      import('./hsm/rotation-ports.js'),
      settings(),
      database(),
    ])
    const notice = options.warn ?? (() => {})
    return new KeyRotationService({
      settings: found,
      db,
      databaseName: databaseNameOf(found.required('SQLALCHEMY_DATABASE_URI'), process.cwd()),
      ports: {
        ...rotationPorts(found, {...passwordSources(), askNewPassword}),
        audit: (action, info) => audit({action, info}),
      },
      notice,
      ...rest,
    })
  }
  const users = once(async () => {
    const [{loadDirectory}, {resolverEnv}, {UserService}, db] = await Promise.all([
      import('./lib/services/directory.js'),
      import('./lib/services/resolver-env.js'),
      import('./lib/services/users.js'),
      database(),
    ])
    const directory = once(() => loadDirectory(db, security))
    const opened = new UserService({directory, env: resolverEnv({directory: process.cwd()})})
    closers.push(() => opened.close())
    return opened
  })
  const pins = once(async () => {
    const [{PasswordContext}, found] = await Promise.all([import('./lib/crypto/password-hash.js'), settings()])
    return PasswordContext.fromSettings(found)
  })
  const admins = once(async () => {
    const [{AdminService}, hashes, found, db] = await Promise.all([
      import('./lib/services/admins.js'),
      pins(),
      settings(),
      database(),
    ])
    return new AdminService({
      db,
      hashes,
      pepper: found.text('PI_PEPPER') ?? 'missing',
      earlierPeppers: found.list('PI_PEPPER_PREVIOUS'),
    })
  })
  const enckey = once(async () => {
    const {EnckeyService} = await import('./lib/services/enckey/index.js')
    return new EnckeyService({database, security})
  })
  const configObjects = once(async () => {
    const [{ConfigObjectService}, {readFile}, db] = await Promise.all([
      import('./lib/services/config-objects.js'),
      import('node:fs/promises'),
      database(),
    ])
    const sources = {env: (name: string) => options.env[name], file: (path: string) => readFile(path, 'utf8')}
    return new ConfigObjectService(db, security, {sources})
  })
  const events = once(async () => {
    const {EventService} = await import('./lib/services/events.js')
    return new EventService(await database())
  })
  const configTree = once(async () => {
    const {ConfigTreeService} = await import('./lib/services/config-tree/index.js')
    return new ConfigTreeService(await database(), await configObjects())
  })
  const policies = once(async () => {
    const {PolicyService} = await import('./lib/services/policies/index.js')
    return new PolicyService(await database(), await configObjects())
  })
  const tokens = async ({dryRun = false} = {}) => {
    const [{TokenService}, db] = await Promise.all([import('./lib/services/tokens/index.js'), database()])
    return new TokenService({db, security, pins, users, dryRun})
  }
  const owners = once(async () => {
    const [{OwnerSets}, db, opened] = await Promise.all([
      import('./lib/services/janitor/owners.js'),
      database(),
      users(),
    ])
    return new OwnerSets(db, opened)
  })
  const janitor = async () => ({db: await database(), security, tokens, now: () => new Date()})
  const selection = async () => ({db: await database(), security, users, owners, now: () => new Date()})
  const importTokens = once(async () => {
    const [{ImportTokens}, {importUsers}] = await Promise.all([
      import('./lib/services/import-tokens/index.js'),
      import('./lib/services/import-tokens/users.js'),
    ])
    return new ImportTokens({
      database,
      security,
      users: async () => importUsers(await users()),
      hashPin: async (pin) => (await pins()).hash(pin),
    })
  })
  const validation = async ({warn}: {warn: (message: string) => void}) => {
    const [{openValidation}, found, db, auditDb] = await Promise.all([
      import('./lib/services/validate/open.js'),
      settings(),
      database(),
      auditDatabase(),
    ])
    const opened = await openValidation({settings: found, db, auditDb, security, directory: process.cwd(), warn})
    closers.push(() => opened.close())
    return opened
  }
  return {
    options,
    settings,
    database,
    schema,
    auditDatabase,
    security,
    admins,
    enckey,
    siteKeys,
    audit,
    keyCopies,
    keyRotation,
    users,
    configObjects,
    events,
    configTree,
    policies,
    tokens,
    janitor,
    selection,
    importTokens,
    exportTokens: async () => new (await import('./lib/services/export-tokens.js')).ExportTokens(await selection()),
    validation,
    async close() {
      for (const close of closers.reverse()) await close()
    },
  }
}

/** Makes a thing on the first call and gives the same one ever after. */
function once<R>(make: () => Promise<R>): () => Promise<R> {
  let made: Promise<R> | undefined
  return () => (made ??= make())
}

/** The password itself never stands in the environment, where others can read it; the number of an open file may. */
function fileDescriptor(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  throw new PiError('CONFIG', 'PI_MANAGE_ENCKEY_PASSWORD_FD must be the number of an open file.')
}
