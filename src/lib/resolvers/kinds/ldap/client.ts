import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {isIP} from 'node:net'
import type {ConnectionOptions} from 'node:tls'
import {Client, ResultCodeError} from 'ldapts'
import {PiError, reasonOf} from '../../../errors.js'
import {bindDigestMd5} from './digest-md5.js'
import type {LdapConfig, LdapServer} from './settings.js'

/** Where the originals look for certificates of authorities when `TLS_CA_FILE` is not set (spec/10 §4.1). */
const usualCaFiles = [
  '/etc/privacyidea/ldap-ca.crt',
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/certs/ca-bundle.crt',
]

/** A server that cannot be reached, or has no time: another one may answer. */
export class Unreachable extends Error {}

/** Result codes that say "not now": busy and unavailable. */
const busyCodes = [51, 52]

/** Whom to bind as; an empty DN is nobody. */
export interface Credentials {
  dn: string
  password: string
}

/**
 * Connects to one server, encrypted as configured, and binds.
 * @throws Unreachable, ResultCodeError (the bind is refused), PiError UNAVAILABLE (no encryption), CONFIG
 */
export async function openClient(server: LdapServer, config: LdapConfig, who: Credentials): Promise<Client> {
  const tls = server.secure || config.startTls ? await tlsOptions(server, config) : undefined
  const client = new Client({
    url: server.url,
    timeout: config.timeoutMs,
    connectTimeout: config.timeoutMs,
    ...(server.secure && tls && {tlsOptions: tls}),
  })
  try {
    if (!server.secure && tls) await startTls(client, tls, config.timeoutMs)
    await bind(client, server, config, who)
    return client
  } catch (error) {
    await client.unbind().catch(() => undefined)
    throw failureOf(error, server)
  }
}

async function bind(
  client: Client,
  server: LdapServer,
  config: LdapConfig,
  {dn, password}: Credentials,
): Promise<void> {
  if (dn === '') await client.bind('', '')
  else if (config.bindType === 'digest-md5') await bindDigestMd5(client, server.host, dn, password)
  else await client.bind(dn, password)
}

/** @throws PiError UNAVAILABLE when the server refuses encryption: nothing goes on in clear */
async function startTls(client: Client, tls: ConnectionOptions, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the TLS handshake takes too long')), timeoutMs)
  })
  try {
    await Promise.race([client.startTLS(tls), late])
  } catch (error) {
    if (!(error instanceof ResultCodeError)) throw error
    throw new PiError('UNAVAILABLE', `The directory refuses StartTLS: ${resultText(error)}.`, {
      hints: ['Use ldaps:// in LDAPURI, or let the server offer StartTLS'],
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}

async function tlsOptions({host}: LdapServer, {tls}: LdapConfig): Promise<ConnectionOptions> {
  const options: ConnectionOptions = {
    host,
    // An address is no server name (RFC 6066 §3); it is compared with the certificate all the same.
    ...(isIP(host) === 0 && {servername: host}),
    minVersion: tls.version,
    maxVersion: tls.version,
    rejectUnauthorized: tls.verify,
    // What OpenSSL of today takes for too weak is what was asked for.
    ...((tls.version === 'TLSv1' || tls.version === 'TLSv1.1') && {ciphers: 'DEFAULT@SECLEVEL=0'}),
  }
  if (!tls.verify) return options
  const file = tls.caFile ?? usualCaFiles.find((candidate) => existsSync(candidate))
  if (file === undefined) return options
  try {
    return {...options, ca: await readFile(file)}
  } catch (error) {
    throw new PiError('CONFIG', `TLS_CA_FILE cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}

function failureOf(error: unknown, {url}: LdapServer): Error {
  if (error instanceof PiError) return error
  if (error instanceof ResultCodeError) {
    return busyCodes.includes(error.code) ? new Unreachable(`${url}: ${resultText(error)}`, {cause: error}) : error
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/CERT|SELF_SIGNED|ISSUER|^ERR_(?:TLS|SSL)|^EPROTO/.test(code)) {
    return new PiError('UNAVAILABLE', `No encrypted connection to ${url}: ${reasonOf(error)}`, {
      hints: ['Look at TLS_VERSION, TLS_CA_FILE and the name in the certificate of the server'],
      cause: error,
    })
  }
  return new Unreachable(`${url}: ${oneLine(reasonOf(error))}`, {cause: error})
}

/** `invalid credentials (49)`: the class of ldapts carries the meaning of the code. */
export function resultText(error: ResultCodeError): string {
  const meaning = error.name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .toLowerCase()
  return `${meaning} (${error.code})`
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
