import {randomBytes} from 'node:crypto'
import {unlink} from 'node:fs/promises'
import path from 'node:path'
import type {Extension, Name} from '@peculiar/asn1-x509'
import {PiError} from '../../../errors.js'
import type {CaEnv} from '../../contract.js'
import {serialHex, type ReadCertificate} from '../../shared/certificate.js'
import {onelineOf} from '../../shared/names.js'
import {extensionOids} from '../../shared/oids.js'
import {pemOf} from '../../shared/pem.js'
import type {ReadRequest} from '../../shared/request.js'
import {signCertificate} from '../../shared/sign.js'
import type {Signer} from '../../shared/signature.js'
import {sectionExtensions, subjectKeyIdentifierOf, type IssuerFacts} from './extensions.js'
import type {CaFolder} from './folder.js'
import {indexDate, type IndexRow} from './index-file.js'
import {fileStem, subjectByPolicy} from './subject.js'

const dayMs = 86_400_000

export interface IssueOptions {
  request: ReadRequest
  days: number
  /** Section with the extensions. */
  extensions: string
}

/**
 * Issues a certificate and enters it into the folder. The order lets a run that dies leave nothing that matters: first
 * the serial number is used up, then the certificate is written under its number, then it is listed, and then it gets
 * the file with the name of its subject.
 * @returns PEM, and the files
 */
export async function issue(
  folder: CaFolder,
  issuer: ReadCertificate,
  signer: Signer,
  {request, days, extensions: section}: IssueOptions,
  env: Pick<CaEnv, 'now' | 'warn'>,
): Promise<{certificate: string; files: string[]}> {
  const subject = subjectByPolicy(folder, request.subject, issuer.subject)
  const stem = fileStem(folder, request.subject)
  const notBefore = wholeSeconds(env.now())
  const notAfter = new Date(notBefore.getTime() + days * dayMs)
  if (issuer.notAfter < notBefore) throw new PiError('REFUSED', 'The certificate of the CA has expired.')
  if (notAfter > issuer.notAfter) {
    env.warn(`The certificate is to be valid for longer than that of the CA (${issuer.notAfter.toISOString()}).`)
  }
  const extensions = withCopied(
    folder,
    request,
    sectionExtensions({
      config: folder.config,
      section,
      issuer: issuerFacts(issuer),
      subject: {name: request.subject, publicKey: request.publicKey},
      warn: env.warn,
    }),
  )

  return folder.change(async () => {
    const index = await folder.readIndex()
    await requireUnique(folder, index.rows, subject)
    const serial = await nextSerial(folder, index.rows)
    const draft = {
      serial,
      issuer: issuer.subject,
      subject,
      notBefore,
      notAfter,
      publicKey: request.publicKey,
      extensions,
    }
    const pem = pemOf('CERTIFICATE', await signCertificate(draft, signer, folder.digest))
    const numbered = path.join(folder.newCertificates, `${serial}.pem`)
    await folder.writeNew(numbered, pem)
    const row: IndexRow = {
      state: 'V',
      expires: indexDate(notAfter),
      revoked: '',
      serial,
      file: 'unknown',
      subject: onelineOf(subject),
    }
    try {
      await folder.writeIndex(index, [...index.rows, row])
    } catch (error) {
      await unlink(numbered).catch(() => {})
      throw error
    }
    const named = path.join(folder.certificateDir, `${stem}.pem`)
    const requested = path.join(folder.requestDir, `${stem}.req`)
    await folder.write(requested, request.pem)
    await folder.write(named, pem)
    return {certificate: pem, files: [numbered, named, requested]}
  })
}

/** What certificates and CRLs say about their issuer. */
export function issuerFacts({extensions, issuer, serial}: ReadCertificate): IssuerFacts {
  const names = extensions.find(({extnID}) => extnID === extensionOids['subjectAltName'])
  return {
    subjectKeyIdentifier: subjectKeyIdentifierOf(extensions),
    issuer,
    serial,
    alternativeNames: names && Buffer.from(names.extnValue.buffer),
  }
}

/** Times of certificates have no fraction. */
export function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}

async function nextSerial(folder: CaFolder, rows: readonly IndexRow[]): Promise<string> {
  const file = folder.serialFile
  if (file === undefined) return serialHex(randomBytes(20).fill(0x5a, 0, 1))
  const seen = await folder.readNumber(file, 'serial number')
  const serial = serialHex(seen.value)
  if (rows.some((row) => row.serial === serial)) {
    throw new PiError('CONFIG', `The serial number ${serial} in ${file} was used before.`, {
      hints: ['It must be higher than every number in the list of certificates'],
    })
  }
  await folder.writeNumber(file, seen, seen.value + 1n)
  return serial
}

async function requireUnique(folder: CaFolder, rows: readonly IndexRow[], subject: Name): Promise<void> {
  const text = onelineOf(subject)
  const other = rows.find((row) => row.state === 'V' && row.subject === text)
  if (!other || !(await folder.uniqueSubject())) return
  throw new PiError('REFUSED', `${text} has a valid certificate already, with the serial number ${other.serial}.`, {
    hints: [
      `Revoke it first: pi-manage ca revoke CA ${other.serial} --reason superseded`,
      `Or allow several, for openssl too: unique_subject = no in ${folder.indexFile}.attr`,
    ],
  })
}

/** What the request asks for comes in only as the configuration says (openssl-ca(1), copy_extensions). */
function withCopied(folder: CaFolder, request: ReadRequest, made: Extension[]): Extension[] {
  const rule = folder.copyExtensions
  if (rule !== 'copy' && rule !== 'copyall') return made
  const wanted = request.extensions.filter(
    ({extnID}) => extnID !== extensionOids['basicConstraints'] || rule === 'copyall',
  )
  const isNew = ({extnID}: Extension) => !made.some((extension) => extension.extnID === extnID)
  if (rule === 'copy') return [...made, ...wanted.filter(isNew)]
  return [...made.filter(({extnID}) => !wanted.some((one) => one.extnID === extnID)), ...wanted]
}
