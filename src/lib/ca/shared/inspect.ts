import {CertificateList, GeneralNames, type Extension, type GeneralName} from '@peculiar/asn1-x509'
import {ExtendedKeyUsage, BasicConstraints, CRLReason, CRLDistributionPoints, KeyUsage} from '@peculiar/asn1-x509'
import {decode} from './asn1.js'
import {fingerprint, readCertificate, serialHex} from './certificate.js'
import {readableName} from './names.js'
import {extensionOids, keyUsages, oidName, purposeOids, reasonCodeOid} from './oids.js'
import {derOf} from './pem.js'
import {reasonWord} from './reasons.js'
import {readRequest} from './request.js'
import {keyName, signatureName} from './signature.js'

/** An extension for reading. */
export interface ShownExtension {
  name: string
  critical: boolean
  /** Words, or hex where the extension is not known. */
  value: string
}

/** A certificate for reading; times are ISO 8601 UTC. */
export interface ShownCertificate {
  subject: string
  issuer: string
  /** Upper-case hex. */
  serial: string
  notBefore: string
  notAfter: string
  key: string
  signature: string
  selfSigned: boolean
  /** SHA-256. */
  fingerprint: string
  extensions: ShownExtension[]
}

export interface ShownRequest {
  subject: string
  key: string
  signature: string
  /** Whether the sender has the key. */
  signatureValid: boolean
  extensions: ShownExtension[]
}

export interface ShownCrl {
  issuer: string
  version: number
  signature: string
  thisUpdate: string
  nextUpdate: string | null
  /** Upper-case hex. */
  number: string | null
  revoked: {serial: string; at: string; reason: string | null}[]
}

/** @throws PiError INVALID_INPUT */
export function showCertificate(input: Uint8Array | string): ShownCertificate {
  const read = readCertificate(input)
  return {
    subject: readableName(read.subject),
    issuer: readableName(read.issuer),
    serial: read.serial,
    notBefore: read.notBefore.toISOString(),
    notAfter: read.notAfter.toISOString(),
    key: keyName(read.publicKey),
    signature: signatureName(read.signatureAlgorithm),
    selfSigned: read.isSignedBy(read.publicKey),
    fingerprint: fingerprint(read.der),
    extensions: read.extensions.map(showExtension),
  }
}

/** @throws PiError INVALID_INPUT */
export function showRequest(input: Uint8Array | string): ShownRequest {
  const read = readRequest(input)
  return {
    subject: readableName(read.subject),
    key: keyName(read.publicKey),
    signature: signatureName(read.signatureAlgorithm),
    signatureValid: read.isSigned,
    extensions: read.extensions.map(showExtension),
  }
}

/** @throws PiError INVALID_INPUT */
export function showCrl(input: Uint8Array | string): ShownCrl {
  const {tbsCertList, signatureAlgorithm} = decode(derOf(input, ['X509 CRL'], 'CRL'), CertificateList, 'CRL')
  const number = tbsCertList.crlExtensions?.find(({extnID}) => extnID === extensionOids['crlNumber'])
  return {
    issuer: readableName(tbsCertList.issuer),
    version: (tbsCertList.version ?? 0) + 1,
    signature: signatureName(signatureAlgorithm.algorithm),
    thisUpdate: tbsCertList.thisUpdate.getTime().toISOString(),
    nextUpdate: tbsCertList.nextUpdate?.getTime().toISOString() ?? null,
    number: number ? serialHex(Buffer.from(number.extnValue.buffer).subarray(2)) : null,
    revoked: (tbsCertList.revokedCertificates ?? []).map(({userCertificate, revocationDate, crlEntryExtensions}) => {
      const reason = crlEntryExtensions?.find(({extnID}) => extnID === reasonCodeOid)
      return {
        serial: serialHex(Buffer.from(userCertificate)),
        at: revocationDate.getTime().toISOString(),
        reason: reason
          ? reasonWord(Number(decode(Buffer.from(reason.extnValue.buffer), CRLReason, 'reason').reason))
          : null,
      }
    }),
  }
}

function showExtension({extnID, critical, extnValue}: Extension): ShownExtension {
  const der = Buffer.from(extnValue.buffer)
  const name = oidName(extnID, extensionOids)
  let value: string
  try {
    value = readers[name]?.(der) ?? der.toString('hex')
  } catch {
    value = der.toString('hex')
  }
  return {name, critical, value}
}

const names = (der: Buffer) => [...decode(der, GeneralNames, 'names')].map(showName).join(', ')

const readers: Readonly<Record<string, (der: Buffer) => string>> = {
  basicConstraints: (der) => {
    const {cA, pathLenConstraint} = decode(der, BasicConstraints, 'constraints')
    return `CA:${cA ? 'TRUE' : 'FALSE'}${pathLenConstraint === undefined ? '' : `, pathlen:${pathLenConstraint}`}`
  },
  crlDistributionPoints: (der) =>
    [...decode(der, CRLDistributionPoints, 'points')]
      .flatMap(({distributionPoint}) => distributionPoint?.fullName ?? [])
      .map(showName)
      .join(', '),
  extendedKeyUsage: (der) =>
    [...decode(der, ExtendedKeyUsage, 'purposes')].map((oid) => oidName(String(oid), purposeOids)).join(', '),
  issuerAltName: names,
  keyUsage: (der) => {
    const flags = decode(der, KeyUsage, 'usages').toNumber()
    return keyUsages.filter((_name, bit) => flags & (1 << bit)).join(', ')
  },
  nsComment: (der) => der.subarray(2).toString('latin1'),
  subjectAltName: names,
  subjectKeyIdentifier: (der) => der.subarray(2).toString('hex').toUpperCase().match(/../g)?.join(':') ?? '',
}

function showName(name: GeneralName): string {
  if (name.dNSName !== undefined) return `DNS:${name.dNSName}`
  if (name.rfc822Name !== undefined) return `email:${name.rfc822Name}`
  if (name.uniformResourceIdentifier !== undefined) return `URI:${name.uniformResourceIdentifier}`
  if (name.iPAddress !== undefined) return `IP:${name.iPAddress}`
  if (name.directoryName) return `dirName:${readableName(name.directoryName)}`
  if (name.registeredID !== undefined) return `RID:${name.registeredID}`
  return 'other name'
}
