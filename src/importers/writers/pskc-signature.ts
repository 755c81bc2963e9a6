import {createPrivateKey, X509Certificate} from 'node:crypto'
import {PiError} from '../../lib/errors.js'
import type {TokenWriter} from './contract.js'

/** Who signs a file: private key and its certificate, PEM. */
export interface Signer {
  key: string
  certificate: string
}

/** All of the document counts, also namespaces that nothing uses. */
const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'

/**
 * The same PSKC with an enveloped XML signature of the whole container (RFC 6030 §4.1, RSA with SHA-256), the certificate
 * inside. The document is kept in memory, because its digest covers all of it.
 * @throws PiError INVALID_INPUT when key or certificate cannot be read, or do not belong together
 */
export async function signedPskc(writer: TokenWriter, {key, certificate}: Signer): Promise<TokenWriter> {
  checkSigner(key, certificate)
  const {SignedXml} = await import('xml-crypto')
  const parts: string[] = []
  const keep = (text: string): string => {
    parts.push(text)
    return ''
  }
  return {
    format: writer.format,
    problem: (token) => writer.problem(token),
    begin: async () => keep(await writer.begin()),
    token: (token) => keep(writer.token(token)),
    end() {
      keep(writer.end())
      const signature = new SignedXml({
        privateKey: key,
        publicCert: certificate,
        signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        canonicalizationAlgorithm: c14n,
      })
      signature.addReference({
        xpath: '/*',
        uri: '',
        isEmptyUri: true,
        transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', c14n],
        digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
      })
      signature.computeSignature(parts.join(''), {prefix: 'ds', location: {reference: '/*', action: 'append'}})
      return `${signature.getSignedXml().trimEnd()}\n`
    },
  }
}

function checkSigner(key: string, certificate: string): void {
  let fits: boolean
  try {
    const privateKey = createPrivateKey(key)
    fits = privateKey.asymmetricKeyType === 'rsa' && new X509Certificate(certificate).checkPrivateKey(privateKey)
  } catch (error) {
    throw new PiError('INVALID_INPUT', 'The key or the certificate to sign with cannot be read: both must be PEM.', {
      hints: ['The key must have no passphrase'],
      cause: error,
    })
  }
  if (fits) return
  throw new PiError('INVALID_INPUT', 'To sign, an RSA key and its own certificate are needed.')
}
