import {createHash} from 'node:crypto'
import {Certificate, type Extension, type Name} from '@peculiar/asn1-x509'
import {decode, encode} from './asn1.js'
import {derOf, pemOf} from './pem.js'
import {verifySignature} from './signature.js'

/** A certificate, read. */
export interface ReadCertificate {
  der: Buffer
  pem: string
  /** Upper-case hex of even length, as openssl names files: `1000`, `0FFF`. */
  serial: string
  subject: Name
  issuer: Name
  notBefore: Date
  notAfter: Date
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer
  extensions: readonly Extension[]
  signatureAlgorithm: string
  /** Whether the holder of this public key signed it. */
  isSignedBy(publicKey: Uint8Array): boolean
}

/** Reads PEM (text in front is passed over), DER or base64. @throws PiError INVALID_INPUT */
export function readCertificate(input: Uint8Array | string): ReadCertificate {
  const der = derOf(input, ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'], 'certificate')
  const {tbsCertificate, tbsCertificateRaw, signatureAlgorithm, signatureValue} = decode(
    der,
    Certificate,
    'certificate',
  )
  const {validity} = tbsCertificate
  return {
    der,
    pem: pemOf('CERTIFICATE', der),
    serial: serialHex(Buffer.from(tbsCertificate.serialNumber)),
    subject: tbsCertificate.subject,
    issuer: tbsCertificate.issuer,
    notBefore: validity.notBefore.getTime(),
    notAfter: validity.notAfter.getTime(),
    publicKey: encode(tbsCertificate.subjectPublicKeyInfo),
    extensions: [...(tbsCertificate.extensions ?? [])],
    signatureAlgorithm: signatureAlgorithm.algorithm,
    isSignedBy: (publicKey) =>
      verifySignature(
        signatureAlgorithm,
        publicKey,
        tbsCertificateRaw ? Buffer.from(tbsCertificateRaw) : encode(tbsCertificate),
        Buffer.from(signatureValue),
      ),
  }
}

/** Upper-case hex of even length without leading zeros (spec/11 §E2: 4096 is `1000`, 1 is `01`). */
export function serialHex(serial: Uint8Array | bigint): string {
  const number = typeof serial === 'bigint' ? serial : BigInt(`0x${Buffer.from(serial).toString('hex') || '0'}`)
  const hex = number.toString(16).toUpperCase()
  return hex.length % 2 === 0 ? hex : `0${hex}`
}

/** Content of an ASN.1 INTEGER: as few bytes as there can be, positive. */
export function serialBytes(hex: string): Buffer {
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const short = bytes.subarray(start)
  return short[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : Buffer.from(short)
}

/** SHA-256 of the DER as upper-case hex with colons. */
export function fingerprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex').toUpperCase().match(/../g)!.join(':')
}
