import type {EnckeyService} from '../lib/services/enckey/index.js'
import type {SiteKeyService} from '../lib/services/site-keys/index.js'
import type {KeyCopyService} from '../lib/services/key-copies/index.js'
import type {KeyRotationService, RotationProgress} from '../lib/services/key-rotation/index.js'
import type {CoreServices} from './core.js'
import {once, passwordSources, type AppOptions} from './options.js'

/** Keys of the installation and their copies. */
export interface KeyServices {
  /** Key files, and whether every encrypted value decrypts. */
  enckey(): Promise<EnckeyService>
  /** Audit key pair, SECRET_KEY and pepper. */
  siteKeys(): Promise<SiteKeyService>
  /** Copies of the keys: on paper, for PGP recipients, with another password. */
  keyCopies(): Promise<KeyCopyService>
  /** Changing the keys of the installation. */
  keyRotation(options: KeyRotationOptions): Promise<KeyRotationService>
}

export function keyServices(
  options: AppOptions,
  {settings, database, auditDatabase, security, audit}: CoreServices,
): KeyServices {
  const enckey = once(async () => {
    const {EnckeyService} = await import('../lib/services/enckey/index.js')
    return new EnckeyService({database, security})
  })
  const siteKeys = once(async () => {
    const {SiteKeyService} = await import('../lib/services/site-keys/index.js')
    return new SiteKeyService({settings: await settings(), auditDatabase})
  })
  const keyCopies = once(async () => {
    const {KeyCopyService} = await import('../lib/services/key-copies/index.js')
    return new KeyCopyService({security})
  })
  const keyRotation = async ({askNewPassword, ...rest}: KeyRotationOptions) => {
    const [{KeyRotationService}, {databaseNameOf}, {rotationPorts}, found, db] = await Promise.all([
      import('../lib/services/key-rotation/index.js'),
      import('../lib/services/key-rotation/database-name.js'),
      import('../hsm/rotation-ports.js'),
      settings(),
      database(),
    ])
    const notice = options.warn ?? (() => {})
    return new KeyRotationService({
      settings: found,
      db,
      databaseName: databaseNameOf(found.required('SQLALCHEMY_DATABASE_URI'), process.cwd()),
      ports: {
        ...rotationPorts(found, {...passwordSources(options), askNewPassword}),
        audit: (action, info) => audit({action, info}),
      },
      notice,
      ...rest,
    })
  }
  return {enckey, siteKeys, keyCopies, keyRotation}
}

export interface KeyRotationOptions {
  /** Asked for the password or PIN of the new keys. */
  askNewPassword?: () => Promise<string>
  onProgress?: (progress: RotationProgress) => void
  signal?: AbortSignal
}
