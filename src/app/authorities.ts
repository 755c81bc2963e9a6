import type {PinSource} from '../hsm/signing-key.js'
import type {Signer} from '../lib/ca/shared/signature.js'
import type {CaService} from '../lib/services/ca/index.js'
import type {CertificateTokens} from '../lib/services/ca/tokens.js'
import type {ConfigurationServices} from './configuration.js'
import type {CoreServices} from './core.js'
import {once, type AppOptions} from './options.js'
import type {PeopleServices} from './people.js'

/** Certificate authorities and their certificates. */
export interface AuthorityServices {
  /** CA connectors: kept, and asked to sign and to revoke. */
  authorities(): Promise<CaService>
  /** Tokens that are certificates. */
  certificateTokens(): Promise<CertificateTokens>
  /** Keys in PKCS#11 tokens that sign certificates. */
  deviceKeys(): Promise<DeviceKeys>
}

export interface DeviceKeys {
  /** @throws PiError CONFIG, REFUSED (PIN), UNAVAILABLE */
  open(uri: string, pin: PinSource): Promise<Signer>
  /** Makes an RSA key. @throws PiError ALREADY_EXISTS, CONFIG, REFUSED, UNAVAILABLE */
  create(uri: string, pin: PinSource, bits: number): Promise<void>
}

export function authorityServices(
  options: AppOptions,
  {settings, database, security}: CoreServices,
  {configObjects}: ConfigurationServices,
  {users}: PeopleServices,
): AuthorityServices {
  const authorities = once(async () => {
    const [{CaService}, db, objects] = await Promise.all([
      import('../lib/services/ca/index.js'),
      database(),
      configObjects(),
    ])
    return new CaService({
      db,
      configObjects: objects,
      directory: process.cwd(),
      env: (name) => options.env[name],
      warn: options.warn ?? (() => {}),
      openDeviceKey: async (uri, pin) => (await deviceKeys()).open(uri, pin),
    })
  })
  const deviceKeys = once(async () => {
    const [{createSigningKey, openSigningKey}, found] = await Promise.all([import('../hsm/signing-key.js'), settings()])
    return {
      open: (uri: string, pin: PinSource) => openSigningKey(uri, found, pin),
      create: (uri: string, pin: PinSource, bits: number) => createSigningKey(uri, found, pin, bits),
    }
  })
  const certificateTokens = once(async () => {
    const [{CertificateTokens}, db, found, service] = await Promise.all([
      import('../lib/services/ca/tokens.js'),
      database(),
      settings(),
      authorities(),
    ])
    const randomSerials = found.flag('PI_TOKEN_SERIAL_RANDOM')
    return new CertificateTokens({db, authorities: service, security, users, randomSerials})
  })
  return {authorities, deviceKeys, certificateTokens}
}
