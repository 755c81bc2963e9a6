import type {Settings} from '../lib/config/settings.js'
import type {SecurityModule} from '../lib/security-module.js'

/** Where the password (or PIN) that opens a module may come from; tried in this order. */
export interface PasswordSources {
  /** Gives a password that was read before. */
  knownPassword?: (() => Promise<string>) | undefined
  /** An open file descriptor, read to its end; one line end is cut off. */
  passwordFd?: number | undefined
  passwordFile?: string | undefined
  /** Asks a person. */
  askPassword?: (() => Promise<string>) | undefined
}

/** Opens one kind of security module with the settings `PI_HSM_MODULE_…` it knows. */
export interface SecurityModuleDriver {
  /** @throws PiError CONFIG, UNAVAILABLE, INTEGRITY (wrong password) */
  open(settings: Settings, sources: PasswordSources): Promise<SecurityModule>
}
