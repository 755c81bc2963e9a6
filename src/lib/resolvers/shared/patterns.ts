/**
 * Text patterns of user searches (spec/10 §3): `*` stands for anything, but only at the start and at the end; case does
 * not matter. The empty pattern finds nothing.
 */
export function matchesText(text: string, pattern: string): boolean {
  if (pattern === '') return false
  if (pattern === '*') return true
  const value = text.toLowerCase()
  const open = pattern.startsWith('*')
  const close = pattern.endsWith('*')
  const core = pattern.slice(open ? 1 : 0, close ? -1 : undefined).toLowerCase()
  if (open && close) return value.includes(core)
  if (open) return value.endsWith(core)
  if (close) return value.startsWith(core)
  return value === core
}

/**
 * Comparisons of numeric ids (spec/10 §3): `=n`, `>n`, `>=n`, `<n`, `<=n`, `between a,b` in either order, and a plain
 * number or `*`. Ids and patterns that are no numbers do not match.
 */
export function matchesNumber(text: string, pattern: string): boolean {
  const wanted = pattern.trim()
  if (wanted === '*') return true
  if (!/^-?\d+$/.test(text)) return false
  const value = Number(text)
  const between = /^between\s+(-?\d+)\s*,\s*(-?\d+)$/i.exec(wanted)
  if (between) {
    const [low, high] = [Number(between[1]), Number(between[2])].sort((a, b) => a - b)
    return value >= low! && value <= high!
  }
  const comparison = /^(>=|<=|=|>|<)?\s*(-?\d+)$/.exec(wanted)
  if (!comparison) return false
  const limit = Number(comparison[2])
  switch (comparison[1] ?? '=') {
    case '>=':
      return value >= limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '<':
      return value < limit
    default:
      return value === limit
  }
}
