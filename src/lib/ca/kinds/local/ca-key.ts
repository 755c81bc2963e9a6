import {createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {PiError, reasonOf} from '../../../errors.js'
import type {CaEnv} from '../../contract.js'
import type {ReadCertificate} from '../../shared/certificate.js'
import {keySigner, type Signer} from '../../shared/signature.js'

/**
 * Opens the key of a CA, from a file (with a passphrase, if it has one) or in a PKCS#11 token, and makes sure that it is
 * the one of the certificate.
 * @param key a file, or a `pkcs11:` URI
 * @throws PiError CONFIG, INTEGRITY (key of another certificate), REFUSED (passphrase), UNAVAILABLE
 */
export async function openCaKey(key: string, certificate: ReadCertificate, env: CaEnv): Promise<Signer> {
  const signer = key.startsWith('pkcs11:') ? await env.openDeviceKey(key) : keySigner(await openKeyFile(key, env))
  if (signer.publicKey.equals(normalized(certificate.publicKey))) return signer
  await signer.close()
  throw new PiError('INTEGRITY', 'The key of the CA does not belong to its certificate.', {
    hints: ['Settings cakey and cacert of the connector; see pi-manage ca show'],
  })
}

async function openKeyFile(file: string, env: CaEnv): Promise<KeyObject> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
  } catch (error) {
    throw new PiError('CONFIG', `The key of the CA, ${file}, cannot be read: ${reasonOf(error).split(',')[0]}.`, {
      cause: error,
    })
  }
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: *4,ENCRYPTED/.test(pem)
  try {
    if (!encrypted) return createPrivateKey(pem)
    const passphrase = await env.passphrase(`Passphrase of the CA key ${file}`)
    return createPrivateKey({key: pem, passphrase})
  } catch (error) {
    if (error instanceof PiError) throw error
    if (encrypted) {
      throw new PiError('REFUSED', `The passphrase of the CA key ${file} is wrong.`, {cause: error})
    }
    throw new PiError('CONFIG', `${file} holds no private key in PEM form.`, {cause: error})
  }
}

/** Optional parts, such as parameters NULL, as Node writes them. */
function normalized(publicKey: Buffer): Buffer {
  return createPublicKey({key: publicKey, format: 'der', type: 'spki'}).export({format: 'der', type: 'spki'})
}
