import type {ConnectRequest} from '../dialect.js'

/**
 * Options of a connection: `connect_args` of the engine options, with those of the URI above them, as SQLAlchemy merges
 * them. Unknown ones of the URI are reported and left out; of a repeated one the last counts.
 */
export function connectionOptions(
  {url, engineOptions, warn}: ConnectRequest,
  known: ReadonlySet<string>,
): Map<string, string> {
  const options = new Map<string, string>()
  const given = engineOptions['connect_args']
  if (given && typeof given === 'object') {
    for (const [key, value] of Object.entries(given)) {
      if (key === 'ssl' && value && typeof value === 'object') flattenSsl(value as Record<string, unknown>, options)
      else if (known.has(key) && value !== null) options.set(key, String(value))
    }
  }
  for (const [key, values] of url.query) {
    if (!known.has(key)) warn(`The option '${key}' of the database URI is ignored.`)
    else options.set(key, values.at(-1) ?? '')
  }
  return options
}

/** `{'ssl': {'ca': …}}` says the same as `ssl_ca=…` in the URI. */
function flattenSsl(ssl: Record<string, unknown>, options: Map<string, string>): void {
  for (const [key, value] of Object.entries(ssl)) options.set(`ssl_${key}`, String(value))
}

export function integerOption(options: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = options.get(key)
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** `true`, `1`, `yes`, `on` and Python's `True`. */
export function booleanOption(options: ReadonlyMap<string, string>, key: string): boolean | undefined {
  const text = options.get(key)?.toLowerCase()
  return text === undefined ? undefined : /^(true|1|yes|on)$/.test(text)
}
