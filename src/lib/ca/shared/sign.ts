import {
  Certificate,
  CertificateList,
  Extension,
  Extensions,
  SubjectPublicKeyInfo,
  TBSCertificate,
  TBSCertList,
  Time,
  Validity,
  Version,
  type Name,
  type RevokedCertificate,
} from '@peculiar/asn1-x509'
import {OctetString} from '@peculiar/asn1-schema'
import {arrayBuffer, decode, encode} from './asn1.js'
import {serialBytes} from './certificate.js'
import {signatureAlgorithm, type Digest, type Signer} from './signature.js'

/** What a certificate is to say. */
export interface CertificateDraft {
  /** Hex. */
  serial: string
  issuer: Name
  subject: Name
  notBefore: Date
  notAfter: Date
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Uint8Array
  extensions: readonly Extension[]
}

/** DER of the signed certificate (RFC 5280 §4.1). @throws PiError as the signer */
export async function signCertificate(draft: CertificateDraft, signer: Signer, digest: Digest): Promise<Buffer> {
  const algorithm = signatureAlgorithm(signer.keyType, digest)
  const tbsCertificate = new TBSCertificate({
    version: draft.extensions.length > 0 ? Version.v3 : Version.v1,
    serialNumber: arrayBuffer(serialBytes(draft.serial)),
    signature: algorithm,
    issuer: draft.issuer,
    validity: new Validity({notBefore: draft.notBefore, notAfter: draft.notAfter}),
    subject: draft.subject,
    subjectPublicKeyInfo: decode(draft.publicKey, SubjectPublicKeyInfo, 'public key'),
    ...(draft.extensions.length > 0 && {extensions: new Extensions([...draft.extensions])}),
  })
  const signature = await signer.sign(encode(tbsCertificate), digest)
  return encode(
    new Certificate({tbsCertificate, signatureAlgorithm: algorithm, signatureValue: arrayBuffer(signature)}),
  )
}

/** What a CRL is to say. */
export interface CrlDraft {
  issuer: Name
  thisUpdate: Date
  nextUpdate: Date
  revoked: readonly RevokedCertificate[]
  extensions: readonly Extension[]
}

/** DER of the signed CRL (RFC 5280 §5.1); version 1 when nothing in it needs version 2, as openssl does. */
export async function signCrl(draft: CrlDraft, signer: Signer, digest: Digest): Promise<Buffer> {
  const algorithm = signatureAlgorithm(signer.keyType, digest)
  const isV2 = draft.extensions.length > 0 || draft.revoked.some(({crlEntryExtensions}) => crlEntryExtensions)
  const tbsCertList = new TBSCertList({
    ...(isV2 && {version: Version.v2}),
    signature: algorithm,
    issuer: draft.issuer,
    thisUpdate: new Time(draft.thisUpdate),
    nextUpdate: new Time(draft.nextUpdate),
    ...(draft.revoked.length > 0 && {revokedCertificates: [...draft.revoked]}),
    ...(draft.extensions.length > 0 && {crlExtensions: [...draft.extensions]}),
  })
  const signature = await signer.sign(encode(tbsCertList), digest)
  return encode(new CertificateList({tbsCertList, signatureAlgorithm: algorithm, signature: arrayBuffer(signature)}))
}

/** An extension with its DER value. */
export function extensionOf(oid: string, value: Uint8Array, critical = false): Extension {
  return new Extension({extnID: oid, critical, extnValue: new OctetString(arrayBuffer(value))})
}
