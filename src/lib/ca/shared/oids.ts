/** Extensions by the names of openssl's configuration (x509v3_config(5)). */
export const extensionOids: Readonly<Record<string, string>> = {
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  authorityKeyIdentifier: '2.5.29.35',
  basicConstraints: '2.5.29.19',
  certificatePolicies: '2.5.29.32',
  crlDistributionPoints: '2.5.29.31',
  crlNumber: '2.5.29.20',
  extendedKeyUsage: '2.5.29.37',
  issuerAltName: '2.5.29.18',
  keyUsage: '2.5.29.15',
  noCheck: '1.3.6.1.5.5.7.48.1.5',
  nsBaseUrl: '2.16.840.1.113730.1.2',
  nsCaPolicyUrl: '2.16.840.1.113730.1.8',
  nsCaRevocationUrl: '2.16.840.1.113730.1.4',
  nsCertType: '2.16.840.1.113730.1.1',
  nsComment: '2.16.840.1.113730.1.13',
  nsRenewalUrl: '2.16.840.1.113730.1.7',
  nsRevocationUrl: '2.16.840.1.113730.1.3',
  nsSslServerName: '2.16.840.1.113730.1.12',
  subjectAltName: '2.5.29.17',
  subjectKeyIdentifier: '2.5.29.14',
}

export const reasonCodeOid = '2.5.29.21'
export const invalidityDateOid = '2.5.29.24'

/** Purposes of a key by the names of openssl. */
export const purposeOids: Readonly<Record<string, string>> = {
  anyExtendedKeyUsage: '2.5.29.37.0',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ipsecIKE: '1.3.6.1.5.5.7.3.17',
  msCodeCom: '1.3.6.1.4.1.311.2.1.22',
  msCodeInd: '1.3.6.1.4.1.311.2.1.21',
  msCTLSign: '1.3.6.1.4.1.311.10.3.1',
  msEFS: '1.3.6.1.4.1.311.10.3.4',
  msSmartcardLogin: '1.3.6.1.4.1.311.20.2.2',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  timeStamping: '1.3.6.1.5.5.7.3.8',
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** Bits of nsCertType. */
export const netscapeTypes = ['client', 'server', 'email', 'objsign', 'reserved', 'sslCA', 'emailCA', 'objCA'] as const

/** Name of an extension or purpose; the number itself where it is not known. */
export function oidName(oid: string, names: Readonly<Record<string, string>>): string {
  return Object.keys(names).find((name) => names[name] === oid) ?? oid
}
