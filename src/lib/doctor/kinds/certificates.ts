import {X509Certificate} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import type {Database, Row} from '../../db/database.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Fault} from '../contract.js'

/** Certificate authorities and certificates. */
export const certificateChecks: readonly DoctorCheck[] = [
  {
    id: 'ca-files',
    title: 'the files of every local certificate authority are there',
    severity: 'error',
    mend: 'pi-manage ca show NAME; correct its settings or bring the files back',
    async run(env) {
      const authorities = await localAuthorities(env)
      if (authorities.length === 0) return {skipped: 'There is no local certificate authority.'}
      const faults: Fault[] = []
      for (const {name, settings} of authorities) {
        for (const key of ['cacert', 'cakey']) {
          const file = fileOf(settings, key)
          if (file === undefined) faults.push({message: `The authority '${name}' has no setting ${key}.`})
          else if (!(await env.fileFacts(file)))
            faults.push({message: `The authority '${name}': ${file} is not there.`})
        }
      }
      return outcome(`${authorities.length} authorities`, faults)
    },
  },
  {
    id: 'ca-certificates',
    title: 'certificates of authorities are valid for some time',
    severity: 'error',
    mend: 'Make a new authority in time: pi-manage ca create',
    async run(env) {
      const authorities = await localAuthorities(env)
      if (authorities.length === 0) return {skipped: 'There is no local certificate authority.'}
      const faults: Fault[] = []
      for (const {name, settings} of authorities) {
        const pem = await readIfThere(fileOf(settings, 'cacert'))
        if (pem) faults.push(...expiry(`The certificate of the authority '${name}'`, notAfter(pem), env))
      }
      return outcome(`${authorities.length} authorities`, faults)
    },
  },
  {
    id: 'ca-crl',
    title: 'revocation lists are young enough',
    severity: 'error',
    mend: 'pi-manage ca create-crl NAME, daily by cron',
    async run(env) {
      const authorities = await localAuthorities(env)
      if (authorities.length === 0) return {skipped: 'There is no local certificate authority.'}
      const faults: Fault[] = []
      for (const {name, settings} of authorities) {
        const file = fileOf(settings, 'CRL', 'crl.pem')
        const pem = await readIfThere(file)
        if (!pem) {
          faults.push({
            message: `The authority '${name}' has no revocation list.`,
            severity: 'note',
            mend: `pi-manage ca create-crl ${name}`,
          })
          continue
        }
        const nextUpdate = await nextUpdateOf(pem)
        if (!nextUpdate) continue
        const left = nextUpdate.getTime() - env.now.getTime()
        const overlap = Number(settings['CRL_Overlap_Period'] ?? 2) * 86_400_000
        const mend = `pi-manage ca create-crl ${name}`
        if (left < 0) {
          faults.push({
            message: `The revocation list of '${name}' ended on ${day(nextUpdate)}: certificates are refused.`,
            mend,
          })
        } else if (left < Math.min(overlap, 86_400_000)) {
          faults.push({
            message: `The revocation list of '${name}' ends on ${day(nextUpdate)}.`,
            severity: 'warning',
            mend,
          })
        }
      }
      return outcome(`${authorities.length} authorities`, faults)
    },
  },
  {
    id: 'token-certificates',
    title: 'certificates of tokens do not end unnoticed',
    severity: 'warning',
    mend: 'pi-manage ca report --expiring 30d',
    timeoutMs: 30_000,
    async run(env) {
      const db = await env.database()
      const ends: {serial: string; end: Date}[] = []
      let total = 0
      for await (const rows of certificatesOf(db)) {
        for (const row of rows) {
          total++
          const end = notAfter(Buffer.from(String(row['Value'] ?? ''), 'latin1'))
          if (end && end.getTime() - env.now.getTime() < env.limits.certificateDays * 86_400_000)
            ends.push({serial: String(row['serial']), end})
        }
      }
      if (total === 0) return {skipped: 'No token has a certificate.'}
      const over = ends.filter(({end}) => end < env.now)
      const soon = ends.filter(({end}) => end >= env.now)
      const faults: Fault[] = []
      if (over.length > 0)
        faults.push({
          message: `${over.length} certificates of active tokens have ended, e.g. that of ${over[0]!.serial}.`,
        })
      if (soon.length > 0) {
        faults.push({
          message: `${soon.length} certificates end within ${env.limits.certificateDays} days, e.g. that of ${soon[0]!.serial} on ${day(soon[0]!.end)}.`,
        })
      }
      return outcome(`${total} certificates`, faults)
    },
  },
]

interface Authority {
  name: string
  settings: Record<string, string>
}

async function localAuthorities({database, servers}: DoctorEnv): Promise<Authority[]> {
  await database()
  const found: Authority[] = []
  for (const {name, settings} of await servers('ca-connector')) {
    if (settings['type'] === 'local')
      found.push({name, settings: (settings['settings'] ?? {}) as Record<string, string>})
  }
  return found
}

/** Names of files are relative to the working folder of the authority (spec/11 §E2). */
function fileOf(settings: Readonly<Record<string, string>>, key: string, preset?: string): string | undefined {
  const name = settings[key] || preset
  return name === undefined ? undefined : path.resolve(settings['WorkingDir'] || '.', name)
}

async function readIfThere(file: string | undefined): Promise<Buffer | undefined> {
  return file === undefined ? undefined : readFile(file).catch(() => undefined)
}

/** When the next list is promised; undefined when it promises none. @throws Error for something else */
async function nextUpdateOf(crl: Buffer): Promise<Date | undefined> {
  const [{AsnConvert}, {CertificateList}] = await Promise.all([
    import('@peculiar/asn1-schema'),
    import('@peculiar/asn1-x509'),
  ])
  const base64 = /-----BEGIN X509 CRL-----([^-]*)-----END/.exec(crl.toString('latin1'))?.[1]
  const der = base64 === undefined ? crl : Buffer.from(base64, 'base64')
  return AsnConvert.parse(new Uint8Array(der), CertificateList).tbsCertList.nextUpdate?.getTime()
}

function notAfter(pem: Buffer): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo)
  } catch {
    return undefined
  }
}

function expiry(what: string, end: Date | undefined, {limits, now}: DoctorEnv): Fault[] {
  if (!end) return [{message: `${what} cannot be read.`}]
  if (end < now) return [{message: `${what} ended on ${day(end)}.`}]
  if (end.getTime() - now.getTime() > limits.certificateDays * 86_400_000) return []
  return [{message: `${what} ends on ${day(end)}.`, severity: 'warning'}]
}

function certificatesOf(db: Database): AsyncIterable<Row[]> {
  return db.pages<Row>('tokeninfo', {
    build: (query) =>
      void query
        .join('token', 'token.id', 'tokeninfo.token_id')
        .where('tokeninfo.Key', 'certificate')
        .where('token.tokentype', 'certificate')
        .where('token.active', true)
        .select('tokeninfo.id as id', 'tokeninfo.Value as Value', 'token.serial as serial'),
  })
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
