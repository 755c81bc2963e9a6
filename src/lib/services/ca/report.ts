import {readCertificate} from '../../ca/shared/certificate.js'
import {readableName} from '../../ca/shared/names.js'
import type {Database, Row} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {CaDocument, CaService} from './index.js'

/** Something that ends. */
export interface ExpiryRow {
  /** `ca`: certificate of the CA itself; `crl`; `certificate` on the list of a CA; `token`: one that a token keeps. */
  kind: 'ca' | 'certificate' | 'crl' | 'token'
  ca: string | null
  /** Serial number of the certificate, hex. */
  serial: string | null
  subject: string
  state: 'expired' | 'revoked' | 'valid'
  /** ISO 8601 UTC. */
  notAfter: string
  /** Whole days from now; negative when it is over. */
  daysLeft: number
  /** Serial of the token that keeps it. */
  token: string | null
}

export interface CaReport {
  rows: ExpiryRow[]
  /** CAs that could not be asked. */
  problems: {ca: string; reason: string}[]
}

export interface ReportOptions {
  /** Only this CA; its tokens too. */
  ca?: string | undefined
  /** Only what ends within so many milliseconds from now, or has ended. */
  withinMs?: number | undefined
  /** Revoked ones, and those that ended long before, are left out otherwise. */
  all?: boolean
  now: Date
}

const dayMs = 86_400_000
const pageSize = 500

/** Certificates of all CAs and tokens with the time of their end, the nearest first. @throws PiError NOT_FOUND (CA) */
export async function caReport(
  db: Database,
  service: CaService,
  {ca, withinMs = Infinity, all = false, now}: ReportOptions,
): Promise<CaReport> {
  const wanted = ca === undefined ? await service.list() : [await service.get(ca)]
  const rows: ExpiryRow[] = []
  const problems: CaReport['problems'] = []
  const add = (row: Omit<ExpiryRow, 'daysLeft' | 'notAfter' | 'state'>, notAfter: Date, revoked = false) => {
    const left = notAfter.getTime() - now.getTime()
    const state = revoked ? 'revoked' : left <= 0 ? 'expired' : 'valid'
    if (left > withinMs || (!all && state === 'revoked')) return
    rows.push({...row, state, notAfter: notAfter.toISOString(), daysLeft: Math.floor(left / dayMs)})
  }

  const tokens = new Map<string, string>()
  for await (const token of certificateTokens(db)) {
    if (ca !== undefined && token.ca?.toLowerCase() !== wanted[0]!.name.toLowerCase()) continue
    let read: ReturnType<typeof readCertificate>
    try {
      read = readCertificate(token.certificate)
    } catch (error) {
      if (!(error instanceof PiError)) throw error
      problems.push({ca: token.ca ?? '', reason: `token ${token.serial}: ${error.message}`})
      continue
    }
    const facts = {kind: 'token' as const, ca: token.ca, serial: read.serial, token: token.serial}
    if (token.ca !== null) tokens.set(`${token.ca.toLowerCase()} ${read.serial}`, token.serial)
    add({...facts, subject: readableName(read.subject)}, read.notAfter, token.revoked)
  }
  for (const one of wanted) await addCa(service, one, {add, problems, tokens})
  rows.sort((one, other) => (one.notAfter < other.notAfter ? -1 : one.notAfter > other.notAfter ? 1 : 0))
  return {rows, problems}
}

interface Collector {
  add: (row: Omit<ExpiryRow, 'daysLeft' | 'notAfter' | 'state'>, notAfter: Date, revoked?: boolean) => void
  problems: CaReport['problems']
  /** Serials of tokens, by CA and number. */
  tokens: ReadonlyMap<string, string>
}

/** What a token keeps is told once, with the token. */
async function addCa(service: CaService, {name, type}: CaDocument, {add, problems, tokens}: Collector): Promise<void> {
  // a Microsoft CA keeps its list itself
  if (type !== 'local') return
  try {
    await service.use(name, async (connector) => {
      const common = {ca: name, token: null}
      for (const pem of (await connector.chain?.()) ?? []) {
        const {notAfter, serial, subject} = readCertificate(pem)
        add({...common, kind: 'ca', serial, subject: readableName(subject)}, notAfter)
      }
      const crl = await connector.presentCrl?.()
      if (crl?.nextUpdate) add({...common, kind: 'crl', serial: null, subject: 'CRL'}, crl.nextUpdate)
      for (const {notAfter, serial, state, subject} of (await connector.issued?.()) ?? []) {
        if (tokens.has(`${name.toLowerCase()} ${serial}`)) continue
        add({...common, kind: 'certificate', serial, subject}, notAfter, state === 'revoked')
      }
    })
  } catch (error) {
    if (!(error instanceof PiError)) throw error
    problems.push({ca: name, reason: error.message})
  }
}

/** Tokens with a certificate, page by page. */
async function* certificateTokens(
  db: Database,
): AsyncGenerator<{serial: string; revoked: boolean; certificate: string; ca: string | null}> {
  for (let last = 0; ;) {
    const rows = await db
      .k<Row>('token')
      .where({tokentype: 'certificate'})
      .where('id', '>', last)
      .orderBy('id')
      .limit(pageSize)
      .select('id', 'serial', 'revoked')
    if (rows.length === 0) return
    const ids = rows.map((row) => Number(row['id']))
    const details = await db
      .k<Row>('tokeninfo')
      .whereIn('token_id', ids)
      .whereIn('Key', ['CA', 'certificate'])
      .select('token_id', 'Key', 'Value')
    const value = (id: unknown, key: string) =>
      details.find((row) => row['Key'] === key && Number(row['token_id']) === Number(id))?.['Value']
    for (const row of rows) {
      const certificate = value(row['id'], 'certificate')
      if (!certificate) continue
      const ca = value(row['id'], 'CA')
      yield {
        serial: String(row['serial']),
        revoked: Boolean(row['revoked']),
        certificate: String(certificate),
        ca: ca ? String(ca) : null,
      }
    }
    last = ids.at(-1)!
  }
}
