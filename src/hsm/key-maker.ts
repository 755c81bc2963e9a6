import {randomBytes} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import type {Settings} from '../lib/config/settings.js'
import {enckeyBytes, encryptEnckey, isEncryptedEnckey} from '../lib/crypto/enckey.js'
import {fingerprint} from '../lib/crypto/key-fingerprint.js'
import {PiError} from '../lib/errors.js'
import {writeNewFile, type FileAttributes} from '../lib/files/durable.js'
import {hasAbility, type KeyCreator, type KeyLabels} from '../lib/security-module.js'
import type {KeyMaking} from '../lib/services/key-rotation/plan.js'
import type {ModuleRef} from '../lib/services/key-rotation/run-state.js'
import {findPassword} from './password.js'
import {openModuleRef, settingsOfRef, sourcesOfRef, type RotationSources} from './registry.js'

/** How the keys of a rotation come into being: in a file, or in a token. */
export interface KeyMakerEnv {
  settings: Settings
  sources: RotationSources
}

/**
 * Makes new keys.
 * @throws PiError ALREADY_EXISTS, CONFIG, UNAVAILABLE, REFUSED (the token allows none)
 */
export async function makeKeys(
  making: KeyMaking,
  to: ModuleRef,
  attributes: FileAttributes,
  env: KeyMakerEnv,
): Promise<void> {
  if (making.kind === 'existing') return
  if (making.kind === 'token-keys') {
    await makeTokenKeys(making.labels, to, env)
    return
  }
  const keys = randomBytes(enckeyBytes)
  try {
    const content =
      making.kind === 'wrapped-file' ? await wrapped(keys, to, env) : await keyFile(keys, making.encrypted, to, env)
    await writeNewFile(making.path, content, attributes)
  } finally {
    keys.fill(0)
  }
}

async function keyFile(
  keys: Buffer,
  encrypted: boolean | 'as-before',
  to: ModuleRef,
  {settings, sources}: KeyMakerEnv,
): Promise<Uint8Array | string> {
  const present = encrypted === 'as-before' ? settings.path('PI_ENCFILE') : undefined
  const wantsPassword = encrypted === true || (present !== undefined && isEncryptedEnckey(await readFile(present)))
  if (!wantsPassword) return keys
  const password = await findPassword(encrypted === true ? sourcesOfRef(to, sources) : sources)
  if (password === undefined) {
    throw new PiError('CONFIG', 'The new key file is to have a password, and none was given.', {
      hints: ['Give it with --new-password-file FILE'],
    })
  }
  return encryptEnckey(keys, password)
}

async function wrapped(keys: Buffer, to: ModuleRef, {settings, sources}: KeyMakerEnv): Promise<Buffer> {
  const [{wrapForToken}, {pinOf}] = await Promise.all([
    import('./drivers/encrypt-key-hsm.js'),
    import('./drivers/pkcs11/configuration.js'),
  ])
  const target = await settingsOfRef(to, settings)
  return wrapForToken(target, await pinOf(target, sourcesOfRef(to, sources)), keys)
}

/** Labels are settled before, so that a second attempt finds what a first one made. */
async function makeTokenKeys(labels: KeyLabels, to: ModuleRef, {settings, sources}: KeyMakerEnv): Promise<void> {
  const module = await openModuleRef(to, settings, sources)
  try {
    if (!hasAbility<KeyCreator>(module, 'createKeys')) {
      throw new PiError('CONFIG', `Keys cannot be made in the ${module.description}.`)
    }
    const present = await fingerprint(module, 'token').then(
      () => true,
      (error: unknown) => {
        if (error instanceof PiError && error.code === 'CONFIG') return false
        throw error
      },
    )
    if (!present) await module.createKeys(labels)
  } finally {
    await module.close()
  }
}
