import {PiError} from '../../errors.js'
import {givenDate} from '../../python/dates.js'
import {PythonRegex} from '../../python/regex.js'
import {parseTimedelta} from '../../python/timedelta.js'
import {likeOfWildcard} from './compile.js'
import {
  containerColumns,
  searchableColumns,
  type Comparison,
  type Condition,
  type Field,
  type SearchableColumn,
  type Test,
} from './condition.js'
import {lexWhere, whereError, type Lexeme} from './where-lexer.js'

/** Other names of columns. */
const columnNames: Record<string, SearchableColumn> = {type: 'tokentype', rolloutstate: 'rollout_state'}

/**
 * The condition that a where-expression writes (docs/janitor.md "The where language"), for example
 * `type = hotp and active and (info.last_auth < ago(90d) or not info.last_auth exists)`.
 * @throws PiError USAGE, with the place
 */
export function parseWhere(source: string, now: Date): Condition {
  return new WhereParser(source, now).parse()
}

class WhereParser {
  readonly #lexemes: Lexeme[]
  readonly #now: Date
  #next = 0
  #depth = 0

  constructor(source: string, now: Date) {
    this.#lexemes = lexWhere(source)
    this.#now = now
  }

  parse(): Condition {
    const condition = this.#either()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw whereError(`'${rest.text}' is not expected here`, rest.at)
    return condition
  }

