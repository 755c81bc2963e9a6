import {createCipheriv, createHmac, pbkdf2Sync, publicEncrypt, randomBytes, X509Certificate} from 'node:crypto'
import {PiError} from '../../lib/errors.js'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {TokenWriter, WriteOptions} from './contract.js'
import {pskcPolicy} from './pskc-policy.js'
import {seedBytes, seedProblem} from './seed.js'

const enc = 'http://www.w3.org/2001/04/xmlenc#'
const dsig = 'http://www.w3.org/2000/09/xmldsig#'
const more = 'http://www.w3.org/2001/04/xmldsig-more#'

/** OWASP's floor for PBKDF2-HMAC-SHA1, the function that every reader knows. */
const iterations = 200_000

/** How the secrets of a file are encrypted. */
interface Protection {
  /** URI of the method. */
  method: string
  encrypt(data: Uint8Array): Buffer
  /** Content of `EncryptionKey`. */
  key: string
  /** Further namespaces that `key` uses. */
  spaces: string
  /** Longest secret, in bytes. */
  longest: number
  mac: {hash: 'sha1' | 'sha256'; key: Buffer} | undefined
}

/**
 * A Portable Symmetric Key Container that is valid against the schema of RFC 6030. `compat` names a release of the
 * originals: AES-128, HMAC-SHA1 and plain names of hashes, so that it reads all fields back (spec/04 §6.2).
 * @throws PiError USAGE when nothing says how the secrets are protected, INVALID_INPUT for a certificate that is none
 */
export function pskcWriter(options: WriteOptions): TokenWriter {
  const legacy = options.compat !== undefined
  const protection = options.plain ? undefined : protect(options, legacy)
  return {
    format: 'pskc',
    problem(token) {
      const text = token.type === 'pw' && typeof token.secret === 'string' && token.secret !== ''
      const problem =
        token.type === 'pw' ? (text ? undefined : 'its secret is no text') : seedProblem(token, ['hotp', 'totp'])
      if (problem !== undefined || !protection) return problem
      return secretOf(token).length > protection.longest ? 'its secret is too long for the certificate' : undefined
    },
    begin: () => head(protection),
    token: (token) => keyPackage(token, protection, legacy),
    end: () => '</pskc:KeyContainer>\n',
  }
}

function protect({presharedKey, password, certificate}: WriteOptions, legacy: boolean): Protection {
  const mac = {hash: legacy ? 'sha1' : 'sha256', key: randomBytes(legacy ? 20 : 32)} as const
  if (certificate !== undefined) {
    if (legacy) throw new PiError('USAGE', 'The originals read no PSKC that is encrypted for a certificate.')
    return forCertificate(certificate)
  }
  if (presharedKey) {
    const bits = presharedKey.length * 8
    if (bits !== 128 && (legacy || (bits !== 192 && bits !== 256))) {
      throw new PiError(
        'USAGE',
        legacy ? 'The originals read a key of 16 bytes only.' : 'The key must have 16, 24 or 32 bytes.',
      )
    }
    return {...aes(Buffer.from(presharedKey)), key: '<ds:KeyName>Pre-shared-key</ds:KeyName>', spaces: '', mac}
  }
  if (password !== undefined && password !== '') {
    const salt = randomBytes(16)
    const bytes = legacy ? 16 : 32
    const spaces =
      ' xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"'
    return {...aes(pbkdf2Sync(password, salt, iterations, bytes, 'sha1')), key: derivedKey(salt, bytes), spaces, mac}
  }
  throw new PiError('USAGE', 'Nothing says how the secrets are to be protected.', {
    hints: ['Give a key or a password, or --plain for secrets in clear'],
  })
}

/** IV and cipher text (XML Encryption §5.2). */
function aes(key: Buffer): Pick<Protection, 'encrypt' | 'longest' | 'method'> {
  const bits = String(key.length * 8)
  return {
    method: `${enc}aes${bits}-cbc`,
    longest: Infinity,
    encrypt(data) {
      const iv = randomBytes(16)
      const cipher = createCipheriv(`aes-${bits}-cbc`, key, iv)
      return Buffer.concat([iv, cipher.update(data), cipher.final()])
    },
  }
}

/** RSA-OAEP on each secret, as in RFC 6030 figure 8; anybody can make such values, so there is no MAC: sign the file. */
function forCertificate(pem: string): Protection {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(pem)
  } catch (error) {
    throw new PiError('INVALID_INPUT', 'The certificate to encrypt for cannot be read: it must be PEM.', {cause: error})
  }
  const {publicKey} = certificate
  const bits = publicKey.asymmetricKeyDetails?.modulusLength
  if (publicKey.asymmetricKeyType !== 'rsa' || bits === undefined) {
    throw new PiError('INVALID_INPUT', 'The certificate to encrypt for has no RSA key.')
  }
  return {
    method: `${enc}rsa-oaep-mgf1p`,
    key: `<ds:X509Data><ds:X509Certificate>${certificate.raw.toString('base64')}</ds:X509Certificate></ds:X509Data>`,
    spaces: '',
    longest: bits / 8 - 42,
    mac: undefined,
    encrypt: (data) => publicEncrypt({key: publicKey, oaepHash: 'sha1'}, data),
  }
}

