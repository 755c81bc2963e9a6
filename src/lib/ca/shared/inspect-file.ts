import {PiError} from '../../errors.js'
import {contentOf} from './asn1.js'
import {
  showCertificate,
  showCrl,
  showRequest,
  type ShownCertificate,
  type ShownCrl,
  type ShownRequest,
} from './inspect.js'
import {pemBlocks} from './pem.js'
import {readPkcs12} from './pkcs12.js'

/** One thing in a file. */
export type ShownFile =
  | ({type: 'certificate'} & ShownCertificate)
  | ({type: 'request'} & ShownRequest)
  | ({type: 'crl'} & ShownCrl)
  | {type: 'PKCS#12'; name: string | null; keys: number; certificates: number}
  | {type: 'private key' | 'other'; label: string}

/** A file with more blocks is no chain, but a whole store. */
const mostBlocks = 1000

const readers: Readonly<Record<string, (der: Buffer) => ShownFile>> = {
  CERTIFICATE: (der) => ({type: 'certificate', ...showCertificate(der)}),
  'X509 CERTIFICATE': (der) => ({type: 'certificate', ...showCertificate(der)}),
  'TRUSTED CERTIFICATE': (der) => ({type: 'certificate', ...showCertificate(der)}),
  'CERTIFICATE REQUEST': (der) => ({type: 'request', ...showRequest(der)}),
  'NEW CERTIFICATE REQUEST': (der) => ({type: 'request', ...showRequest(der)}),
  'X509 CRL': (der) => ({type: 'crl', ...showCrl(der)}),
}

/**
 * Everything in a file: PEM blocks, or DER of a kind that is found out.
 * @param password asked for when it is a PKCS#12 file
 * @throws PiError INVALID_INPUT, INTEGRITY (password)
 */
export async function inspectFile(file: Buffer, password: () => Promise<string>): Promise<ShownFile[]> {
  const blocks = pemBlocks(file.toString('latin1'))
  if (blocks.length > mostBlocks) throw new PiError('INVALID_INPUT', `The file has more than ${mostBlocks} PEM blocks.`)
  if (blocks.length > 0) {
    return blocks.map(({label, der}) => {
      if (Object.hasOwn(readers, label)) return readers[label]!(der)
      return {type: label.endsWith('PRIVATE KEY') ? 'private key' : 'other', label}
    })
  }
  const bare = file.toString('latin1').replace(/\s+/g, '')
  const der = file[0] !== 0x30 && /^M[A-Za-z0-9+/]+={0,2}$/.test(bare) ? Buffer.from(bare, 'base64') : file
  if (isPkcs12(der)) return showPkcs12(der, await password())
  for (const label of ['CERTIFICATE', 'CERTIFICATE REQUEST', 'X509 CRL']) {
    try {
      return [readers[label]!(der)]
    } catch (error) {
      if (!(error instanceof PiError)) throw error
    }
  }
  throw new PiError('INVALID_INPUT', 'This is no certificate, certificate request, CRL or PKCS#12 file.')
}

/** It begins with the version 3, the others with a sequence. */
function isPkcs12(der: Buffer): boolean {
  try {
    const {content, tag} = contentOf(der)
    return tag === 0x30 && content.subarray(0, 3).equals(Buffer.from([2, 1, 3]))
  } catch {
    return false
  }
}

async function showPkcs12(der: Buffer, password: string): Promise<ShownFile[]> {
  const {certificates, friendlyName, keys} = await readPkcs12(der, password)
  return [
    {type: 'PKCS#12', name: friendlyName ?? null, keys: keys.length, certificates: certificates.length},
    ...certificates.map((certificate): ShownFile => ({type: 'certificate', ...showCertificate(certificate)})),
  ]
}
