import {notFound, PiError} from '../../errors.js'
import type {CaService} from './index.js'

/**
 * Whether a certificate could be revoked, as far as its CA keeps a list.
 * @returns its subject @throws PiError NOT_FOUND, REFUSED (revoked already)
 */
export async function revocable(service: CaService, ca: string, serial: string): Promise<string> {
  return service.use(ca, async (connector) => {
    const list = await connector.issued?.()
    if (!list) return 'unknown subject'
    const found = list.find((one) => BigInt(`0x${one.serial}`) === BigInt(`0x${serial}`))
    if (!found) throw notFound('certificate', serial, `pi-manage ca report ${ca}`)
    if (found.state === 'revoked') throw new PiError('REFUSED', `The certificate ${serial} is revoked already.`)
    return found.subject
  })
}
