import type {Settings} from '../lib/config/settings.js'
import {PiError} from '../lib/errors.js'
import type {SecurityModule} from '../lib/security-module.js'
import type {PasswordSources, SecurityModuleDriver} from './contract.js'

/**
 * Drivers by the class that `PI_HSM_MODULE` names, without the product in front (`privacyidea.lib.` or `edumfa.lib.`).
 * To add one, add a line.
 */
const drivers: Record<string, () => Promise<SecurityModuleDriver>> = {
  'security.default.DefaultSecurityModule': async () => (await import('./drivers/enckey-file.js')).driver,
  'security.aeshsm.AESHardwareSecurityModule': async () => (await import('./drivers/aes-hsm.js')).driver,
  'security.encryptkey.EncryptKeyHardwareSecurityModule': async () =>
    (await import('./drivers/encrypt-key-hsm.js')).driver,
}

/**
 * Opens the security module of an installation; the caller closes it.
 * @throws PiError CONFIG (unknown module, no key file), UNAVAILABLE (not ready), INTEGRITY (wrong password)
 */
export async function openSecurityModule(settings: Settings, sources: PasswordSources = {}): Promise<SecurityModule> {
  const configured = settings.text('PI_HSM_MODULE') ?? 'security.default.DefaultSecurityModule'
  const load = drivers[configured.replace(/^(privacyidea|edumfa)\.lib\./, '')]
  if (!load) {
    throw new PiError('CONFIG', `The security module '${configured}' (PI_HSM_MODULE) is not supported.`, {
      hints: [`Supported: ${Object.keys(drivers).join(', ')}`],
    })
  }
  return (await load()).open(settings, sources)
}
