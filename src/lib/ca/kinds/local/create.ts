import {generateKeyPair, randomBytes, type KeyObject} from 'node:crypto'
import {mkdir, rmdir, unlink} from 'node:fs/promises'
import path from 'node:path'
import {promisify} from 'node:util'
import {alreadyExists, PiError, reasonOf} from '../../../errors.js'
import {writeNewFile, type FileAttributes} from '../../../files/durable.js'
import {serialHex} from '../../shared/certificate.js'
import {parseDn} from '../../shared/names.js'
import {pemOf} from '../../shared/pem.js'
import {signCertificate, signCrl} from '../../shared/sign.js'
import {keySigner, type Signer} from '../../shared/signature.js'
import {configText, type CaConfigValues} from './config-text.js'
import {keyIdentifier, sectionExtensions} from './extensions.js'
import {wholeSeconds} from './issue.js'
import {OpensslConfig} from './openssl-config.js'

const dayMs = 86_400_000
export const keySizes: readonly number[] = [2048, 3072, 4096, 8192]

export interface NewLocalCa extends CaConfigValues {
  /** Absolute. */
  directory: string
  /** As `openssl req -subj` takes it. */
  dn: string
  /** Validity of the CA, in days. */
  days: number
  overlapDays: number
  /** Bits of an RSA key that is made for it. */
  keySize: number
  /** Encrypts the key in its file. */
  passphrase?: string | undefined
  /** A key in a PKCS#11 token, instead of a file. */
  device?: {uri: string; signer: Signer} | undefined
  /** Of the files; the one who runs it when left out. */
  owner?: {uid: number; gid: number} | undefined
}

/** What was made. */
export interface CreatedLocalCa {
  /** Settings of the connector, in the original's order. */
  settings: Record<string, string>
  files: string[]
  /** Serial number of the certificate of the CA, hex. */
  serial: string
  notAfter: Date
}

/**
 * Makes a new CA with its folder: key, certificate, openssl configuration, empty lists and a first CRL. A folder that
 * exists is taken when it holds none of these files. What was written is taken away again when something fails.
 * @throws PiError ALREADY_EXISTS, INVALID_INPUT, CONFIG
 */
export async function createLocalCa(ca: NewLocalCa, now: Date): Promise<CreatedLocalCa> {
  const name = parseDn(ca.dn)
  checkNumbers(ca)
  const text = configText(ca)
  const config = OpensslConfig.parse(text, {file: 'openssl.cnf', env: () => undefined})
  const {key, signer} = ca.device ? {key: undefined, signer: ca.device.signer} : await newKey(ca.keySize)

  const notBefore = wholeSeconds(now)
  const notAfter = new Date(notBefore.getTime() + ca.days * dayMs)
  const serial = newSerial()
  const issuer = {issuer: name, serial, subjectKeyIdentifier: keyIdentifier(signer.publicKey)}
  const subject = {name, publicKey: signer.publicKey}
  const warn = () => {}
  const extensions = sectionExtensions({config, section: 'v3_ca', issuer, subject, warn})
  const certificate = await signCertificate(
    {serial, issuer: name, subject: name, notBefore, notAfter, publicKey: signer.publicKey, extensions},
    signer,
    'sha256',
  )
  const crl = await signCrl(
    {
      issuer: name,
      thisUpdate: notBefore,
      nextUpdate: new Date(notBefore.getTime() + ca.crlDays * dayMs),
      revoked: [],
      extensions: [
        ...sectionExtensions({config, section: 'crl_ext', issuer, warn}),
        ...sectionExtensions({config: firstCrlNumber, section: 'crl_number', issuer, warn}),
      ],
    },
    signer,
    'sha256',
  )

  const contents: [string, string, number][] = [
    ['openssl.cnf', text, 0o644],
    ['index.txt', '', 0o644],
    ['index.txt.attr', 'unique_subject = yes\n', 0o644],
    ['serial', '1000\n', 0o644],
    ['crlnumber', '02\n', 0o644],
    ...(key ? ([['cakey.pem', keyText(key, ca.passphrase), 0o600]] as [string, string, number][]) : []),
    ['cacert.pem', pemOf('CERTIFICATE', certificate), 0o644],
    ['crl.pem', pemOf('X509 CRL', crl), 0o644],
  ]
  await writeFolder(ca.directory, contents, ca.owner)
  const file = (short: string) => path.join(ca.directory, short)
  return {
    settings: {
      WorkingDir: ca.directory,
      cacert: file('cacert.pem'),
      cakey: ca.device?.uri ?? file('cakey.pem'),
      CertificateDir: ca.directory,
      CRL: file('crl.pem'),
      CSRDir: ca.directory,
      CRL_Validity_Period: String(ca.crlDays),
      CRL_Overlap_Period: String(ca.overlapDays),
      'openssl.cnf': file('openssl.cnf'),
    },
    files: contents.map(([short]) => file(short)),
    serial,
    notAfter,
  }
}