function head(protection: Protection | undefined): string {
  const open = `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="${dsig}" xmlns:xenc="${enc}"`
  if (!protection) return `${open}>\n`
  const {key, mac, spaces} = protection
  const macMethod = mac?.hash === 'sha1' ? `${dsig}hmac-sha1` : `${more}hmac-sha256`
  const macElement = mac
    ? `<pskc:MACMethod Algorithm="${macMethod}"><pskc:MACKey>${cipherElements(protection, protection.encrypt(mac.key))}</pskc:MACKey></pskc:MACMethod>\n`
    : ''
  return `${open}${spaces}>
<pskc:EncryptionKey>${key}</pskc:EncryptionKey>
${macElement}`
}

function derivedKey(salt: Buffer, length: number): string {
  return `<xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"><pkcs5:PBKDF2-params><Salt><Specified>${salt.toString('base64')}</Specified></Salt><IterationCount>${String(iterations)}</IterationCount><KeyLength>${String(length)}</KeyLength><PRF/></pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod></xenc11:DerivedKey>`
}

function secretOf(token: ImportedToken): Buffer {
  return token.type === 'pw' ? Buffer.from(String(token.secret)) : (seedBytes(token) ?? Buffer.alloc(0))
}

function keyPackage(token: ImportedToken, protection: Protection | undefined, legacy: boolean): string {
  const {serial, type} = token
  const hash = (token.hashlib ?? 'sha1').toUpperCase()
  const suite = type === 'pw' ? '' : `<pskc:Suite>${legacy ? hash : `HMAC-${hash}`}</pskc:Suite>`
  const format = `<pskc:ResponseFormat Encoding="${type === 'pw' ? 'ALPHANUMERIC' : 'DECIMAL'}" Length="${String(token.otplen ?? 6)}"/>`
  const description = token.description ? escaped(token.description) : ''
  // The originals keep the description as the maker; RFC 6030 §4.3.1 has other rules for makers.
  const maker = description && legacy ? `<pskc:Manufacturer>${description}</pskc:Manufacturer>` : ''
  const name = description && !legacy ? `<pskc:FriendlyName>${description}</pskc:FriendlyName>` : ''
  const policy = legacy ? '' : pskcPolicy(token.info)
  return `<pskc:KeyPackage><pskc:DeviceInfo>${maker}<pskc:SerialNo>${serial}</pskc:SerialNo></pskc:DeviceInfo><pskc:Key Id="${serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${type}"><pskc:Issuer>pi-manage</pskc:Issuer><pskc:AlgorithmParameters>${suite}${format}</pskc:AlgorithmParameters>${name}<pskc:Data>${secretElement(secretOf(token), protection)}${movingFactor(token)}</pskc:Data>${policy}</pskc:Key></pskc:KeyPackage>\n`
}

function secretElement(secret: Buffer, protection: Protection | undefined): string {
  if (!protection) return `<pskc:Secret><pskc:PlainValue>${secret.toString('base64')}</pskc:PlainValue></pskc:Secret>`
  const data = protection.encrypt(secret)
  const {mac} = protection
  const value = mac ? createHmac(mac.hash, mac.key).update(data).digest('base64') : undefined
  const macElement = value === undefined ? '' : `<pskc:ValueMAC>${value}</pskc:ValueMAC>`
  return `<pskc:Secret><pskc:EncryptedValue>${cipherElements(protection, data)}</pskc:EncryptedValue>${macElement}</pskc:Secret>`
}

/** The drift counts intervals (RFC 6030 §4.2). */
function movingFactor({type, counter = 0, timeStep = 30, timeShift = 0}: ImportedToken): string {
  const plain = (name: string, value: number) =>
    `<pskc:${name}><pskc:PlainValue>${String(value)}</pskc:PlainValue></pskc:${name}>`
  if (type === 'hotp') return plain('Counter', counter)
  if (type !== 'totp') return ''
  // The last step that was used travels as the counter, so that nothing used before is accepted again.
  const used = counter > 0 ? plain('Counter', counter) : ''
  return `${used}${plain('Time', 0)}${plain('TimeInterval', timeStep)}${plain('TimeDrift', Math.round(timeShift / timeStep))}`
}

function cipherElements({method}: Protection, data: Buffer): string {
  return `<xenc:EncryptionMethod Algorithm="${method}"/><xenc:CipherData><xenc:CipherValue>${data.toString('base64')}</xenc:CipherValue></xenc:CipherData>`
}

function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex -- XML 1.0 has no place for them
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
  return printable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
