import {mkdir, readFile, rmdir} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {enckeyBytes} from '../../lib/crypto/enckey.js'
import type {Settings} from '../../lib/config/settings.js'
import {PiError, reasonOf} from '../../lib/errors.js'
import type {SecurityModuleDriver} from '../contract.js'
import {KeySetModule} from '../key-set.js'
import {pinOf, tokenOptions} from './pkcs11/configuration.js'
import {describeReturnCode, returnCodeOf} from './pkcs11/errors.js'
import {findKeys, modulusBytes, rsaKeyTemplate} from './pkcs11/keys.js'
import {decryptRsa, encryptRsa} from './pkcs11/mechanisms.js'
import {reportDevice, Token} from './pkcs11/index.js'
import type {DeviceModule, DeviceReport} from '../../lib/security-module.js'

/**
 * The key file is encrypted to an RSA key in a PKCS#11 token, which opens it once; afterwards the keys are in memory
 * and the token is not needed (spec/02 §11.4).
 */
export const driver: SecurityModuleDriver = {
  async open(settings, sources) {
    const path = keyFilePath(settings)
    let content: Buffer
    try {
      content = await readFile(path)
    } catch (error) {
      throw new PiError('CONFIG', `The key file ${path} cannot be read: ${reasonOf(error)}`, {
        hints: ['It is named by PI_HSM_MODULE_ENCFILE of the configuration'],
        cause: error,
      })
    }
    const {keys, report} = await withToken(settings, await pinOf(settings, sources), async (token, wanted) => ({
      keys: await unwrap(token, wanted, content, path),
      report: await deviceReport(token, wanted),
    }))
    return new EncryptKeyModule(`Encrypt-Key HSM, key file ${path}`, keys, report)
  },
}

/** Encrypts key bytes to the public key in the token: the content of a new ENCFILE. @throws PiError CONFIG, UNAVAILABLE, REFUSED */
export async function wrapForToken(settings: Settings, pin: Buffer | undefined, keys: Uint8Array): Promise<Buffer> {
  return withToken(settings, pin, (token, wanted) =>
    token.run('Encrypting the key file', async (session) => {
      const {js, p11, handle} = session
      const [key] = findKeys(p11, handle, rsaKeyTemplate(js, 'public', wanted))
      if (!key) throw noKey('public', wanted, token)
      return encryptRsa(session, key, keys, modulusBytes(js, p11, handle, key))
    }),
  )
}

interface WantedKey {
  keyId: number | undefined
  keyLabel: string | undefined
}

class EncryptKeyModule extends KeySetModule implements DeviceModule {
  readonly #report: DeviceReport

  constructor(description: string, keys: Buffer, report: DeviceReport) {
    super(description, keys)
    this.#report = report
  }

  /** As it was when the keys were unwrapped: the token is not needed since. */
  async report(): Promise<DeviceReport> {
    return this.#report
  }
}

async function unwrap(token: Token, wanted: WantedKey, content: Buffer, path: string): Promise<Buffer> {
  const keys = await token.run('Decrypting the key file', async (session) => {
    const {js, p11, handle} = session
    const [key] = findKeys(p11, handle, rsaKeyTemplate(js, 'private', wanted))
    if (!key) throw noKey('private', wanted, token)
    try {
      return await decryptRsa(session, key, content)
    } catch (error) {
      const rv = returnCodeOf(error)
      // Bad padding is told by various codes; a device in trouble by those that ask for a restart.
      if (
        rv !== undefined &&
        ['data', 'never'].includes(describeReturnCode(rv).conduct) &&
        rv !== 0x70 &&
        rv !== 0x68
      ) {
        return undefined
      }
      throw error
    }
  })
  if (keys?.length === enckeyBytes) return keys
  throw new PiError(
    'INTEGRITY',
    `The key file ${path} cannot be decrypted with the RSA key of the ${token.description}.`,
    {
      hints: ['PI_HSM_MODULE_KEYID or _KEYLABEL names the key, PI_HSM_MODULE_ENCFILE the file'],
    },
  )
}

async function deviceReport(token: Token, {keyId, keyLabel}: WantedKey): Promise<DeviceReport> {
  const report = await reportDevice(token, 'Encrypt-Key HSM')
  for (const key of report.keys) {
    const isWanted = keyId ? key.id === Buffer.from([keyId]).toString('hex') : key.label === keyLabel
    if (key.kind !== 'secret' && isWanted) key.usedFor = 'wrapping'
  }
  return report
}

/** Opens the token under the lock that other starts respect, and closes it again. */
async function withToken<R>(
  settings: Settings,
  pin: Buffer | undefined,
  work: (token: Token, wanted: WantedKey) => Promise<R>,
): Promise<R> {
  const keyId = settings.integer('PI_HSM_MODULE_KEYID')
  const keyLabel = settings.text('PI_HSM_MODULE_KEYLABEL')
  if (!keyId && keyLabel === undefined) {
    throw new PiError(
      'CONFIG',
      'The configuration names no RSA key: PI_HSM_MODULE_KEYID or PI_HSM_MODULE_KEYLABEL is needed.',
    )
  }
  if (keyId !== undefined && (keyId < 0 || keyId > 255)) {
    throw new PiError('CONFIG', `PI_HSM_MODULE_KEYID is ${keyId}; it is one byte, 0 to 255.`)
  }
  // 0 counts as unset.
  const options = tokenOptions(settings, {defaultSlot: -1})
  const selector = {...options.selector, slot: options.selector.slot || -1}
  return withLock(settings, async () => {
    const token = await Token.open({...options, selector, pin})
    try {
      return await work(token, {keyId, keyLabel})
    } finally {
      await token.close()
    }
  })
}

/**
 * A folder is the lock (`PI_HSM_MODULE_LOCK_DIR`), as the original has it: making it is atomic.
 * @throws PiError LOCKED when it does not come free within `PI_HSM_MODULE_TIMEOUT` seconds
 */
async function withLock<R>(settings: Settings, work: () => Promise<R>): Promise<R> {
  const folder = settings.path('PI_HSM_MODULE_LOCK_DIR') ?? '/dev/shm/pilock'
  const seconds = settings.integer('PI_HSM_MODULE_TIMEOUT') ?? 15
  for (let waited = 0; !(await makeLock(folder)); waited++) {
    if (waited >= seconds) {
      throw new PiError('LOCKED', `The lock ${folder} is held by another start that uses the HSM.`, {
        hints: [`When no other is running, it was left over by a crash: rmdir ${folder}`],
      })
    }
    await sleep(1000)
  }
  try {
    return await work()
  } finally {
    await rmdir(folder).catch(() => {})
  }
}

async function makeLock(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new PiError('CONFIG', `The lock folder ${folder} cannot be made: ${reasonOf(error)}`, {
      hints: ['PI_HSM_MODULE_LOCK_DIR names it'],
      cause: error,
    })
  }
}

function keyFilePath(settings: Settings): string {
  const path = settings.path('PI_HSM_MODULE_ENCFILE')
  if (path !== undefined) return path
  throw new PiError('CONFIG', 'There is no PI_HSM_MODULE_ENCFILE in the configuration: the encrypted key file.')
}

function noKey(kind: 'private' | 'public', {keyId, keyLabel}: WantedKey, token: Token): PiError {
  const what = keyId ? `the id ${keyId}` : `the label '${keyLabel}'`
  return new PiError('CONFIG', `There is no ${kind} RSA key with ${what} in the ${token.description}.`, {
    hints: ['PI_HSM_MODULE_KEYID or PI_HSM_MODULE_KEYLABEL names it; see pi-manage hsm list'],
  })
}
