import {PiError} from '../errors.js'

/** The parts of a SQLAlchemy database URI (spec/02 §2.1). Texts are decoded except `database`, as the original does. */
export interface SqlalchemyUrl {
  /** `mysql`, `postgresql`, `sqlite`, `oracle`, … as written, lower case. */
  readonly backend: string
  /** What follows the `+`, e.g. `pymysql`. */
  readonly driver: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  /** IPv6 addresses without brackets. */
  readonly host: string | undefined
  readonly port: number | undefined
  /** Empty text for `oracle://…/?service_name=XE`, absent without a slash. */
  readonly database: string | undefined
  /** Every value of every key, in order. */
  readonly query: ReadonlyMap<string, readonly string[]>
}

/** A part between `user` and the end: `[ipv6]`, host, port, database, query. Host and port must not hold an `@`. */
const location =
  /^(?:\[(?<ipv6>[^/?]+)\]|(?<host>[^/:?]+))?(?::(?<port>[^/?]*))?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/s

/**
 * Reads a URI by the rules of spec/02 §2.1, which are not those of the WHATWG: a password may hold `/ ? # :` as they are.
 * It ends at the first `@` (SQLAlchemy 1.4 and later) unless the host would then hold an `@` (SQLAlchemy 1.3: the last one).
 * @throws PiError CONFIG, without quoting the URI, which may hold a password
 */
export function parseSqlalchemyUrl(uri: string): SqlalchemyUrl {
  const scheme = /^(?<backend>\w+)(?:\+(?<driver>\w+))?:\/\/(?<rest>.*)$/s.exec(uri.trim())?.groups
  if (!scheme) throw invalidUri('it does not begin with a dialect, like postgresql://')
  const {credentials, place} = splitCredentials(scheme['rest'] ?? '')
  const found = location.exec(place)?.groups
  if (!found) throw invalidUri('host, port or database cannot be told apart')
  const port = found['port']
  if (port !== undefined && !/^\d*$/.test(port)) throw invalidUri('the port is not a number')
  const [username, password] = credentials
  return {
    backend: (scheme['backend'] ?? '').toLowerCase(),
    driver: scheme['driver']?.toLowerCase(),
    username,
    password,
    host: found['ipv6'] ?? found['host'],
    port: port ? Number(port) : undefined,
    database: found['database'],
    query: parseQuery(found['query']),
  }
}

/** The URI without its password, for messages. */
export function describeUrl(url: SqlalchemyUrl): string {
  const scheme = url.driver ? `${url.backend}+${url.driver}` : url.backend
  const user = url.username === undefined ? '' : `${url.username}${url.password === undefined ? '' : ':***'}@`
  const host = url.host?.includes(':') ? `[${url.host}]` : (url.host ?? '')
  const port = url.port === undefined ? '' : `:${url.port}`
  return `${scheme}://${user}${host}${port}${url.database === undefined ? '' : `/${url.database}`}`
}

/**
 * Everything before the host, decoded, and the rest. A user name may hold an `@` (as Azure's do): it goes up to the
 * first colon, or to the last `@` before the first colon or slash when there is no password.
 */
function splitCredentials(rest: string): {credentials: [string?, string?]; place: string} {
  const userEnd = rest.search(/[:/]/)
  if (rest[userEnd] === ':' && rest.includes('@', userEnd)) {
    const first = rest.indexOf('@', userEnd)
    const hostOfFirst = /^[^/:?]*/.exec(rest.slice(first + 1))?.[0] ?? ''
    const end = hostOfFirst.includes('@') ? rest.lastIndexOf('@') : first
    const credentials: [string, string] = [
      percentDecoded(rest.slice(0, userEnd)),
      percentDecoded(rest.slice(userEnd + 1, end)),
    ]
    return {credentials, place: rest.slice(end + 1)}
  }
  const end = rest.slice(0, userEnd < 0 ? undefined : userEnd).lastIndexOf('@')
  if (end < 0) return {credentials: [], place: rest}
  return {credentials: [percentDecoded(rest.slice(0, end))], place: rest.slice(end + 1)}
}

function parseQuery(text: string | undefined): Map<string, string[]> {
  const query = new Map<string, string[]>()
  for (const pair of (text ?? '').split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = queryDecoded(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : queryDecoded(pair.slice(equals + 1))
    query.set(key, [...(query.get(key) ?? []), value])
  }
  return query
}

function queryDecoded(text: string): string {
  return percentDecoded(text.replaceAll('+', ' '))
}

/** Percent-decoding as Python's: what is no valid escape stays as it is, broken UTF-8 becomes U+FFFD. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
}

function invalidUri(reason: string): PiError {
  return new PiError('CONFIG', `The database URI cannot be read: ${reason}.`, {
    hints: ['Check SQLALCHEMY_DATABASE_URI in the configuration file, or --db-uri'],
  })
}
