import {createHash} from 'node:crypto'
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  GeneralName,
  GeneralNames,
  KeyIdentifier,
  PolicyInformation,
  SubjectPublicKeyInfo,
  type Extension,
  type Name,
} from '@peculiar/asn1-x509'
import {OctetString} from '@peculiar/asn1-schema'
import {PiError} from '../../../errors.js'
import {arrayBuffer, decode, encode, namedBits, tlv} from '../../shared/asn1.js'
import {serialBytes} from '../../shared/certificate.js'
import {extensionOids, keyUsages, netscapeTypes, purposeOids} from '../../shared/oids.js'
import {extensionOf} from '../../shared/sign.js'
import {generalName, nameWords, subjectMails} from './general-names.js'
import type {OpensslConfig} from './openssl-config.js'

/** The CA, as far as extensions name it. */
export interface IssuerFacts {
  /** Of its certificate; absent when that has none. */
  subjectKeyIdentifier: Buffer | undefined
  issuer: Name
  /** Hex. */
  serial: string
  /** Names of its certificate beside the subject. */
  alternativeNames?: Buffer | undefined
}

export interface ExtensionContext {
  config: OpensslConfig
  section: string
  issuer: IssuerFacts
  /** Absent for a CRL. */
  subject?: {name: Name; publicKey: Buffer}
  warn(message: string): void
}

/** DER of a value; undefined when there is nothing to say. */
type Maker = (words: string, context: ExtensionContext) => Uint8Array | undefined

const text: Maker = (words) => tlv(0x16, Buffer.from(words, 'latin1'))

const makers: Readonly<Record<string, Maker>> = {
  authorityInfoAccess: (words, {config}) => {
    const descriptions = nameWords(words, config).map(({type, value}) => {
      // in a list `OCSP;URI:http://…`, in a section `OCSP;URI.0 = http://…`
      const [method = '', kind = ''] = type.split(';')
      const accessMethod = {OCSP: '1.3.6.1.5.5.7.48.1', caIssuers: '1.3.6.1.5.5.7.48.2'}[method] ?? method
      return new AccessDescription({accessMethod, accessLocation: generalName({type: kind, value}, config)})
    })
    return descriptions.length > 0 ? encode(new AuthorityInfoAccessSyntax(descriptions)) : undefined
  },
  authorityKeyIdentifier: (words, {issuer}) => authorityKey(words, issuer),
  basicConstraints: (words, {config}) => {
    const given = new Map(nameWords(words, config).map(({type, value}) => [type.toLowerCase(), value.toLowerCase()]))
    const pathLength = given.get('pathlen')
    return encode(
      new BasicConstraints({
        cA: ['true', 'yes', 'y', 'on', '1'].includes(given.get('ca') ?? ''),
        ...(pathLength !== undefined && {pathLenConstraint: Number(pathLength)}),
      }),
    )
  },
  certificatePolicies: (words) => {
    const oids = list(words)
    const unknown = oids.find((oid) => !isOid(oid))
    if (unknown !== undefined) throw unsupported(`the policy '${unknown}'`)
    return encode(new CertificatePolicies(oids.map((oid) => new PolicyInformation({policyIdentifier: oid}))))
  },
  crlDistributionPoints: (words, {config}) => {
    const points = distributionPoints(words, config)
    return points.length > 0 ? encode(new CRLDistributionPoints(points)) : undefined
  },
  extendedKeyUsage: (words) =>
    encode(
      new ExtendedKeyUsage(
        list(words).map((word) => {
          const oid = purposeOids[word] ?? word
          if (!isOid(oid)) throw unsupported(`the purpose '${word}'`)
          return oid
        }),
      ),
    ),
  issuerAltName: (words, {config, issuer}) => {
    if (list(words).includes('issuer:copy')) return issuer.alternativeNames
    return encode(new GeneralNames(nameWords(words, config).map((word) => generalName(word, config))))
  },
  keyUsage: (words) => bits(words, keyUsages),
  noCheck: () => tlv(0x05),
  nsCertType: (words) => bits(words, netscapeTypes),
  nsBaseUrl: text,
  nsCaPolicyUrl: text,
  nsCaRevocationUrl: text,
  nsComment: text,
  nsRenewalUrl: text,
  nsRevocationUrl: text,
  nsSslServerName: text,
  subjectAltName: (words, {config, subject}) => {
    const names = nameWords(words, config).flatMap((word) =>
      word.type === 'email' && ['copy', 'move'].includes(word.value)
        ? subject
          ? subjectMails(subject.name)
          : []
        : [generalName(word, config)],
    )
    return names.length > 0 ? encode(new GeneralNames(names)) : undefined
  },
  subjectKeyIdentifier: (words, {subject}) => {
    if (words === 'none') return undefined
    if (words === 'hash') return subject && tlv(0x04, keyIdentifier(subject.publicKey))
    return tlv(0x04, Buffer.from(words.replaceAll(':', ''), 'hex'))
  },
}

