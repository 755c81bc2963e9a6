import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {enckeyBytes} from '../../crypto/enckey.js'
import {fingerprint} from '../../crypto/key-fingerprint.js'
import {decryptValue, encryptValue} from '../../crypto/secret-values.js'
import {PiError, reasonOf} from '../../errors.js'
import {writeNewFile, type FileAttributes} from '../../files/durable.js'
import type {SecurityModule} from '../../security-module.js'

const format = 'pi-manage sealed keys 1'

/** A key file that only the holder of other keys can open. */
interface SealedKeys {
  format: typeof format
  runId: string
  sealedAt: string
  /** Fingerprint of the token key inside. */
  fingerprint: string
  /** Fingerprint of the config key that opens it. */
  openedBy: string
  /** `hex(IV):hex(C)` under that key: the hex of the keys, and their SHA-256. */
  keys: string
}

/**
 * Keeps keys that are no longer in use for what they may still be needed for, such as older backups: encrypted under the
 * keys that took their place, so that the old ones alone are worth nothing.
 * @throws PiError ALREADY_EXISTS, CONFIG, UNAVAILABLE
 */
export async function sealKeys(
  path: string,
  keys: Uint8Array,
  by: SecurityModule,
  {runId, sealedFingerprint, attributes}: {runId: string; sealedFingerprint: string; attributes: FileAttributes},
): Promise<void> {
  const hex = Buffer.from(keys).toString('hex')
  const document: SealedKeys = {
    format,
    runId,
    sealedAt: new Date().toISOString(),
    fingerprint: sealedFingerprint,
    openedBy: await fingerprint(by, 'config'),
    keys: await encryptValue(by, `${hex} ${digest(hex)}`),
  }
  await writeNewFile(path, `${JSON.stringify(document, undefined, 2)}\n`, attributes)
}

/**
 * The inverse of {@link sealKeys}.
 * @returns 96 bytes; the caller overwrites them
 * @throws PiError INVALID_INPUT (no sealed keys), INTEGRITY (sealed by other keys, damaged), UNAVAILABLE
 */
export async function unsealKeys(path: string, by: SecurityModule): Promise<Buffer> {
  const document = await readSealed(path)
  const own = await fingerprint(by, 'config')
  if (own !== document.openedBy) {
    throw new PiError(
      'INTEGRITY',
      `${path} was sealed by the keys ${document.openedBy}, not by those of the ${by.description} (${own}).`,
      {
        hints: ['Unseal the sealed file of a later rotation first, and use its keys with --enckey'],
      },
    )
  }
  const [hex = '', sum] = (await decryptValue(by, document.keys)).split(' ')
  const keys = Buffer.from(hex, 'hex')
  if (sum !== digest(hex) || keys.length !== enckeyBytes) throw new PiError('INTEGRITY', `${path} is damaged.`)
  return keys
}

async function readSealed(path: string): Promise<SealedKeys> {
  try {
    const document = JSON.parse(await readFile(path, 'utf8')) as SealedKeys
    if (document.format === format && typeof document.keys === 'string') return document
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The sealed keys in ${path} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
  throw new PiError('INVALID_INPUT', `${path} holds no sealed keys.`)
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'ascii').digest('hex')
}
