import {readCertificate, type ReadCertificate} from './certificate.js'
import {pemBlocks} from './pem.js'

/**
 * Whether a chain leads to a certificate: its first certificate (the root) signed the second, and so on, and the last one
 * signed the certificate in question. As the originals do it, only signatures count, no validity and no constraints:
 * devices keep their certificates for life (spec/11 §E4, "chain file").
 * @param chain PEM blocks, root first; anything else in the text is passed over
 */
export function isTrusted(certificate: ReadCertificate, chain: string): boolean {
  const signers = chainOf(chain)
  if (signers.length === 0) return false
  return [...signers.slice(1), certificate].every((next, index) => next.isSignedBy(signers[index]!.publicKey))
}

function chainOf(text: string): ReadCertificate[] {
  try {
    return pemBlocks(text)
      .filter(({label}) => label.endsWith('CERTIFICATE'))
      .map(({der}) => readCertificate(der))
  } catch {
    return []
  }
}
