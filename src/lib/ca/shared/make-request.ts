import {CertificationRequest, CertificationRequestInfo} from '@peculiar/asn1-csr'
import {SubjectPublicKeyInfo, type Name} from '@peculiar/asn1-x509'
import {createPublicKey, generateKeyPair, type KeyObject} from 'node:crypto'
import {promisify} from 'node:util'
import {arrayBuffer, decode, encode} from './asn1.js'
import {pemOf} from './pem.js'
import {keySigner, signatureAlgorithm} from './signature.js'

/** A new RSA key with a request for it, signed with SHA-256. @returns PKCS#8 PEM, and PEM */
export async function newKeyAndRequest(subject: Name, bits: number): Promise<{key: string; request: string}> {
  const {privateKey} = await promisify(generateKeyPair)('rsa', {modulusLength: bits, publicExponent: 65_537})
  return {
    key: privateKey.export({format: 'pem', type: 'pkcs8'}) as string,
    request: await requestOf(subject, privateKey),
  }
}

async function requestOf(subject: Name, key: KeyObject): Promise<string> {
  const spki = createPublicKey(key).export({format: 'der', type: 'spki'})
  const certificationRequestInfo = new CertificationRequestInfo({
    subject,
    subjectPKInfo: decode(spki, SubjectPublicKeyInfo, 'public key'),
  })
  const signer = keySigner(key)
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: signatureAlgorithm(signer.keyType, 'sha256'),
    signature: arrayBuffer(await signer.sign(encode(certificationRequestInfo), 'sha256')),
  })
  return pemOf('CERTIFICATE REQUEST', encode(request))
}
