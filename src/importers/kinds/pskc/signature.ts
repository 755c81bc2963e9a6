import {X509Certificate} from 'node:crypto'
import {PiError} from '../../../lib/errors.js'

/**
 * What of a document is signed, by somebody whom the anchors vouch for. Only that may be read: the rest of the document
 * says nothing.
 * @param anchors certificates in PEM, one after the other: of signers, or of who issued theirs
 * @throws PiError INTEGRITY (no signature, a wrong one, or of somebody else), INVALID_INPUT (the anchors)
 */
export async function signedContent(name: string, xml: string, anchors: string): Promise<string> {
  const trusted = certificatesIn(anchors)
  if (trusted.length === 0) throw new PiError('INVALID_INPUT', 'There is no certificate among the trust anchors.')
  const [{SignedXml}, {DOMParser}] = await Promise.all([import('xml-crypto'), import('@xmldom/xmldom')])
  const fail = (reason: string, cause?: unknown) => new PiError('INTEGRITY', `${name}: ${reason}.`, {cause})
  const document = new DOMParser().parseFromString(xml, 'text/xml')
  const signatures = document.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature')
  if (signatures.length !== 1)
    throw fail(signatures.length === 0 ? 'the file is not signed' : 'the file has several signatures')
  const root = document.documentElement
  const signature = signatures.item(0)!
  if (signature.parentNode !== root) throw fail('the signature is not that of the container')
  const named = signature.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'X509Certificate').item(0)
  const own = certificatesIn(pemOf(named?.textContent))
  if (named && own.length === 0) throw fail('the certificate in the signature cannot be read')
  for (const certificate of own.length > 0 ? own.filter((one) => isTrusted(one, trusted)) : trusted) {
    const signed = new SignedXml({publicCert: certificate.toString(), getCertFromKeyInfo: () => null})
    try {
      signed.loadSignature(signature.toString())
      if (!signed.checkSignature(xml)) continue
    } catch {
      continue
    }
    const [content, ...more] = signed.getSignedReferences()
    // One reference, and to the whole container: otherwise something unsigned could stand around it.
    if (content === undefined || more.length > 0 || !isContainer(content))
      throw fail('the signature does not cover the container')
    return content
  }
  throw fail('the signature is wrong, or of somebody who is not trusted')
}

function isContainer(content: string): boolean {
  return /^<(?:[\w.-]+:)?KeyContainer[\s>]/.test(content)
}

/** The certificate itself, or one that an anchor issued, within its time. */
function isTrusted(certificate: X509Certificate, anchors: readonly X509Certificate[]): boolean {
  if (anchors.some((anchor) => anchor.fingerprint256 === certificate.fingerprint256)) return true
  const now = Date.now()
  if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) return false
  return anchors.some((anchor) => anchor.ca && certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey))
}

function pemOf(base64: string | null | undefined): string {
  if (!base64) return ''
  const lines = base64.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)]
    } catch {
      return []
    }
  })
}
