import {PiError} from '../../../errors.js'

export type Json = boolean | null | number | string | Json[] | {[key: string]: Json}
export type JsonMap = Record<string, Json>

/** What `{tags}` of a request stand for. */
export type Tags = Readonly<Record<string, string>>

/** A setting that holds a JSON object; empty for none. @throws PiError CONFIG */
export function readJsonMap(text: string | undefined, key: string): JsonMap {
  if (text === undefined || text.trim() === '') return {}
  try {
    const parsed = JSON.parse(text) as Json
    if (isMap(parsed)) return parsed
  } catch (error) {
    throw new PiError('CONFIG', `The setting ${key} of the resolver is not JSON.`, {cause: error})
  }
  throw new PiError('CONFIG', `The setting ${key} of the resolver is no JSON object.`)
}

export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Replaces each known `{tag}`, once: what a value brings is not looked at again. */
export function fillText(text: string, tags: Tags, encode: (value: string) => string = (value) => value): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(tags, name) ? encode(tags[name] ?? '') : whole,
  )
}

/** The same in all texts of a JSON value. */
export function fillJson(value: Json, tags: Tags): Json {
  if (typeof value === 'string') return fillText(value, tags)
  if (Array.isArray(value)) return value.map((item) => fillJson(item, tags))
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillJson(item, tags)]))
}

/** The value at a path such as `a.b[0].c`; undefined where there is none. */
export function valueAt(reply: Json, path: string): Json | undefined {
  let value: Json | undefined = reply
  for (const step of path.replace(/\[(\d+)\]/g, '.$1').split('.')) {
    if (Array.isArray(value)) value = value[Number(step)]
    else if (isMap(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}

/** The members of a response mapping: `{path}` is looked up in the reply, everything else is taken as it is. */
export function mapReply(mapping: JsonMap, reply: Json): JsonMap {
  const result: JsonMap = {}
  for (const [key, value] of Object.entries(mapping)) {
    if (typeof value !== 'string') {
      result[key] = value
      continue
    }
    const whole = /^\{([^{}]+)\}$/.exec(value)
    result[key] = whole
      ? (valueAt(reply, whole[1]!) ?? null)
      : value.replace(/\{([^{}]+)\}/g, (_tag, path: string) => textOf(valueAt(reply, path)))
  }
  return result
}

export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
