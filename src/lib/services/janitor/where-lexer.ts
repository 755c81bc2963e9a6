import {PiError} from '../../errors.js'

export type TokenKind = 'end' | 'number' | 'operator' | 'text' | 'word'

/** A piece of a where-expression. */
export interface Lexeme {
  kind: TokenKind
  /** Of a text: its content without quotes. */
  text: string
  /** Place in the expression, from 1. */
  at: number
}

const operators = ['!=', '!~', '<=', '>=', '<>', '==', '=', '<', '>', '~', '(', ')', ',']

/** @throws PiError USAGE, with the place */
export function lexWhere(source: string): Lexeme[] {
  const lexemes: Lexeme[] = []
  let at = 0
  while (at < source.length) {
    const rest = source.slice(at)
    const blank = /^\s+/.exec(rest)
    if (blank) {
      at += blank[0].length
      continue
    }
    const quote = rest[0]
    if (quote === '"' || quote === "'") {
      const end = closingQuote(source, at)
      lexemes.push({kind: 'text', text: unquote(source.slice(at + 1, end), quote), at: at + 1})
      at = end + 1
      continue
    }
    const operator = operators.find((candidate) => rest.startsWith(candidate))
    if (operator) {
      lexemes.push({kind: 'operator', text: operator, at: at + 1})
      at += operator.length
      continue
    }
    // A key may have a quoted part: info."my key"
    const word = /^[^\s'"()<>=!~,]+/.exec(rest)
    if (!word) throw whereError('this is not understood', at + 1)
    let text = word[0]
    const start = at
    at += text.length
    const next = source[at]
    if (text.endsWith('.') && (next === '"' || next === "'")) {
      const end = closingQuote(source, at)
      text += unquote(source.slice(at + 1, end), next)
      at = end + 1
    }
    lexemes.push({kind: /^[+-]?\d+$/.test(text) ? 'number' : 'word', text, at: start + 1})
  }
  lexemes.push({kind: 'end', text: '', at: source.length + 1})
  return lexemes
}

/** Inside quotes a quote is doubled, and nothing else is special: patterns keep their backslashes. */
function closingQuote(source: string, from: number): number {
  const quote = source[from]!
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] !== quote) continue
    if (source[at + 1] !== quote) return at
    at += 1
  }
  throw whereError('the quote is not closed', from + 1)
}

function unquote(text: string, quote: string): string {
  return text.replaceAll(quote + quote, quote)
}

export function whereError(problem: string, at: number): PiError {
  return new PiError('USAGE', `The condition is wrong at character ${at}: ${problem}.`, {
    hints: ['Example: type = hotp and info.last_auth < ago(90d) and not owner exists', 'See docs/janitor.md'],
  })
}
