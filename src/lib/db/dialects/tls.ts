import {readFileSync} from 'node:fs'
import {connect as tcpConnect, type Socket} from 'node:net'
import {checkServerIdentity, TLSSocket, type ConnectionOptions} from 'node:tls'
import {PiError, reasonOf} from '../../errors.js'
import {booleanOption} from './options.js'

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/**
 * TLS for PostgreSQL by libpq's `sslmode`: `disable`, `allow` and `prefer` do not insist, `require` encrypts without
 * looking at the certificate (unless `sslrootcert` is given), `verify-ca` and `verify-full` check it.
 */
export async function postgresTls(
  server: {host: string; port: number; connectionTimeoutMillis: number},
  options: ReadonlyMap<string, string>,
): Promise<ConnectionOptions | undefined> {
  const mode = options.get('sslmode') ?? 'prefer'
  if (!['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'].includes(mode)) {
    throw new PiError('CONFIG', `The database URI has an unknown sslmode '${mode}'.`)
  }
  if (mode === 'disable' || mode === 'allow') return undefined
  if (mode === 'prefer' && !(await offersTls(server))) return undefined
  const ca = fileOption(options, 'sslrootcert')
  const verify = mode.startsWith('verify') || (mode === 'require' && ca !== undefined)
  return {
    ...certificates(ca, fileOption(options, 'sslcert'), fileOption(options, 'sslkey')),
    rejectUnauthorized: verify,
    ...(mode !== 'verify-full' && {checkServerIdentity: () => undefined}),
  }
}

/** Asks a PostgreSQL server whether it speaks TLS (SSLRequest, PostgreSQL manual §55.2.10). A silent server does not. */
function offersTls({host, port, connectionTimeoutMillis}: Parameters<typeof postgresTls>[0]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tcpConnect({host, port})
    const answer = (offers: boolean) => {
      socket.destroy()
      resolve(offers)
    }
    socket.setTimeout(connectionTimeoutMillis, () => answer(false))
    socket.once('connect', () => socket.write(sslRequest))
    socket.once('data', (data) => answer(data.toString('latin1', 0, 1) === 'S'))
    socket.once('error', () => answer(false))
    socket.once('close', () => resolve(false))
  })
}

/** TLS for MySQL and MariaDB as PyMySQL takes it: a CA given means that the certificate is checked. */
export function mariadbTls(
  options: ReadonlyMap<string, string>,
): (ConnectionOptions & {verifyIdentity: boolean}) | undefined {
  const wanted = [...options.keys()].some((key) => key.startsWith('ssl_') && key !== 'ssl_disabled')
  const mode = options.get('ssl_mode')?.toUpperCase()
  if (booleanOption(options, 'ssl_disabled') || mode === 'DISABLED' || (!wanted && !booleanOption(options, 'ssl'))) {
    return undefined
  }
  const ca = fileOption(options, 'ssl_ca')
  const identity = booleanOption(options, 'ssl_verify_identity') ?? booleanOption(options, 'ssl_check_hostname')
  const certificate = booleanOption(options, 'ssl_verify_cert')
  const verify = certificate ?? (mode ? mode.startsWith('VERIFY') : ca !== undefined)
  return {
    ...certificates(ca, fileOption(options, 'ssl_cert'), fileOption(options, 'ssl_key')),
    rejectUnauthorized: verify,
    verifyIdentity: verify && (identity ?? (mode ? mode === 'VERIFY_IDENTITY' : ca !== undefined)),
  }
}

/** Why the certificate at the other end is not that of `host`. */
export function identityError(host: string, stream: Socket | TLSSocket): Error | undefined {
  if (!(stream instanceof TLSSocket)) return new Error('does not support secure connections')
  // A resumed session was checked when it began.
  return stream.isSessionReused() ? undefined : checkServerIdentity(host, stream.getPeerCertificate())
}

function certificates(ca?: string, cert?: string, key?: string): ConnectionOptions {
  return {...(ca !== undefined && {ca}), ...(cert !== undefined && {cert}), ...(key !== undefined && {key})}
}

/** @throws PiError CONFIG when the file cannot be read */
function fileOption(options: ReadonlyMap<string, string>, name: string): string | undefined {
  const file = options.get(name)
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PiError('CONFIG', `The file of the database option ${name} cannot be read: ${file}.`, {
      hints: [reasonOf(error)],
      cause: error,
    })
  }
}
