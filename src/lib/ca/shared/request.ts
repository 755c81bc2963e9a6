import {CertificationRequest} from '@peculiar/asn1-csr'
import {Extensions, type Extension, type Name} from '@peculiar/asn1-x509'
import {PiError} from '../../errors.js'
import {decode, encode} from './asn1.js'
import {derOf, pemOf} from './pem.js'
import {verifySignature} from './signature.js'

/** A certificate request (PKCS#10), read. */
export interface ReadRequest {
  der: Buffer
  pem: string
  subject: Name
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer
  /** Extensions that it asks for. */
  extensions: readonly Extension[]
  /** The holder of the key has signed it. */
  isSigned: boolean
  signatureAlgorithm: string
}

const extensionRequests = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14']

/** Reads PEM, DER, or base64 without armour. @throws PiError INVALID_INPUT */
export function readRequest(input: Uint8Array | string): ReadRequest {
  const der = derOf(input, ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'], 'certificate request')
  const {certificationRequestInfo, certificationRequestInfoRaw, signature, signatureAlgorithm} = decode(
    der,
    CertificationRequest,
    'certificate request',
  )
  const publicKey = encode(certificationRequestInfo.subjectPKInfo)
  const wanted = [...(certificationRequestInfo.attributes ?? [])].find(({type}) => extensionRequests.includes(type))
  const [extensions] = wanted?.values ?? []
  return {
    der,
    pem: pemOf('CERTIFICATE REQUEST', der),
    subject: certificationRequestInfo.subject,
    publicKey,
    extensions: extensions ? [...decode(new Uint8Array(extensions), Extensions, 'list of extensions')] : [],
    isSigned: verifySignature(
      signatureAlgorithm,
      publicKey,
      certificationRequestInfoRaw ? Buffer.from(certificationRequestInfoRaw) : encode(certificationRequestInfo),
      Buffer.from(signature),
    ),
    signatureAlgorithm: signatureAlgorithm.algorithm,
  }
}

/** A request whose signature proves that its sender has the key. @throws PiError INVALID_INPUT, REFUSED */
export function readSignedRequest(input: Uint8Array | string): ReadRequest {
  const request = readRequest(input)
  if (!request.isSigned) {
    throw new PiError('REFUSED', 'The certificate request has an invalid signature.', {
      hints: ['It must be signed with the key that it is for: openssl req -in FILE -verify -noout'],
    })
  }
  return request
}
