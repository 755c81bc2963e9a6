import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import type {Settings} from '../lib/config/settings.js'
import {PiError, type ErrorCode} from '../lib/errors.js'
import {
  hasAbility,
  keySlots,
  type DeviceModule,
  type DeviceReport,
  type KeySlot,
  type SecurityModule,
} from '../lib/security-module.js'
import {libraryOf, listTokens} from './inspect.js'

/** One thing that `hsm doctor` looked at. */
export interface Check {
  id: string
  /** `skipped`: what it needs failed before. */
  result: 'ok' | 'warning' | 'failed' | 'skipped'
  message: string
  /** What to do about it. */
  fix?: string
  /** Which kind of failure it is. */
  code?: ErrorCode
}

export interface DoctorEnv {
  settings: Settings
  /** Opens the configured module; the caller closes it. */
  openModule: () => Promise<SecurityModule>
  /** Decrypts some values of the database and says which; absent without a database. */
  proveDatabase?: () => Promise<string>
}

/** Looks at everything between the configuration and a decrypted row, and never stops at the first fault. */
export async function examineHsm(env: DoctorEnv): Promise<{checks: Check[]; device: DeviceReport | undefined}> {
  const checks: Check[] = []
  const {settings} = env
  if (settings.text('PI_HSM_MODULE_MODULE') !== undefined) {
    await look(checks, 'library', async () => {
      const path = libraryOf(settings)
      const slots = await listTokens(path)
      const tokens = slots.filter(({initialized}) => initialized)
      if (tokens.length === 0) throw new PiError('UNAVAILABLE', `${path} works, but there is no token in its slots.`)
      return `${path}: ${tokens.map(({label, slot}) => `'${label}' in slot ${slot}`).join(', ')}`
    })
    checks.push(addressing(settings))
  }
  if (isEncryptKey(settings)) checks.push(lockFolder(settings))
  const module = await look(checks, 'login', async () => {
    const opened = await env.openModule()
    return {value: opened, text: opened.description}
  })
  if (!module) {
    for (const id of ['device', 'mechanism', 'keys', 'round-trip', 'database']) {
      checks.push({id, result: 'skipped', message: 'The module could not be opened.'})
    }
    return {checks, device: undefined}
  }
  const device = await examineModule(checks, module, env)
  return {checks, device}
}

async function examineModule(
  checks: Check[],
  module: SecurityModule,
  env: DoctorEnv,
): Promise<DeviceReport | undefined> {
  let device: DeviceReport | undefined
  if (hasAbility<DeviceModule>(module, 'report')) {
    device = await look(checks, 'device', async () => {
      const value = await module.report()
      const {library, token} = value
      return {
        value,
        text: `${token.manufacturer} ${token.model}, serial ${token.serial}; library ${library.description} ${library.version}, PKCS#11 ${library.cryptoki}`,
      }
    })
    if (device) checks.push(mechanism(device), ...keyChecks(device))
  } else {
    checks.push({id: 'device', result: 'ok', message: `${module.description}: no device, the keys are in a file`})
  }
  await look(checks, 'round-trip', async () => {
    for (const slot of neededSlots) await roundTrip(module, slot)
    return `Values encrypted with the keys for ${neededSlots.join(' and ')} come back unchanged`
  })
  const {proveDatabase} = env
  if (proveDatabase) await look(checks, 'database', proveDatabase)
  return device
}

/** The third key is reserved: installations work without it. */
const neededSlots: readonly KeySlot[] = ['token', 'config']

async function roundTrip(module: SecurityModule, slot: KeySlot): Promise<void> {
  const plaintext = randomBytes(40)
  const iv = await module.random(16)
  const back = await module.decrypt(slot, await module.encrypt(slot, plaintext, iv), iv)
  if (!back.equals(plaintext)) throw new PiError('INTEGRITY', `The ${slot} key gives back something else than it got.`)
}

