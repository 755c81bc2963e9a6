import {readFile} from 'node:fs/promises'
import type {PrivateKey} from 'openpgp'
import {PiError, reasonOf} from '../../lib/errors.js'
import type {ReadOptions, TokenInput} from '../contract.js'
import {readGnupgHome} from './gnupg-home.js'
import {inputOf} from './input.js'
import {readWhole} from './whole.js'

const armour = '-----BEGIN PGP MESSAGE-----'

/** What an encrypted file may hold; it is decrypted into memory, never into a file. */
const limit = 256 * 1024 * 1024

/** Whether a file is an OpenPGP message, armoured (also behind blanks) or binary. */
export function isPgpMessage({head}: TokenInput): boolean {
  if (head.text.replace('\uFEFF', '').trimStart().startsWith(armour)) return true
  const [first = 0, second = 0, third = 0] = head.bytes
  // Packets 1 and 3, a session key for a key or a password, in the old and the new form of the header.
  const tag = (first & 0xc0) === 0xc0 ? first & 0x3f : (first & 0xc0) === 0x80 ? (first >> 2) & 0x0f : 0
  if (tag !== 1 && tag !== 3) return false
  const version = (first & 0xc0) === 0xc0 ? third : head.bytes[[2, 3, 5, 1][first & 3]!]
  return (
    (head.text === '' || head.text.includes('\uFFFD')) &&
    second > 0 &&
    version !== undefined &&
    version >= 3 &&
    version <= 6
  )
}

/**
 * The content of an OpenPGP message.
 * @throws PiError USAGE (no key), INTEGRITY (no key fits, damaged or not protected against changes)
 */
export async function decryptPgp(input: TokenInput, options: ReadOptions): Promise<TokenInput> {
  const openpgp = await import('openpgp')
  const bytes = await readWhole(input, limit)
  const text = bytes.subarray(0, 4096).toString('latin1').replace('\xef\xbb\xbf', '').trimStart()
  let message: Awaited<ReturnType<typeof openpgp.readMessage<Uint8Array>>>
  try {
    message = text.startsWith(armour)
      ? ((await openpgp.readMessage({
          armoredMessage: bytes.toString('latin1').replace('\xef\xbb\xbf', '').trimStart(),
        })) as never)
      : await openpgp.readMessage({binaryMessage: new Uint8Array(bytes)})
  } catch (error) {
    throw new PiError('INVALID_INPUT', `${input.name} is a damaged OpenPGP message.`, {cause: error})
  }
  const decryptionKeys = await privateKeys(options)
  const forPassword = message.getEncryptionKeyIDs().length === 0
  const password = forPassword ? await passwordOf(options) : undefined
  if (decryptionKeys.length === 0 && password === undefined) {
    throw new PiError('USAGE', `${input.name} is encrypted with OpenPGP, and there is no key to open it.`, {
      hints: [
        forPassword
          ? 'Add --password-file FILE, or --preshared-key-file FILE'
          : 'Add --pgp-key-file FILE, or --gnupg-home DIR',
      ],
    })
  }
  try {
    const {data} = await openpgp.decrypt({
      message,
      decryptionKeys,
      format: 'binary',
      ...(password !== undefined && {passwords: [password]}),
    })
    return inputOf(input.name, data as Uint8Array)
  } catch (error) {
    throw new PiError('INTEGRITY', `${input.name} cannot be decrypted: no key fits, or the file was changed.`, {
      hints: ['Check --pgp-key-file, --gnupg-home or the password'],
      cause: error,
    })
  }
}

/** A key that encrypts one of our files stands for a password: its hex digits. */
async function passwordOf({presharedKey, password}: ReadOptions): Promise<string | undefined> {
  return presharedKey ? Buffer.from(presharedKey).toString('hex') : password?.()
}

/** Keys of the file that was named, else of the key ring of the installation. */
async function privateKeys(options: ReadOptions): Promise<PrivateKey[]> {
  const {readPrivateKeys, decryptKey} = await import('openpgp')
  const {pgpKeyFile} = options
  if (pgpKeyFile === undefined) {
    const home = await options.gnupgHome?.()
    return home === undefined ? [] : readGnupgHome(home)
  }
  let keys: PrivateKey[]
  try {
    const bytes = await readFile(pgpKeyFile)
    const armored = bytes.toString('latin1').trimStart()
    keys = armored.startsWith('-----BEGIN PGP')
      ? await readPrivateKeys({armoredKeys: armored})
      : await readPrivateKeys({binaryKeys: new Uint8Array(bytes)})
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new PiError(
      'INVALID_INPUT',
      `${pgpKeyFile}: ${missing ? 'there is no such file' : 'this is no OpenPGP private key'}.`,
      {
        cause: error,
      },
    )
  }
  return Promise.all(
    keys.map(async (key) => {
      if (key.isDecrypted()) return key
      const passphrase = await options.password?.()
      if (passphrase === undefined)
        throw new PiError('USAGE', `The key in ${pgpKeyFile} has a passphrase, and none was given.`)
      try {
        return await decryptKey({privateKey: key, passphrase})
      } catch (error) {
        throw new PiError('INTEGRITY', `The passphrase does not open the key in ${pgpKeyFile}: ${reasonOf(error)}`)
      }
    }),
  )
}
