import {readFile} from 'node:fs/promises'
import {isEncryptedEnckey} from '../../lib/crypto/enckey.js'
import {PiError, reasonOf} from '../../lib/errors.js'
import type {PasswordSources, SecurityModuleDriver} from '../contract.js'
import {KeySetModule} from '../key-set.js'

/** The original's default module: the keys are in the file `PI_ENCFILE`, plain or protected by a password (spec/02 §4). */
export const driver: SecurityModuleDriver = {
  async open(settings, sources) {
    const path = settings.path('PI_ENCFILE')
    if (path === undefined)
      throw new PiError('CONFIG', 'There is no PI_ENCFILE in the configuration.', {hints: ['Or use --enckey FILE']})
    return openKeyFile(path, sources)
  },
}

/** Opens a key file, plain or protected by a password. @throws PiError CONFIG, UNAVAILABLE, INTEGRITY (wrong password) */
export async function openKeyFile(path: string, sources: PasswordSources): Promise<KeySetModule> {
  const content = await readKeyFile(path)
  if (isEncryptedEnckey(content)) {
    const {openEncryptedEnckey} = await import('./encrypted-enckey.js')
    return openEncryptedEnckey(path, content, sources)
  }
  return new KeySetModule(`key file ${path}`, content)
}

async function readKeyFile(path: string): Promise<Buffer> {
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (error) {
    throw new PiError('CONFIG', `The key file ${path} cannot be read: ${reasonOf(error)}`, {
      hints: ['It is named by PI_ENCFILE of the configuration, or by --enckey'],
      cause: error,
    })
  }
  if (content.length >= 32) return content
  throw new PiError('CONFIG', `The key file ${path} has ${content.length} bytes; a key file has 96.`)
}
