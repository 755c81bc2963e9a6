import {formatValue} from './format.js'
import {splitLiteral, unescape} from './literals.js'
import {childrenOf, type SyntaxNode} from './parse.js'
import {repr, str} from './text.js'
import {PyTuple, type Py} from './values.js'

/** Evaluates what stands between the braces. */
type Sequence = (nodes: readonly SyntaxNode[]) => Py[]

/** The value of `f'…'`: text and replacement fields with `!r`, `=` and (nested) format specifications. */
export function formatString(node: SyntaxNode, source: string, sequence: Sequence): string {
  const {body, prefix, start} = splitLiteral(source.slice(node.from, node.to), node.from)
  const literal = (from: number, to: number) => {
    const part = source.slice(from, to).replaceAll('{{', '{').replaceAll('}}', '}').replace(/\r\n?/g, '\n')
    return prefix.includes('r') ? part : unescape(part, from)
  }
  let text = ''
  let at = node.from + start
  const end = at + body.length
  for (const part of childrenOf(node)) {
    if (part.name !== 'FormatReplacement') continue
    text += literal(at, part.from) + replacement(part, source, sequence)
    at = part.to
  }
  return text + literal(at, end)
}

function replacement(node: SyntaxNode, source: string, sequence: Sequence): string {
  let conversion: string | undefined
  let spec = ''
  let label = ''
  const values: SyntaxNode[] = []
  for (const part of childrenOf(node)) {
    if (part.name === 'FormatConversion') conversion = source.slice(part.from + 1, part.to)
    else if (part.name === 'FormatSpec') spec = formatSpec(part, source, sequence)
    else if (part.name === 'FormatSelfDoc') label = source.slice(node.from + 1, part.to)
    else if (part.name !== '{' && part.name !== '}') values.push(part)
  }
  const parts = sequence(values)
  const value = parts.length === 1 ? parts[0]! : new PyTuple(parts)
  if (label !== '' && spec === '') conversion ??= 'r'
  if (conversion === undefined) return label + formatValue(value, spec)
  return label + formatValue(conversion === 's' ? str(value) : repr(value), spec)
}

function formatSpec(node: SyntaxNode, source: string, sequence: Sequence): string {
  let text = ''
  let at = node.from + 1
  for (const part of childrenOf(node)) {
    if (part.name !== 'FormatReplacement') continue
    text += source.slice(at, part.from) + replacement(part, source, sequence)
    at = part.to
  }
  return text + source.slice(at, node.to)
}