/** The original's own configurations write it so, in [etoken]. */
const misspelt: Readonly<Record<string, string>> = {cirlDistributionPoints: 'crlDistributionPoints'}

/**
 * The extensions of a section of an openssl configuration, in its order. One that names an empty section is left out,
 * with a warning: the original's own configurations have such, on which openssl fails.
 * @throws PiError CONFIG naming the extension that is not supported
 */
export function sectionExtensions(context: ExtensionContext): Extension[] {
  const {config, section, warn} = context
  return config.entries(section).flatMap(([written, value]) => {
    const name = misspelt[written] ?? written
    const critical = /^critical\s*(?:,|$)/.test(value)
    const words = (critical ? value.replace(/^critical\s*,?/, '') : value).trim()
    const der = /^DER:([0-9A-Fa-f:\s]+)$/.exec(words)?.[1]
    const oid = extensionOids[name] ?? (isOid(name) ? name : undefined)
    if (oid !== undefined && der !== undefined) {
      return [extensionOf(oid, Buffer.from(der.replace(/[:\s]/g, ''), 'hex'), critical)]
    }
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined
    if (!make || oid === undefined) throw unsupported(`the extension '${name}' of the section [${section}]`)
    const made = make(words, context)
    if (made) return [extensionOf(oid, made, critical)]
    if (words.startsWith('@')) warn(`The section ${words.slice(1)} is empty, so that ${name} is left out.`)
    return []
  })
}

/** SHA-1 over the key without its header (RFC 5280 §4.2.1.2, first method). */
export function keyIdentifier(publicKey: Uint8Array): Buffer {
  const {subjectPublicKey} = decode(publicKey, SubjectPublicKeyInfo, 'public key')
  return createHash('sha1').update(Buffer.from(subjectPublicKey)).digest()
}

function authorityKey(words: string, {serial, issuer, subjectKeyIdentifier}: IssuerFacts): Uint8Array | undefined {
  const given = new Map(list(words).map((word) => word.split(':') as [string, string | undefined]))
  const keyIdentifier = given.has('keyid') ? subjectKeyIdentifier : undefined
  if (given.get('keyid') === 'always' && !keyIdentifier) {
    throw new PiError('CONFIG', 'The certificate of the CA has no key identifier, which keyid:always asks for.')
  }
  const withIssuer = given.get('issuer') === 'always' || (given.has('issuer') && !keyIdentifier)
  if (!keyIdentifier && !withIssuer) return undefined
  return encode(
    new AuthorityKeyIdentifier({
      ...(keyIdentifier && {keyIdentifier: new KeyIdentifier(arrayBuffer(keyIdentifier))}),
      ...(withIssuer && {
        authorityCertIssuer: [new GeneralName({directoryName: issuer})],
        authorityCertSerialNumber: arrayBuffer(serialBytes(serial)),
      }),
    }),
  )
}

function distributionPoints(words: string, config: OpensslConfig): DistributionPoint[] {
  const point = (fullName: GeneralName[]) =>
    new DistributionPoint({distributionPoint: new DistributionPointName({fullName})})
  if (words.startsWith('@') || words.includes(':')) {
    return nameWords(words, config).map((word) => point([generalName(word, config)]))
  }
  return list(words).map((section) => {
    const fullName = config.get(section, 'fullname')
    if (fullName === undefined) throw unsupported(`a distribution point without fullname ([${section}])`)
    return point(nameWords(fullName, config).map((word) => generalName(word, config)))
  })
}

function bits(words: string, names: readonly string[]): Uint8Array {
  return namedBits(
    list(words).map((word) => {
      const bit = names.indexOf(word === 'contentCommitment' ? 'nonRepudiation' : word)
      if (bit < 0) throw unsupported(`the usage '${word}'`)
      return bit
    }),
  )
}

function list(words: string): string[] {
  return words
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function isOid(word: string): boolean {
  return /^[0-2](?:\.\d+)+$/.test(word)
}

function unsupported(what: string): PiError {
  return new PiError('CONFIG', `This tool cannot make ${what}.`, {
    hints: ['Take it out of the openssl configuration, or write its value as DER:… with the bytes in hex'],
  })
}

/** Key identifier in a certificate. */
export function subjectKeyIdentifierOf(extensions: readonly Extension[]): Buffer | undefined {
  const found = extensions.find(({extnID}) => extnID === extensionOids['subjectKeyIdentifier'])
  return found && Buffer.from(decode(Buffer.from(found.extnValue.buffer), OctetString, 'key identifier').buffer)
}
