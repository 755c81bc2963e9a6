import {readFile} from 'node:fs/promises'
import {PiError, reasonOf} from '../../../errors.js'
import type {CaConnector, CaEnv, CaKind, CrlResult, IssuedCertificate, SignOptions, SignResult} from '../../contract.js'
import {readCertificate, serialHex, type ReadCertificate} from '../../shared/certificate.js'
import {pemBlocks} from '../../shared/pem.js'
import type {RevocationReason} from '../../shared/reasons.js'
import {readSignedRequest} from '../../shared/request.js'
import type {Signer} from '../../shared/signature.js'
import {openCaKey} from './ca-key.js'
import {createCrl, presentCrl} from './crl.js'
import {CaFolder} from './folder.js'
import {dateOf, indexDate, revocationOf} from './index-file.js'
import {issue, wholeSeconds} from './issue.js'
import {parseTemplates} from './templates.js'

const defaults = {days: 365, extensions: 'server', overlapDays: 2}

/** A CA in a folder that openssl also works in (spec/11 §E2). */
export const local: CaKind = {
  type: 'local',
  required: ['cakey', 'cacert'],
  async open(env) {
    return new LocalCa(env, await CaFolder.open(env))
  },
}

class LocalCa implements CaConnector {
  readonly #env: CaEnv
  readonly #folder: CaFolder
  #certificate: ReadCertificate | undefined
  #signer: Promise<Signer> | undefined

  constructor(env: CaEnv, folder: CaFolder) {
    this.#env = env
    this.#folder = folder
  }

  async sign(request: string, {template, days, extensions}: SignOptions): Promise<SignResult> {
    const read = readSignedRequest(request)
    const chosen = template === undefined ? undefined : (await this.templates()).get(template)
    if (template !== undefined && !chosen) {
      throw new PiError('NOT_FOUND', `The CA has no template '${template}'.`, {
        hints: [`Templates: ${[...(await this.templates()).keys()].join(', ') || 'none'}`],
      })
    }
    const options = {
      request: read,
      days: chosen?.days ?? days ?? defaults.days,
      extensions: chosen?.extensions ?? extensions ?? defaults.extensions,
    }
    if (!Number.isInteger(options.days) || options.days < 1 || options.days > 36_500) {
      throw new PiError('INVALID_INPUT', `A certificate cannot be valid for ${options.days} days.`)
    }
    const issued = await issue(this.#folder, await this.#own(), await this.#open(), options, this.#env)
    return {state: 'issued', ...issued}
  }

  async revoke(serial: string, reason: RevocationReason): Promise<string> {
    const number = serialHex(BigInt(`0x${serial}`))
    const now = indexDate(wholeSeconds(this.#env.now()))
    return this.#folder.change(async () => {
      const index = await this.#folder.readIndex()
      const row = index.rows.find((one) => BigInt(`0x${one.serial}`) === BigInt(`0x${number}`))
      if (!row) {
        throw new PiError('NOT_FOUND', `The CA has not issued a certificate with the serial number ${number}.`, {
          hints: ['See pi-manage ca report NAME'],
        })
      }
      if (row.state === 'R') throw new PiError('REFUSED', `The certificate ${number} is revoked already.`)
      const revoked = {...row, state: 'R' as const, revoked: `${now},${reason}`}
      await this.#folder.writeIndex(
        index,
        index.rows.map((one) => (one === row ? revoked : one)),
      )
      return number
    })
  }

  async templates(): Promise<ReadonlyMap<string, {days?: number; extensions?: string}>> {
    const file = this.#folder.templateFile
    if (file === undefined) return new Map()
    try {
      return parseTemplates(await readFile(file, 'utf8'), file)
    } catch (error) {
      if (error instanceof PiError) throw error
      this.#env.warn(`The templates of the CA cannot be read: ${reasonOf(error)}`)
      return new Map()
    }
  }

  async createCrl({force}: {force: boolean}): Promise<CrlResult> {
    const overlapDays = Number(this.#env.settings['CRL_Overlap_Period'] || defaults.overlapDays)
    if (!Number.isFinite(overlapDays)) {
      throw new PiError('CONFIG', 'The setting CRL_Overlap_Period of the CA connector is no number of days.')
    }
    return createCrl(this.#folder, await this.#own(), () => this.#open(), {force, overlapDays}, this.#env)
  }

  async presentCrl(): Promise<{nextUpdate: Date; revoked: number} | undefined> {
    const crl = await presentCrl(this.#folder, await this.#own(), this.#env)
    return crl && {nextUpdate: crl.nextUpdate, revoked: crl.serials.size}
  }

  async issued(): Promise<IssuedCertificate[]> {
    const now = this.#env.now()
    const {rows} = await this.#folder.readIndex()
    return rows.map((row) => {
      const notAfter = dateOf(row.expires) ?? new Date(0)
      const {at, reason} = revocationOf(row)
      return {
        serial: row.serial,
        subject: row.subject,
        state: row.state === 'R' ? 'revoked' : notAfter <= now ? 'expired' : 'valid',
        notAfter,
        ...(row.state === 'R' && at && {revokedAt: at}),
        ...(row.state === 'R' && reason !== undefined && {reason}),
      }
    })
  }

  async chain(): Promise<string[]> {
    await this.#own()
    const text = await readFile(this.#folder.certificateFile, 'utf8')
    return pemBlocks(text)
      .filter(({label}) => label === 'CERTIFICATE')
      .map(({der}) => readCertificate(der).pem)
  }

  async close(): Promise<void> {
    const signer = await this.#signer?.catch(() => undefined)
    await signer?.close()
  }

  async #own(): Promise<ReadCertificate> {
    if (this.#certificate) return this.#certificate
    const file = this.#folder.certificateFile
    try {
      this.#certificate = readCertificate(await readFile(file))
    } catch (error) {
      throw new PiError('CONFIG', `The certificate of the CA, ${file}, cannot be read: ${reasonOf(error)}`, {
        cause: error,
      })
    }
    return this.#certificate
  }

  #open(): Promise<Signer> {
    return (this.#signer ??= this.#own().then((own) => openCaKey(this.#folder.key, own, this.#env)))
  }
}
