import {PiError} from '../../errors.js'
import {showCertificate, type ShownCertificate} from '../../ca/shared/inspect.js'
import type {CaDocument, CaService} from './index.js'

/** What is known of a CA; scripts rely on the names. */
export interface CaOverview extends CaDocument {
  authority?: ShownCertificate
  crl?: {nextUpdate: string | null; revoked: number}
  issued?: {valid: number; revoked: number; expired: number}
  templates?: Record<string, {days?: number; extensions?: string}>
  authorities?: string[]
  /** Why some of it is missing. */
  problem?: string
}

/** A CA with what its folder, or its worker, tells. @throws PiError NOT_FOUND */
export async function caOverview(service: CaService, name: string, {contact}: {contact: boolean}): Promise<CaOverview> {
  const ca = await service.get(name)
  if (!contact) return ca
  try {
    return await service.use(name, async (connector) => {
      const [certificate] = (await connector.chain?.()) ?? []
      const list = await connector.issued?.()
      const crl = await connector.presentCrl?.()
      const count = (state: string) => list?.filter((one) => one.state === state).length ?? 0
      return {
        ...ca,
        ...(certificate !== undefined && {authority: showCertificate(certificate)}),
        ...(crl && {crl: {nextUpdate: crl.nextUpdate?.toISOString() ?? null, revoked: crl.revoked}}),
        ...(list && {issued: {valid: count('valid'), revoked: count('revoked'), expired: count('expired')}}),
        templates: Object.fromEntries(await connector.templates()),
        ...(connector.authorities && {authorities: await connector.authorities()}),
      }
    })
  } catch (error) {
    if (!(error instanceof PiError)) throw error
    return {...ca, problem: error.message}
  }
}
