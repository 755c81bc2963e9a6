import {PiError} from '../../../errors.js'
import type {CaConnector, CaEnv, CaKind, RequestState, SignOptions, SignResult} from '../../contract.js'
import {readCertificate} from '../../shared/certificate.js'
import {revocationReasons, type RevocationReason} from '../../shared/reasons.js'
import {readSignedRequest} from '../../shared/request.js'
import {plain, Worker} from './worker.js'

/** What became of a request (certificate services, CR_DISP_…). */
const disposition = {denied: 2, issued: 3, issuedOutOfBand: 4, pending: 5}

interface Disposition {
  disposition: number
  dispositionMessage: string
}

/** A CA on Windows, reached through privacyIDEA's worker (spec/11 §E3). The connection is made with the first call. */
export const microsoft: CaKind = {
  type: 'microsoft',
  required: ['hostname', 'port'],
  async open(env) {
    return new MicrosoftCa(env)
  },
}

class MicrosoftCa implements CaConnector {
  readonly #env: CaEnv
  #worker: Promise<Worker> | undefined

  constructor(env: CaEnv) {
    this.#env = env
  }

  async sign(request: string, {template}: SignOptions): Promise<SignResult> {
    const {pem} = readSignedRequest(request)
    if (template === undefined) {
      throw new PiError('USAGE', 'A Microsoft CA needs a template.', {
        hints: [`Templates: ${[...(await this.templates()).keys()].join(', ') || 'none'}`],
      })
    }
    const reply = await this.#call<Disposition & {requestId: number}>('SubmitCSR', {
      csr: pem,
      templateName: template,
      caName: this.#ca,
    })
    const {requestId} = reply
    if (isIssued(reply)) return {state: 'issued', certificate: await this.#certificate(requestId), requestId}
    if (reply.disposition === disposition.pending) {
      return {state: 'pending', requestId, message: plain(reply.dispositionMessage)}
    }
    throw new PiError('REFUSED', `The Microsoft CA did not sign the request: ${plain(reply.dispositionMessage)}`)
  }

  async revoke(serial: string, reason: RevocationReason): Promise<string> {
    await this.#call('RevokeCertificate', {
      caName: this.#ca,
      serialNumber: serial,
      reason: revocationReasons.indexOf(reason),
    })
    return serial
  }

  async templates(): Promise<ReadonlyMap<string, object>> {
    const {templateNames} = await this.#call<{templateNames: string[]}>('GetTemplates', {caName: this.#ca})
    return new Map(templateNames.map((name) => [name, {}]))
  }

  async requestState(requestId: number): Promise<RequestState> {
    const reply = await this.#call<Disposition>('GetCSRStatus', {caName: this.#ca, certRequestId: requestId})
    if (isIssued(reply)) return {state: 'issued', certificate: await this.#certificate(requestId)}
    const state = reply.disposition === disposition.denied ? 'denied' : 'pending'
    return {state, message: plain(reply.dispositionMessage)}
  }

  async authorities(): Promise<string[]> {
    return (await this.#call<{caNames: string[]}>('GetCAs', {})).caNames
  }

  async close(): Promise<void> {
    const worker = await this.#worker?.catch(() => undefined)
    worker?.close()
  }

  get #ca(): string {
    const ca = this.#env.settings['ca']
    if (ca) return ca
    throw new PiError('CONFIG', 'The CA connector does not name a CA (setting ca, e.g. HOST\\CA-NAME).')
  }

  async #certificate(id: number): Promise<string> {
    const {cert} = await this.#call<{cert: string}>('GetCertificate', {caName: this.#ca, id})
    return readCertificate(cert).pem
  }

  async #call<R extends object>(name: string, request: object): Promise<R> {
    return (await (this.#worker ??= Worker.connect(this.#env))).call<R>(name, request)
  }
}

function isIssued(reply: Disposition): boolean {
  return reply.disposition === disposition.issued || reply.disposition === disposition.issuedOutOfBand
}