function mechanism(device: DeviceReport): Check {
  const id = 'mechanism'
  if (device.module === 'Encrypt-Key HSM') {
    const rsa = device.mechanisms.some(({name, uses}) => name === 'CKM_RSA_PKCS' && uses.includes('decrypt'))
    return rsa
      ? {id, result: 'ok', message: 'CKM_RSA_PKCS'}
      : {id, result: 'failed', message: 'The token does not offer CKM_RSA_PKCS for decryption.', code: 'CONFIG'}
  }
  if (device.aesMode === undefined) {
    return {id, result: 'failed', message: 'The token does not offer CKM_AES_CBC_PAD.', code: 'CONFIG'}
  }
  if (device.aesMode === 'cbc-pad') return {id, result: 'ok', message: 'CKM_AES_CBC_PAD'}
  return {
    id,
    result: 'warning',
    message: `The token does not offer CKM_AES_CBC_PAD; ${device.aesMode === 'cbc' ? 'CKM_AES_CBC' : 'CKM_AES_ECB'} is used, with the rest done here. The original servers cannot use it.`,
    fix: 'Use the library of the vendor directly, not through a proxy',
  }
}

function keyChecks(device: DeviceReport): Check[] {
  const used = device.keys.filter(
    (key) => key.usedFor !== undefined && (key.usedFor !== 'wrapping' || key.kind === 'private'),
  )
  const wanted = device.module === 'Encrypt-Key HSM' ? (['wrapping'] as const) : keySlots
  return wanted.map((slot): Check => {
    const id = `key-${slot}`
    const keys = used.filter((key) => key.usedFor === slot)
    const [key] = keys
    if (!key) {
      return slot === 'value'
        ? {id, result: 'warning', message: 'There is no key for values; it is reserved and not needed.'}
        : {
            id,
            result: 'failed',
            message: `The configured key for ${slot} is not in the token.`,
            fix: 'See pi-manage hsm list --keys',
            code: 'CONFIG',
          }
    }
    if (keys.length > 1) {
      return {
        id,
        result: 'failed',
        message: `${keys.length} keys have the label '${key.label}'; which one is used is chance.`,
        fix: 'Delete or rename all but the right one',
        code: 'CONFIG',
      }
    }
    if (key.extractable || !key.sensitive) {
      return {
        id,
        result: 'warning',
        message: `The key '${key.label}' can be read out of the token.`,
        fix: 'Make new keys with hsm create-keys and rotate to them',
      }
    }
    const origin = key.neverExtractable === false ? 'imported' : 'made in the token'
    return {
      id,
      result: 'ok',
      message: `'${key.label}': ${key.type}${key.bits ? ` ${key.bits}` : ''}, cannot be read out, ${origin}`,
    }
  })
}

/** Slot numbers move; labels and serials do not (Luna, SoftHSM, anything behind a proxy). */
function addressing(settings: Settings): Check {
  const named = settings.text('PI_HSM_MODULE_TOKEN_LABEL') ?? settings.text('PI_HSM_MODULE_TOKEN_SERIAL')
  if (named !== undefined || isEncryptKey(settings))
    return {id: 'addressing', result: 'ok', message: 'The token is named by what stays with it'}
  const slot = settings.integer('PI_HSM_MODULE_SLOT') ?? 1
  if (slot < 0) return {id: 'addressing', result: 'ok', message: 'The only token there is'}
  return {
    id: 'addressing',
    result: 'warning',
    message: `The token is named by its slot number ${slot}, which may change when the machine starts again.`,
    fix: 'Add PI_HSM_MODULE_TOKEN_SERIAL or PI_HSM_MODULE_TOKEN_LABEL',
  }
}

function isEncryptKey(settings: Settings): boolean {
  return settings.text('PI_HSM_MODULE')?.endsWith('EncryptKeyHardwareSecurityModule') === true
}

function lockFolder(settings: Settings): Check {
  const folder = settings.path('PI_HSM_MODULE_LOCK_DIR') ?? '/dev/shm/pilock'
  return existsSync(folder)
    ? {
        id: 'lock',
        result: 'warning',
        message: `The lock ${folder} is held; a start waits for it.`,
        fix: `When no other start is running: rmdir ${folder}`,
      }
    : {id: 'lock', result: 'ok', message: `The lock ${folder} is free`}
}

/** Runs one check; what it throws is its failure. */
async function look<R = undefined>(
  checks: Check[],
  id: string,
  work: () => Promise<string | {value: R; text: string}>,
): Promise<R | undefined> {
  try {
    const found = await work()
    checks.push({id, result: 'ok', message: typeof found === 'string' ? found : found.text})
    return typeof found === 'string' ? undefined : found.value
  } catch (error) {
    if (!(error instanceof PiError)) throw error
    const fix = error.hints.join('; ')
    checks.push({id, result: 'failed', message: error.message, ...(fix && {fix}), code: error.code})
    return undefined
  }
}
