import type {Settings} from '../lib/config/settings.js'
import {PiError} from '../lib/errors.js'
import type {SecurityModule} from '../lib/security-module.js'
import {runStatePath, runStateStamp, type ModuleRef} from '../lib/services/key-rotation/run-state.js'
import type {PasswordSources, SecurityModuleDriver} from './contract.js'
import {remembering} from './password.js'
import {ModuleSettings} from './module-settings.js'
import {RotationAwareModule} from './rotation-aware.js'

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
 * Opens the security module of an installation; the caller closes it. While the keys are being rotated it reads and
 * writes values of both, and it goes on with the new ones afterwards.
 * @throws PiError CONFIG (unknown module, no key file), UNAVAILABLE (not ready), INTEGRITY (wrong password)
 */
export async function openSecurityModule(settings: Settings, sources: PasswordSources = {}): Promise<SecurityModule> {
  const statePath = runStatePath(settings)
  if (statePath === undefined) return openModuleAlone(settings, sources)
  const stamp = runStateStamp(statePath)
  const known = remembering(sources)
  const inner = await openModuleAlone(settings, known)
  return new RotationAwareModule(inner, {
    statePath,
    stamp,
    openModule: (ref) => openModuleRef(ref, settings, known),
  })
}

/** Opens what the settings name, and nothing else, whatever rotation is under way. @throws PiError as openSecurityModule */
export async function openModuleAlone(settings: Settings, sources: PasswordSources): Promise<SecurityModule> {
  const configured = settings.text('PI_HSM_MODULE') ?? 'security.default.DefaultSecurityModule'
  const load = drivers[configured.replace(/^(privacyidea|edumfa)\.lib\./, '')]
  if (!load) {
    throw new PiError('CONFIG', `The security module '${configured}' (PI_HSM_MODULE) is not supported.`, {
      hints: [`Supported: ${Object.keys(drivers).join(', ')}`],
    })
  }
  return (await load()).open(settings, sources)
}

/** Opens one of the two modules of a key rotation. @throws PiError as openSecurityModule */
export async function openModuleRef(
  ref: ModuleRef,
  settings: Settings,
  sources: RotationSources,
): Promise<SecurityModule> {
  return openModuleAlone(await settingsOfRef(ref, settings), sourcesOfRef(ref, sources))
}

/** Where the passwords of both modules of a rotation come from. */
export interface RotationSources extends PasswordSources {
  /** Asks for that of the new module; `askPassword` when left out. */
  askNewPassword?: (() => Promise<string>) | undefined
}

/** The settings by which one of the two modules of a rotation is opened. @throws PiError CONFIG */
export async function settingsOfRef(ref: ModuleRef, settings: Settings): Promise<Settings> {
  const base = ref.configFile === undefined ? settings : await settings.at?.(ref.configFile)
  if (!base) throw new PiError('CONFIG', `The settings in ${ref.configFile} cannot be read.`)
  return ref.settings ? new ModuleSettings(base, ref.settings) : base
}

/** The password given with a command is for the installation's module only: no device is asked with that of another. */
export function sourcesOfRef(ref: ModuleRef, sources: RotationSources): PasswordSources {
  if (ref.passwordFile !== undefined) return {passwordFile: ref.passwordFile}
  return ref.givenPassword ? sources : {askPassword: sources.askNewPassword ?? sources.askPassword}
}
