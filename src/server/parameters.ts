import {parameterError} from '../lib/services/authenticate/errors.js'

/** The parts of an HTTP request that carry parameters. */
export interface RawRequest {
  /** Query without `?`, as sent. */
  query: string
  contentType: string | undefined
  body: Buffer | undefined
  /** Variables of the path, percent-decoded once. */
  path: Readonly<Record<string, string>>
  userAgent: string | undefined
}

/** Programs that encode their parameters once, as they should (spec/05 §1.1). */
const encodingOnce = new Set(['privacyidea-ldap-proxy', 'simplesamlphp', 'privacyidea-cp'])

/**
 * Merges query, form, JSON body and path into the parameters of a request (spec/08 §2.1). Values of query, form and path
 * are percent-decoded a second time, values of JSON bodies are taken as they are.
 * @throws RequestError 905 for a body that cannot be read
 */
export async function mergeParameters(raw: RawRequest): Promise<Map<string, unknown>> {
  const parameters = new Map<string, unknown>()
  const again = encodingOnce.has((raw.userAgent ?? '').split('/')[0]!.toLowerCase())
    ? (text: string) => text
    : decodeAgain
  const type = (raw.contentType ?? '').split(';')[0]!.trim().toLowerCase()
  const isForm = type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data'
  const query = new URLSearchParams(raw.query)
  const form = isForm ? await readForm(type, raw) : new URLSearchParams()
  for (const [name, value] of [...query, ...form]) if (!parameters.has(name)) parameters.set(name, again(value))
  if (!isForm) for (const [name, value] of readJson(type, raw.body)) parameters.set(name, value)
  for (const [name, value] of Object.entries(raw.path)) parameters.set(name, again(value))
  return parameters
}

/** Decodes `%XX` once more, as UTF-8; what is no encoding stays, and so does `+`. */
export function decodeAgain(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
}

async function readForm(type: string, {body, contentType}: RawRequest): Promise<Iterable<[string, string]>> {
  if (!body || body.length === 0) return []
  if (type === 'application/x-www-form-urlencoded') return new URLSearchParams(body.toString('utf8'))
  try {
    const form = await new Response(new Uint8Array(body), {headers: {'content-type': contentType ?? ''}}).formData()
    const entries: [string, string][] = []
    form.forEach((value, name) => {
      if (typeof value === 'string') entries.push([name, value])
    })
    return entries
  } catch {
    throw parameterError('The form of the request cannot be read.')
  }
}

/** A body that is called JSON must be an object; any other that happens to be one counts too. */
function readJson(type: string, body: Buffer | undefined): Iterable<[string, unknown]> {
  if (!body || body.length === 0) return []
  const isJson = type === 'application/json' || /^application\/.+\+json$/.test(type)
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    if (isJson) throw parameterError('The JSON of the request cannot be read.')
    return []
  }
  if (value && typeof value === 'object' && !Array.isArray(value)) return Object.entries(value)
  if (isJson) throw parameterError('The JSON of the request is not an object.')
  return []
}
