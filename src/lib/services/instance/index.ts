import {chmod, mkdir} from 'node:fs/promises'
import path from 'node:path'
import {loadSettings} from '../../config/load.js'
import type {Settings} from '../../config/settings.js'
import {PasswordContext} from '../../crypto/password-hash.js'
import {randomAlphanumeric} from '../../crypto/random.js'
import {openDatabase} from '../../db/connect.js'
import type {Database} from '../../db/database.js'
import {newestRelease} from '../../db/schema/releases.js'
import {PiError} from '../../errors.js'
import {AdminRepository} from '../../store/admins.js'
import {AdminService} from '../admins.js'
import {configFileName, configText, sqliteUri, type Product} from './config-text.js'
import {ensureAuditKeys, ensureEnckey, type Made} from './key-material.js'
import {ensureSchema, type EnsuredSchema} from './schema.js'
import {createWhole, removeRemains} from './whole-file.js'

export interface NewInstance {
  directory: string
  product: Product
  /** Default: SQLite in the folder. */
  databaseUri?: string | undefined
  /** Release of the tables; default 3.8, or the newest of eduMFA. */
  release?: string | undefined
  admin?: {username: string; email?: string | undefined; password: () => Promise<string>} | undefined
}

export interface MadeInstance {
  directory: string
  /** Path of the configuration file. */
  config: string
  database: Omit<EnsuredSchema, 'made'>
  /** What was made now, and what was there: config, enckey, auditKeys, tables, admin. */
  made: string[]
  kept: string[]
  /** The administrator asked for. */
  admin: string | null
  /** How many administrators there are. */
  administrators: number
}

interface InstanceOptions {
  warn: (message: string) => void
  /** Told before each part. */
  onStep?: (text: string) => void
}

/**
 * Makes a whole installation in one folder: configuration, keys, tables, first administrator. Each part is made whole
 * or not at all, and what is there stays as it is, so that a second run completes a first one that was cut off.
 */
export class InstanceService {
  readonly #options: InstanceOptions

  constructor(options: InstanceOptions) {
    this.#options = options
  }

  /** @throws PiError CONFIG, REFUSED (what is there does not fit), INTEGRITY, UNAVAILABLE, INVALID_INPUT */
  async init(wanted: NewInstance): Promise<MadeInstance> {
    const directory = path.resolve(wanted.directory)
    const config = path.join(directory, configFileName(wanted.product))
    const results: [string, Made][] = []
    const step = async <R>(name: string, text: string, make: () => Promise<R>, outcome: (result: R) => Made) => {
      this.#options.onStep?.(text)
      const result = await make()
      results.push([name, outcome(result)])
      return result
    }
    const same = (made: Made) => made

    await makeFolder(directory)
    await step('config', `configuration ${config}`, () => this.#ensureConfig(config, directory, wanted), same)
    const settings = await this.#settingsOf(config, wanted)
    const files = {
      enckey: requiredPath(settings, 'PI_ENCFILE'),
      privateKey: requiredPath(settings, 'PI_AUDIT_KEY_PRIVATE'),
      publicKey: requiredPath(settings, 'PI_AUDIT_KEY_PUBLIC'),
    }
    await step('enckey', `encryption key ${files.enckey}`, () => ensureEnckey(files.enckey), same)
    await step(
      'auditKeys',
      `audit keys ${files.privateKey}`,
      () => ensureAuditKeys(files.privateKey, files.publicKey),
      same,
    )
    const uri = settings.required('SQLALCHEMY_DATABASE_URI')
    const version = wanted.release ?? (wanted.product === 'edumfa' ? newestRelease('edumfa').version : '3.8')
    const schema = await step(
      'tables',
      'database tables',
      () => ensureSchema(uri, settings, {product: wanted.product, version}, this.#options.warn),
      (result) => result.made,
    )
    if (uri === sqliteUri(directory)) await chmod(path.join(directory, 'data.sqlite'), 0o600)
    const {admin} = wanted
    if (admin)
      await step('admin', `administrator ${admin.username}`, () => this.#ensureAdmin(uri, settings, admin), same)
    const administrators = await this.#withDatabase(
      uri,
      settings,
      async (db) => (await new AdminRepository(db).all()).length,
    )
    await removeRemains([config, ...Object.values(files)])
    const {made: _made, ...database} = schema
    const named = (which: Made) => results.filter(([, made]) => made === which).map(([name]) => name)
    return {
      admin: admin?.username ?? null,
      administrators,
      config,
      database,
      directory,
      kept: named('kept'),
      made: named('made'),
    }
  }

  async #ensureConfig(config: string, directory: string, {databaseUri, product}: NewInstance): Promise<Made> {
    const text = async () =>
      configText({
        databaseUri: databaseUri ?? sqliteUri(directory),
        directory,
        pepper: await randomAlphanumeric(24),
        product,
        secretKey: await randomAlphanumeric(48),
      })
    return (await createWhole(config, text, 0o600)) ? 'made' : 'kept'
  }

  /** Those of the file alone: what the environment of this shell says belongs to another installation. */
  async #settingsOf(config: string, {databaseUri}: NewInstance): Promise<Settings> {
    const settings = await loadSettings({configFile: config, env: {}, warn: this.#options.warn})
    const configured = settings.required('SQLALCHEMY_DATABASE_URI')
    if (databaseUri !== undefined && databaseUri !== configured) {
      throw new PiError('REFUSED', `${config} is there and names another database than --db-uri.`, {
        hints: ['Leave --db-uri out to complete that instance, or choose another folder'],
      })
    }
    return settings
  }

  #ensureAdmin(uri: string, settings: Settings, admin: NonNullable<NewInstance['admin']>): Promise<Made> {
    return this.#withDatabase(uri, settings, async (db) => {
      if (await new AdminRepository(db).find(admin.username)) return 'kept'
      const hashes = PasswordContext.fromSettings(settings)
      const admins = new AdminService({db, hashes, pepper: settings.text('PI_PEPPER') ?? ''})
      await admins.add({username: admin.username, password: await admin.password(), email: admin.email})
      return 'made'
    })
  }

  async #withDatabase<R>(uri: string, settings: Settings, use: (db: Database) => Promise<R>): Promise<R> {
    const db = await openDatabase(uri, {settings, warn: this.#options.warn})
    try {
      return await use(db)
    } finally {
      await db.close()
    }
  }
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, {mode: 0o750, recursive: true})
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'there is a file of that name' : (code ?? 'unknown')
    throw new PiError('CONFIG', `The folder ${directory} cannot be made: ${why}.`, {cause: error})
  }
}

function requiredPath(settings: Settings, key: string): string {
  settings.required(key)
  return settings.path(key)!
}
