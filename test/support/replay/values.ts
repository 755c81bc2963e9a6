import type {Json} from './transcript.js'

/** What earlier steps of a scenario were answered and what they sent out. */
export interface Earlier {
  body(step: string): unknown
  sent(step: string): unknown
}

/** Fills in the values of a request that are taken from the answers of earlier steps (`$ref`, `$pick`, `$map`, `$sent`, `$concat`). */
export function computeValue(value: Json, earlier: Earlier): Json {
  if (Array.isArray(value)) return value.map((item) => computeValue(item, earlier))
  if (value === null || typeof value !== 'object') return value
  const {$ref, $sent, $pick, $map, $concat, path, from, table} = value
  if (typeof $ref === 'string') return valueAt(earlier.body($ref), String(path))
  if (typeof $sent === 'string') return valueAt(earlier.sent($sent), String(path))
  if (typeof $pick === 'string') {
    const positions = valueAt(earlier.body($pick), String(path))
    if (!Array.isArray(positions)) return ''
    return positions.map((position) => String(from)[Number(position) - 1] ?? '').join('')
  }
  if (typeof $map === 'string') {
    const key = valueAt(earlier.body($map), String(path))
    return (table as Record<string, Json>)[String(key)] ?? ''
  }
  if (Array.isArray($concat)) return $concat.map((item) => String(computeValue(item, earlier))).join('')
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, computeValue(item, earlier)]))
}

/** The value at a path such as `detail.multi_challenge.0.serial`; empty text when there is none. */
export function valueAt(value: unknown, path: string): Json {
  let found = value
  for (const part of path.split('.')) found = (found as Record<string, unknown> | null | undefined)?.[part]
  return (found ?? '') as Json
}
