import {createPrivateKey, createPublicKey, generateKeyPair} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {promisify} from 'node:util'
import {enckeyBytes, isEncryptedEnckey} from '../../crypto/enckey.js'
import {systemRandom, type RandomSource} from '../../crypto/random.js'
import {PiError, reasonOf} from '../../errors.js'
import {createWhole} from './whole-file.js'

/** Whether something was made now, or was there and is left alone. */
export type Made = 'made' | 'kept'

/**
 * The key file: 96 random bytes, mode 0400 (spec/02 §4.1).
 * @throws PiError INTEGRITY when a file is there that is no key file
 */
export async function ensureEnckey(file: string, random: RandomSource = systemRandom): Promise<Made> {
  if (await createWhole(file, async () => random(enckeyBytes), 0o400)) return 'made'
  const content = await readExisting(file)
  if (content.length !== enckeyBytes && !isEncryptedEnckey(content)) {
    throw new PiError('INTEGRITY', `${file} is there, but it is no key file: it has ${content.length} bytes.`)
  }
  return 'kept'
}

/**
 * The RSA pair that signs audit rows: PKCS#1 mode 0400, and SubjectPublicKeyInfo. A public key that is missing is made
 * from the private one.
 * @throws PiError REFUSED (a public key without its private one), INTEGRITY (they do not belong together)
 */
export async function ensureAuditKeys(privateFile: string, publicFile: string, modulusLength = 2048): Promise<Made> {
  const known = await readIfThere(publicFile)
  const there = await readIfThere(privateFile)
  if (known && !there) {
    throw new PiError(
      'REFUSED',
      `There is a public key, ${publicFile}, but its private key ${privateFile} is missing.`,
      {
        hints: [`Bring back ${privateFile}, or move ${publicFile} away to make a new pair`],
      },
    )
  }
  let made: Made = 'kept'
  if (!there) {
    const pair = await promisify(generateKeyPair)('rsa', {modulusLength, publicExponent: 65_537})
    const pem = pair.privateKey.export({format: 'pem', type: 'pkcs1'})
    if (await createWhole(privateFile, async () => pem, 0o400)) made = 'made'
  }
  const publicPem = publicPemOf(await readExisting(privateFile), privateFile)
  if (await createWhole(publicFile, async () => publicPem, 0o644)) return 'made'
  const existing = await readExisting(publicFile)
  if (normalPem(existing, publicFile) !== publicPem) {
    throw new PiError('INTEGRITY', `${publicFile} does not belong to ${privateFile}.`)
  }
  return made
}

function publicPemOf(pem: Buffer, file: string): string {
  try {
    return createPublicKey(createPrivateKey(pem)).export({format: 'pem', type: 'spki'}) as string
  } catch (error) {
    throw new PiError('INTEGRITY', `${file} is no private key in PEM form without password.`, {cause: error})
  }
}

function normalPem(pem: Buffer, file: string): string {
  try {
    return createPublicKey(pem).export({format: 'pem', type: 'spki'}) as string
  } catch (error) {
    throw new PiError('INTEGRITY', `${file} is no public key in PEM form.`, {cause: error})
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new PiError('CONFIG', `The file ${file} cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}

async function readExisting(file: string): Promise<Buffer> {
  const content = await readIfThere(file)
  if (!content) throw new PiError('CONFIG', `The file ${file} is missing.`)
  return content
}
