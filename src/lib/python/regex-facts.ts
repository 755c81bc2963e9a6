import type {Node} from './regex-syntax.js'

/**
 * What a pattern says about a text without running it, so that a database can look for it. `exact`: the text matches
 * if and only if this holds; otherwise it is only necessary.
 */
export type RegexFact = {exact: boolean} & (
  {kind: 'any'} | {kind: 'contains'; text: string} | {kind: 'equals'; text: string} | {kind: 'prefix'; text: string}
)

/** `equals` also holds for the text and one final newline, which `$` lets pass. */
export function regexFact(node: Node): RegexFact {
  const parts = flatten(node)
  const first = parts[0]
  const anchored = first !== undefined && (first.type === 'text-start' || (first.type === 'start' && !first.multiline))
  if (anchored) parts.shift()
  const last = parts.at(-1)
  const closed = last !== undefined && (last.type === 'text-end' || (last.type === 'end' && !last.multiline))
  if (closed) parts.pop()
  const runs = literalRuns(parts)

  if (parts.length === 0 || (runs.length === 1 && runs[0]!.length === parts.length)) {
    const text = runs[0]?.text ?? ''
    if (anchored && closed) return {kind: 'equals', text, exact: last!.type === 'end'}
    if (anchored) return {kind: text === '' ? 'any' : 'prefix', text, exact: true}
    if (!closed) return {kind: text === '' ? 'any' : 'contains', text, exact: true}
    return {kind: text === '' ? 'any' : 'contains', text, exact: text === ''}
  }
  if (anchored && runs[0]?.start === 0) {
    const rest = parts.slice(runs[0].length)
    return {kind: 'prefix', text: runs[0].text, exact: !closed && rest.every((part) => matchesNothing(part))}
  }
  const longest = runs.sort((one, other) => other.text.length - one.text.length)[0]
  if (longest) return {kind: 'contains', text: longest.text, exact: false}
  return {kind: 'any', exact: !closed && parts.every((part) => matchesNothing(part))}
}

/** Whether the part can always match the empty text. */
function matchesNothing(part: Node): boolean {
  return part.type === 'repeat' && part.min === 0 && part.mode !== 'possessive'
}

function flatten(node: Node): Node[] {
  if (node.type === 'concat') return node.parts.flatMap((part) => flatten(part))
  if (node.type === 'group' && node.body.type !== 'alternation') return flatten(node.body)
  return [node]
}

interface Run {
  text: string
  start: number
  /** Number of parts. */
  length: number
}

/** Sequences of literals that every match contains; letters in any case are left out. */
function literalRuns(parts: Node[]): Run[] {
  const runs: Run[] = []
  let open: Run | undefined
  for (const [index, part] of parts.entries()) {
    const literal = part.type === 'literal' && (!part.ignoreCase || !/\p{L}/u.test(String.fromCodePoint(part.code)))
    if (!literal) {
      open = undefined
      continue
    }
    if (!open) {
      open = {text: '', start: index, length: 0}
      runs.push(open)
    }
    open.text += String.fromCodePoint(part.code)
    open.length += 1
  }
  return runs
}
