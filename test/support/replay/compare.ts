/** Says whether a path (dots between the parts) is one of the patterns; `*` stands for any one part. */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const split = patterns.map((pattern) => pattern.split('.'))
  return (path) => {
    const parts = path.split('.')
    return split.some(
      (pattern) => pattern.length === parts.length && pattern.every((part, i) => part === '*' || part === parts[i]),
    )
  }
}

/**
 * What differs between two JSON values, a line each. At volatile paths only the kind of value must agree.
 */
export function differences(
  expected: unknown,
  actual: unknown,
  volatile: (path: string) => boolean = () => false,
  path = '',
): string[] {
  const at = path === '' ? '(all)' : path
  if (volatile(path)) {
    return kindOf(expected) === kindOf(actual)
      ? []
      : [`${at}: expected some ${kindOf(expected)}, found ${show(actual)}`]
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const found =
      expected.length === actual.length
        ? []
        : [`${at}: expected ${expected.length} items, found ${actual.length}: ${show(actual)}`]
    const shared = Math.min(expected.length, actual.length)
    for (let i = 0; i < shared; i++) found.push(...differences(expected[i], actual[i], volatile, join(path, String(i))))
    return found
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
    return [...keys].flatMap((key) => {
      const below = join(path, key)
      if (!(key in actual)) return [`${below}: missing, expected ${show(expected[key])}`]
      if (!(key in expected)) return [`${below}: not expected, found ${show(actual[key])}`]
      return differences(expected[key], actual[key], volatile, below)
    })
  }
  if (isImage(expected) && isImage(actual)) return []
  return Object.is(expected, actual) ? [] : [`${at}: expected ${show(expected)}, found ${show(actual)}`]
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Two encoders draw the same text differently. */
function isImage(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('data:image')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}

export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