/** The first CRL has the number 1; the file has that of the next. */
const firstCrlNumber = OpensslConfig.parse('[crl_number]\n2.5.29.20 = DER:020101\n', {
  file: 'openssl.cnf',
  env: () => undefined,
})

async function newKey(keySize: number): Promise<{key: KeyObject; signer: Signer}> {
  const {privateKey} = await promisify(generateKeyPair)('rsa', {modulusLength: keySize, publicExponent: 65_537})
  return {key: privateKey, signer: keySigner(privateKey)}
}

function keyText(key: KeyObject, passphrase: string | undefined): string {
  const encryption = passphrase === undefined ? {} : {cipher: 'aes-256-cbc', passphrase}
  return key.export({format: 'pem', type: 'pkcs8', ...encryption}) as string
}

/** 20 random bytes, positive (RFC 5280 §4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(20)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return serialHex(bytes)
}

function checkNumbers({keySize, device, days, crlDays, overlapDays}: NewLocalCa): void {
  if (!device && !keySizes.includes(keySize)) {
    throw new PiError('INVALID_INPUT', `The key of a CA cannot have ${keySize} bits.`, {
      hints: [`Sizes: ${keySizes.join(', ')}`],
    })
  }
  const check = (what: string, number: number, least: number) => {
    if (Number.isInteger(number) && number >= least && number <= 36_500) return
    throw new PiError('INVALID_INPUT', `${what} must be ${least} to 36500 days.`)
  }
  check('The validity of the CA', days, 1)
  check('The validity of the CRL', crlDays, 1)
  check('The overlap period of the CRL', overlapDays, 0)
  if (overlapDays >= crlDays) {
    throw new PiError('INVALID_INPUT', 'The overlap period of the CRL must be shorter than its validity.')
  }
}

async function writeFolder(
  directory: string,
  contents: readonly [string, string, number][],
  owner: {uid: number; gid: number} | undefined,
): Promise<void> {
  const made = await makeFolder(directory)
  const written: string[] = []
  try {
    for (const [short, content, mode] of contents) {
      const file = path.join(directory, short)
      const attributes: FileAttributes = {mode, ...owner}
      await writeNewFile(file, content, attributes)
      written.push(file)
    }
  } catch (error) {
    for (const file of written.reverse()) await unlink(file).catch(() => {})
    if (made !== undefined) await rmdir(directory).catch(() => {})
    if (!(error instanceof PiError) || error.code !== 'ALREADY_EXISTS') throw error
    throw alreadyExists('CA in the folder', directory, 'Take another folder: --directory DIR')
  }
}

/** @returns the first folder that was made, if any */
async function makeFolder(directory: string): Promise<string | undefined> {
  try {
    return await mkdir(directory, {recursive: true, mode: 0o755})
  } catch (error) {
    throw new PiError('CONFIG', `The folder ${directory} cannot be made: ${reasonOf(error)}`, {cause: error})
  }
}
