import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {readCertificate} from '../../ca/shared/certificate.js'
import {isTrusted} from '../../ca/shared/attestation.js'
import {readRequest} from '../../ca/shared/request.js'
import {PiError} from '../../errors.js'

/**
 * Makes sure that the key of a request was made in a device: its attestation certificate is for the same key, and one of
 * the chains in the folders leads to it (spec/11 §E4).
 * @param options.verify false: an unknown chain is passed over, as the policy `ignore` wants it
 * @throws PiError INVALID_INPUT, REFUSED
 */
export async function checkAttestation(
  request: string,
  attestation: string,
  folders: readonly string[],
  {verify = true} = {},
): Promise<void> {
  const certificate = readCertificate(attestation)
  if (!readRequest(request).publicKey.equals(certificate.publicKey)) {
    throw new PiError('REFUSED', 'The certificate request does not match the attestation certificate.')
  }
  if (!verify) return
  for (const chain of await chainFiles(folders)) if (isTrusted(certificate, chain)) return
  throw new PiError('REFUSED', 'Failed to verify the certificate chain of the attestation certificate.', {
    hints: [`Files with a chain, root first, belong into ${folders.join(' or ')}`],
  })
}

/** Texts of all files in the folders; a folder that does not exist has none. */
async function chainFiles(folders: readonly string[]): Promise<string[]> {
  const texts: string[] = []
  for (const folder of folders) {
    const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (!entry.isFile() && !entry.isSymbolicLink()) continue
      texts.push(await readFile(path.join(folder, entry.name), 'utf8').catch(() => ''))
    }
  }
  return texts
}
