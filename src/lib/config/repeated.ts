import {childrenOf, parsePython, SyntaxFailure} from './python/parse.js'

/** Settings that a configuration file assigns on several lines, of which only the last counts (spec/02 §1.3). */
export function repeatedSettings(text: string): string[] {
  const counts = new Map<string, number>()
  try {
    for (const statement of childrenOf(parsePython(text).tree.topNode)) {
      const [target] = childrenOf(statement)
      if (statement.name !== 'AssignStatement' || target?.name !== 'VariableName') continue
      const name = text.slice(target.from, target.to)
      if (/^[A-Z][A-Z0-9_]*$/.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error
  }
  return [...counts].filter(([, count]) => count > 1).map(([name]) => name)
}