  #peek(): Lexeme {
    return this.#lexemes[this.#next]!
  }

  #take(): Lexeme {
    const lexeme = this.#peek()
    if (lexeme.kind !== 'end') this.#next += 1
    return lexeme
  }

  #keyword(...words: string[]): boolean {
    for (const [index, word] of words.entries()) {
      const lexeme = this.#lexemes[this.#next + index]
      if (lexeme?.kind !== 'word' || lexeme.text.toLowerCase() !== word) return false
    }
    this.#next += words.length
    return true
  }

  #operator(text: string): boolean {
    const lexeme = this.#peek()
    if (lexeme.kind !== 'operator' || lexeme.text !== text) return false
    this.#next += 1
    return true
  }

  #either(): Condition {
    const of = [this.#both()]
    while (this.#keyword('or')) of.push(this.#both())
    return of.length === 1 ? of[0]! : {kind: 'any', of}
  }

  #both(): Condition {
    const of = [this.#negation()]
    while (this.#keyword('and')) of.push(this.#negation())
    return of.length === 1 ? of[0]! : {kind: 'all', of}
  }

  #negation(): Condition {
    if (!this.#keyword('not')) return this.#primary()
    const at = this.#peek().at
    if ((this.#depth += 1) > 200) throw whereError('it is nested too deeply', at)
    const of = this.#negation()
    this.#depth -= 1
    return {kind: 'not', of}
  }

  #primary(): Condition {
    const {at} = this.#peek()
    if (this.#operator('(')) {
      if ((this.#depth += 1) > 200) throw whereError('it is nested too deeply', at)
      const inner = this.#either()
      if (!this.#operator(')')) throw whereError('a closing parenthesis is missing', this.#peek().at)
      this.#depth -= 1
      return inner
    }
    const lexeme = this.#take()
    if (lexeme.kind !== 'word')
      throw whereError(lexeme.text ? `'${lexeme.text}' is no field` : 'a field is missing', at)
    const name = lexeme.text.toLowerCase()
    if (name === 'exists' && this.#peek().kind === 'word') {
      const word = this.#take()
      return {kind: 'present', field: fieldOf(word.text, word.at)}
    }
    if (name === 'assigned') return this.#flag({kind: 'present', field: {of: 'owner', name: 'uid'}})
    if (name === 'orphaned') return this.#flag({kind: 'orphaned', value: true, onError: false})
    const field = fieldOf(lexeme.text, at)
    if (this.#keyword('exists')) return {kind: 'present', field}
    return this.#comparison(field, at)
  }

  /** `assigned`, `assigned = false`. */
  #flag(condition: Condition): Condition {
    const wanted = this.#operator('=') || this.#operator('==') ? readBoolean(this.#take()) : true
    return wanted ? condition : {kind: 'not', of: condition}
  }

  #comparison(field: Field, at: number): Condition {
    const test = (one: Test): Condition => ({kind: 'field', field, test: one})
    if (this.#keyword('not', 'like')) return test(this.#like(true))
    if (this.#keyword('like')) return test(this.#like(false))
    if (this.#keyword('not', 'in')) return {kind: 'not', of: {kind: 'any', of: this.#list(field)}}
    if (this.#keyword('in')) return {kind: 'any', of: this.#list(field)}
    if (this.#keyword('between')) {
      const first = this.#value()
      if (!this.#keyword('and')) throw whereError("between needs 'and'", this.#peek().at)
      return test({op: 'between', first: first.text, last: this.#value().text})
    }
    if (this.#operator('~')) return test({op: 'regex', regex: new PythonRegex(this.#value().text)})
    if (this.#operator('!~')) return test({op: 'regex', regex: new PythonRegex(this.#value().text), negated: true})
    const compare = this.#comparator()
    if (compare) return test(this.#compare(field, compare))
    if (field.of === 'token' && searchableColumns[field.column] === 'boolean') return test({op: 'boolean', value: true})
    throw whereError('an operator is missing', at)
  }

  #comparator(): Comparison | undefined {
    const lexeme = this.#peek()
    const found = ({'=': '=', '==': '=', '!=': '!=', '<>': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>='} as const)[
      lexeme.text as '='
    ]
    if (lexeme.kind !== 'operator' || !found) return undefined
    this.#next += 1
    return found
  }

  #like(negated: boolean): Test {
    return {op: 'like', like: likeOfWildcard(this.#value().text), negated}
  }

  #list(field: Field): Condition[] {
    if (!this.#operator('(')) throw whereError('a list in parentheses is missing', this.#peek().at)
    const of: Condition[] = []
    do of.push({kind: 'field', field, test: this.#compare(field, '=')})
    while (this.#operator(','))
    if (!this.#operator(')')) throw whereError('a closing parenthesis is missing', this.#peek().at)
    return of
  }

  #compare(field: Field, compare: Comparison): Test {
    const type = field.of === 'token' ? searchableColumns[field.column] : 'text'
    const naive = isUtc(field) ? 'utc' : 'legacy'
    if (this.#keyword('ago')) return {op: 'date', compare, value: this.#ago(), naive}
    const value = this.#value()
    if (type === 'boolean') {
      if (compare !== '=' && compare !== '!=') throw whereError(`'${compare}' is not for true and false`, value.at)
      return {op: 'boolean', value: readBoolean(value) === (compare === '=')}
    }
    if (type === 'integer' || value.kind === 'number') {
      if (!/^[+-]?\d+$/.test(value.text)) throw whereError(`'${value.text}' is not an integer`, value.at)
      return {op: 'integer', compare, value: BigInt(value.text)}
    }
    if (compare === '=' || compare === '!=') return {op: 'equals', value: value.text, negated: compare === '!='}
    return {op: 'date', compare, value: this.#date(value), naive}
  }

  #date({text, at}: Lexeme): number {
    try {
      return givenDate(text, {today: this.#now, ambiguous: 'refuse'})
    } catch (error) {
      if (!(error instanceof PiError)) throw error
      throw whereError(`'${text}' is neither an integer nor a date`, at)
    }
  }

  /** `ago(90d)`: microseconds since the epoch of the moment that long before now. */
  #ago(): number {
    if (!this.#operator('(')) throw whereError('ago needs a span in parentheses, e.g. ago(90d)', this.#peek().at)
    const span = this.#value()
    if (!this.#operator(')')) throw whereError('a closing parenthesis is missing', this.#peek().at)
    try {
      return this.#now.getTime() * 1000 - parseTimedelta(span.text) * 1_000_000
    } catch {
      throw whereError(`'${span.text}' is not a span of time such as 90d`, span.at)
    }
  }

  #value(): Lexeme {
    const lexeme = this.#take()
    if (lexeme.kind === 'operator' || lexeme.kind === 'end') throw whereError('a value is missing', lexeme.at)
    return lexeme
  }
}

function fieldOf(name: string, at: number): Field {
  const dot = name.indexOf('.')
  const [scope, rest] = dot < 0 ? [name.toLowerCase(), ''] : [name.slice(0, dot).toLowerCase(), name.slice(dot + 1)]
  if (dot >= 0 && rest === '') throw whereError(`'${name}' needs a name after the point`, at)
  switch (scope) {
    case 'info':
    case 'tokeninfo': {
      if (dot < 0) throw whereError('info needs a key: info.KEY', at)
      return {of: 'info', key: rest}
    }
    case 'owner':
    case 'user': {
      const attribute = dot < 0 ? 'uid' : rest
      if (attribute === 'uid' || attribute === 'resolver' || attribute === 'realm')
        return {of: 'owner', name: attribute}
      return {of: 'user', attribute}
    }
    case 'resolver': {
      return {of: 'owner', name: 'resolver'}
    }
    case 'realm': {
      return {of: 'realm'}
    }
    case 'group':
    case 'tokengroup': {
      return {of: 'group'}
    }
    case 'container': {
      const column = dot < 0 ? 'serial' : rest.toLowerCase()
      if ((containerColumns as readonly string[]).includes(column)) return {of: 'container', column}
      throw whereError(`a container has no '${rest}', but ${containerColumns.join(', ')}`, at)
    }
    default: {
      const column = columnNames[scope] ?? scope
      if (dot < 0 && column in searchableColumns) return {of: 'token', column: column as SearchableColumn}
      const known = [
        ...Object.keys(searchableColumns),
        'info.KEY',
        'owner.ATTRIBUTE',
        'resolver',
        'realm',
        'group',
        'container.COLUMN',
      ]
      throw whereError(`there is no field '${name}'; there are ${known.join(', ')}, assigned and orphaned`, at)
    }
  }
}

function isUtc(field: Field): boolean {
  return field.of === 'container' || (field.of === 'info' && field.key === 'last_auth')
}

function readBoolean({text, at}: Lexeme): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true
  if (/^(0|false|no|off)$/i.test(text)) return false
  throw whereError(`'${text}' is neither true nor false`, at)
}
