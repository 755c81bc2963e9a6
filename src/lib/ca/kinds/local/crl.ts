import {readFile} from 'node:fs/promises'
import {CertificateList, RevokedCertificate, Time} from '@peculiar/asn1-x509'
import type {CaEnv, CrlResult} from '../../contract.js'
import {arrayBuffer, decode, tlv} from '../../shared/asn1.js'
import {serialBytes, serialHex, type ReadCertificate} from '../../shared/certificate.js'
import {sameName} from '../../shared/names.js'
import {extensionOids, invalidityDateOid, reasonCodeOid} from '../../shared/oids.js'
import {derOf, pemOf} from '../../shared/pem.js'
import {reasonCode} from '../../shared/reasons.js'
import {extensionOf, signCrl} from '../../shared/sign.js'
import type {Signer} from '../../shared/signature.js'
import {sectionExtensions} from './extensions.js'
import type {CaFolder} from './folder.js'
import {dateOf, revocationOf, type IndexRow} from './index-file.js'
import {issuerFacts, wholeSeconds} from './issue.js'

const dayMs = 86_400_000

/**
 * Makes the CRL of a folder when the present one ends within the overlap period, is missing or of another CA; with
 * `force`, always. Times are compared in UTC.
 * @param openSigner asked for only when a CRL is made
 */
export async function createCrl(
  folder: CaFolder,
  issuer: ReadCertificate,
  openSigner: () => Promise<Signer>,
  {force, overlapDays}: {force: boolean; overlapDays: number},
  env: Pick<CaEnv, 'now' | 'warn'>,
): Promise<CrlResult> {
  const crl = folder.crlName
  const present = await presentCrl(folder, issuer, env)
  if (!force && present && env.now().getTime() + overlapDays * dayMs <= present.nextUpdate.getTime()) {
    const {rows} = await folder.readIndex()
    const missing = rows.filter((row) => row.state === 'R' && !present.serials.has(row.serial)).length
    if (missing > 0) env.warn(`${missing} revoked certificates are not on the CRL yet; --force makes a new one now.`)
    return {crl, created: false, nextUpdate: present.nextUpdate, revoked: present.serials.size}
  }

  const signer = await openSigner()
  return folder.change(async () => {
    const {rows} = await folder.readIndex()
    const thisUpdate = wholeSeconds(env.now())
    const nextUpdate = new Date(thisUpdate.getTime() + folder.crlValidityMs)
    const revoked = rows.flatMap((row) => (row.state === 'R' ? [revokedEntry(row)] : []))
    revoked.sort((one, other) => (serialOf(one) < serialOf(other) ? -1 : 1))
    const numberFile = folder.crlNumberFile
    const number = numberFile === undefined ? undefined : await folder.readNumber(numberFile, 'CRL number')
    const extensions = folder.crlExtensions
      ? sectionExtensions({
          config: folder.config,
          section: folder.crlExtensions,
          issuer: issuerFacts(issuer),
          warn: env.warn,
        })
      : []
    if (number) {
      extensions.push(extensionOf(extensionOids['crlNumber']!, tlv(0x02, serialBytes(serialHex(number.value)))))
    }
    // a number that is used up without a CRL does no harm, the same number on two would
    if (number && numberFile !== undefined) await folder.writeNumber(numberFile, number, number.value + 1n)
    const draft = {issuer: issuer.subject, thisUpdate, nextUpdate, revoked, extensions}
    await folder.write(folder.crlFile, pemOf('X509 CRL', await signCrl(draft, signer, folder.digest)))
    return {
      crl,
      created: true,
      nextUpdate,
      revoked: revoked.length,
      ...(number && {number: serialHex(number.value)}),
    }
  })
}

/** The CRL that is there, unless it is damaged, endless, or that of another CA. */
export async function presentCrl(
  folder: CaFolder,
  issuer: ReadCertificate,
  {warn}: Pick<CaEnv, 'warn'>,
): Promise<{nextUpdate: Date; serials: ReadonlySet<string>} | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(folder.crlFile)
  } catch {
    return undefined
  }
  try {
    const {tbsCertList} = decode(derOf(bytes, ['X509 CRL'], 'CRL'), CertificateList, 'CRL')
    if (!tbsCertList.nextUpdate || !sameName(tbsCertList.issuer, issuer.subject)) return undefined
    return {
      nextUpdate: tbsCertList.nextUpdate.getTime(),
      serials: new Set(
        (tbsCertList.revokedCertificates ?? []).map(({userCertificate}) => serialHex(Buffer.from(userCertificate))),
      ),
    }
  } catch {
    warn(`${folder.crlFile} is no CRL, and is replaced.`)
    return undefined
  }
}

/** An entry with the reason as openssl writes it: it also names `unspecified`. */
function revokedEntry(row: IndexRow): RevokedCertificate {
  const {at, reason} = revocationOf(row)
  const code = reason === undefined ? undefined : reasonCode(reason)
  const extensions = code === undefined ? [] : [extensionOf(reasonCodeOid, tlv(0x0a, Buffer.from([code])))]
  // keyTime and CAkeyTime carry the time since when the key is not to be trusted
  const since = /^(?:CA)?keyTime$/i.test(reason ?? '') ? dateOf(row.revoked.split(',')[2] ?? '') : undefined
  if (since) {
    const text = `${since.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
    extensions.push(extensionOf(invalidityDateOid, tlv(0x18, Buffer.from(text, 'latin1'))))
  }
  return new RevokedCertificate({
    userCertificate: arrayBuffer(serialBytes(row.serial)),
    revocationDate: new Time(at ?? new Date(0)),
    ...(extensions.length > 0 && {crlEntryExtensions: extensions}),
  })
}

function serialOf({userCertificate}: RevokedCertificate): bigint {
  return BigInt(`0x${Buffer.from(userCertificate).toString('hex')}`)
}
