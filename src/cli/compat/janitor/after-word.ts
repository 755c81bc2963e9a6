/**
 * Renames flags that stand behind a sub-command of `pi-tokenjanitor`, where some mean something else than before it
 * (spec/03-cli.md §B.2.4).
 * @param renames sub-command, with hyphens → flag → ours
 */
export function renameBehind(
  argv: readonly string[],
  renames: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string[] {
  let current: Readonly<Record<string, string>> = {}
  const end = argv.indexOf('--')
  return argv.map((word, at) => {
    if (end >= 0 && at >= end) return word
    if (!word.startsWith('-')) {
      current = renames[word.replaceAll('_', '-')] ?? current
      return word
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const name = equals < 0 ? word : word.slice(0, equals)
    return (current[name] ?? name) + (equals < 0 ? '' : word.slice(equals))
  })
}
