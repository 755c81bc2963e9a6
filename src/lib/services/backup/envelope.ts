import {readFile} from 'node:fs/promises'
import {Readable} from 'node:stream'
import type {ReadableStream as WebStream} from 'node:stream/web'
import type {PrivateKey, PublicKey} from 'openpgp'
import {PiError, reasonOf} from '../../errors.js'

/** Whom a backup is encrypted for: whoever knows the password, or has the secret key of one of the recipients. */
export type SealFor = {password: string} | {recipientFiles: readonly string[]}

/** What may open a backup; asked for only when it is encrypted. */
export interface OpenWith {
  password?: (() => Promise<string>) | undefined
  pgpKeyFile?: string | undefined
}

/**
 * Encrypts a stream as an OpenPGP message, which gpg opens, too. A password is stretched as far as the format allows
 * (RFC 9580 §3.7.1.3).
 * @throws PiError INVALID_INPUT (no public key)
 */
export async function sealed(content: Readable, seal: SealFor): Promise<Readable> {
  const {createMessage, encrypt} = await import('openpgp')
  const message = await createMessage({binary: Readable.toWeb(content) as never, filename: 'backup.tgz'})
  const config = {s2kIterationCountByte: 255, preferredCompressionAlgorithm: 0}
  const encrypted: unknown =
    'password' in seal
      ? await encrypt({message, passwords: [seal.password], format: 'binary', config})
      : await encrypt({message, encryptionKeys: await recipients(seal.recipientFiles), format: 'binary', config})
  return Readable.fromWeb(encrypted as WebStream)
}

/**
 * The content of an encrypted backup. What it gives is not proven before its end, where a change shows as a failure.
 * @throws PiError USAGE (no key given), INVALID_INPUT (no such key), INTEGRITY (no key fits, or changed)
 */
export async function opened(content: Readable, name: string, keys: OpenWith): Promise<Readable> {
  const openpgp = await import('openpgp')
  let message: Awaited<ReturnType<typeof openpgp.readMessage>>
  try {
    message = await openpgp.readMessage({binaryMessage: Readable.toWeb(content) as never})
  } catch (error) {
    throw new PiError('INVALID_INPUT', `${name} is no backup: neither an archive nor an OpenPGP message.`, {
      cause: error,
    })
  }
  const forKey = keys.pgpKeyFile !== undefined
  const decryptionKeys = forKey ? await secretKeys(keys.pgpKeyFile!, keys) : []
  const password = forKey ? undefined : await keys.password?.()
  if (!forKey && password === undefined) {
    throw new PiError('USAGE', `${name} is encrypted, and there is no key to open it.`, {
      hints: ['Add --password-file FILE, or --pgp-key-file FILE for a backup made with --recipient'],
    })
  }
  try {
    const {data} = await openpgp.decrypt({
      message,
      decryptionKeys,
      ...(password !== undefined && {passwords: [password]}),
      format: 'binary',
      config: {allowUnauthenticatedStream: true},
    })
    return Readable.fromWeb(data as unknown as WebStream)
  } catch (error) {
    throw notOpened(name, error)
  }
}

/** The failure of a backup that cannot be decrypted. */
export function notOpened(name: string, cause: unknown): PiError {
  return new PiError('INTEGRITY', `${name} cannot be decrypted: the key is another, or the file was changed.`, {
    hints: ['Check --password-file or --pgp-key-file'],
    cause,
  })
}

/** Whether a file begins like an OpenPGP message: a packet with a session key (RFC 9580 §4.2, §5.1, §5.3). */
export function isSealed(head: Uint8Array): boolean {
  const first = head[0] ?? 0
  const tag = (first & 0xc0) === 0xc0 ? first & 0x3f : (first & 0xc0) === 0x80 ? (first >> 2) & 0x0f : 0
  return tag === 1 || tag === 3
}

async function recipients(files: readonly string[]): Promise<PublicKey[]> {
  const {readKeys} = await import('openpgp')
  const keys: PublicKey[] = []
  for (const file of files) {
    const content = await contentOf(file)
    try {
      const found = isArmoured(content)
        ? await readKeys({armoredKeys: content.toString('latin1')})
        : await readKeys({binaryKeys: new Uint8Array(content)})
      for (const key of found) await key.getEncryptionKey()
      keys.push(...found.map((key) => key.toPublic()))
    } catch (error) {
      throw new PiError('INVALID_INPUT', `${file} holds no OpenPGP key to encrypt to: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }
  return keys
}

async function secretKeys(file: string, {password}: OpenWith): Promise<PrivateKey[]> {
  const {readPrivateKeys, decryptKey} = await import('openpgp')
  const content = await contentOf(file)
  let keys: PrivateKey[]
  try {
    keys = isArmoured(content)
      ? await readPrivateKeys({armoredKeys: content.toString('latin1')})
      : await readPrivateKeys({binaryKeys: new Uint8Array(content)})
  } catch (error) {
    throw new PiError('INVALID_INPUT', `${file} is no OpenPGP secret key.`, {cause: error})
  }
  return Promise.all(
    keys.map(async (privateKey) => {
      if (privateKey.isDecrypted()) return privateKey
      const passphrase = await password?.()
      if (passphrase === undefined)
        throw new PiError('USAGE', `The key in ${file} has a passphrase, and none was given.`)
      try {
        return await decryptKey({privateKey, passphrase})
      } catch (error) {
        throw new PiError('INTEGRITY', `The passphrase does not open the key in ${file}.`, {cause: error})
      }
    }),
  )
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new PiError('INVALID_INPUT', `The key ${file} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}

function isArmoured(content: Buffer): boolean {
  return content.subarray(0, 200).toString('latin1').includes('-----BEGIN PGP')
}
