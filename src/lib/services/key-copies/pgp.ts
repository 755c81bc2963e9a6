import type {Key, PrivateKey} from 'openpgp'
import {enckeyBytes} from '../../crypto/enckey.js'
import {PiError, reasonOf} from '../../errors.js'

/**
 * The keys encrypted to PGP recipients, as an armoured message that gpg can open, too.
 * @param recipients armoured or binary public keys
 * @throws PiError INVALID_INPUT (no public key that can encrypt)
 */
export async function wrapForPgp(keys: Uint8Array, recipients: readonly Uint8Array[]): Promise<string> {
  const openpgp = await import('openpgp')
  try {
    const found = await Promise.all(recipients.map((one) => readKeys(one)))
    const message = await openpgp.createMessage({binary: new Uint8Array(keys), filename: 'enckey'})
    return (await openpgp.encrypt({message, encryptionKeys: found.flat()})) as string
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The key cannot be encrypted to the recipient: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

/**
 * The inverse of {@link wrapForPgp}.
 * @param secretKey armoured or binary secret key
 * @param passphrase asked for when the secret key has one
 * @throws PiError INVALID_INPUT (no message, no secret key), REFUSED (wrong passphrase), INTEGRITY (other recipient, damaged)
 */
export async function unwrapFromPgp(
  message: Uint8Array,
  secretKey: Uint8Array,
  passphrase: () => Promise<string>,
): Promise<Buffer> {
  const openpgp = await import('openpgp')
  const key = await readSecretKey(secretKey, passphrase)
  let bytes: Uint8Array
  try {
    const parsed = isArmoured(message)
      ? await openpgp.readMessage({armoredMessage: Buffer.from(message).toString('latin1')})
      : await openpgp.readMessage({binaryMessage: new Uint8Array(message)})
    const decrypted = await openpgp.decrypt({message: parsed, decryptionKeys: key, format: 'binary'})
    bytes = decrypted.data as Uint8Array
  } catch (error) {
    throw new PiError('INTEGRITY', `The message cannot be decrypted with this key: ${reasonOf(error)}`, {cause: error})
  }
  const keys = Buffer.from(bytes)
  if (keys.length === enckeyBytes) return keys
  throw new PiError('INTEGRITY', `The message holds ${keys.length} bytes; an encryption key has ${enckeyBytes}.`)
}

async function readKeys(content: Uint8Array): Promise<Key[]> {
  const openpgp = await import('openpgp')
  return isArmoured(content)
    ? openpgp.readKeys({armoredKeys: Buffer.from(content).toString('latin1')})
    : openpgp.readKeys({binaryKeys: new Uint8Array(content)})
}

async function readSecretKey(content: Uint8Array, passphrase: () => Promise<string>): Promise<PrivateKey> {
  const openpgp = await import('openpgp')
  let key: PrivateKey
  try {
    key = isArmoured(content)
      ? await openpgp.readPrivateKey({armoredKey: Buffer.from(content).toString('latin1')})
      : await openpgp.readPrivateKey({binaryKey: new Uint8Array(content)})
  } catch (error) {
    throw new PiError('INVALID_INPUT', `This is no PGP secret key: ${reasonOf(error)}`, {cause: error})
  }
  if (key.isDecrypted()) return key
  try {
    return await openpgp.decryptKey({privateKey: key, passphrase: await passphrase()})
  } catch (error) {
    if (error instanceof PiError) throw error
    throw new PiError('REFUSED', 'The passphrase of the PGP key is wrong.', {cause: error})
  }
}

function isArmoured(content: Uint8Array): boolean {
  return Buffer.from(content.subarray(0, 200)).toString('latin1').includes('-----BEGIN PGP')
}
