/** What {@link pythonYaml} can write: data as it comes from JSON. */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | {readonly [key: string]: YamlValue}

const width = 80

/** Plain texts that would be read as something else than a text (YAML 1.1 core types). */
const otherTypes = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
]

/**
 * Writes data as PyYAML's safe block style does: sorted keys, ASCII only, lines folded behind 80 columns. The originals
 * write their YAML exports with it (spec/04 §7.1).
 */
export function pythonYaml(value: YamlValue): string {
  const writer = new YamlWriter()
  writer.node(value, {indent: undefined, inMapping: false, inSequence: false})
  return `${writer.text}${writer.text.endsWith('\n') ? '' : '\n'}`
}

interface Place {
  /** Columns of the surrounding block; undefined at the top. */
  indent: number | undefined
  /** Behind the colon of a mapping. */
  inMapping: boolean
  inSequence: boolean
}

class YamlWriter {
  text = ''
  #column = 0

  node(value: YamlValue, place: Place): void {
    if (Array.isArray(value)) this.#sequence(value as readonly YamlValue[], place)
    else if (value !== null && typeof value === 'object')
      this.#mapping(value as {readonly [key: string]: YamlValue}, place)
    else
      this.#scalar(
        scalarText(value),
        typeof value === 'string',
        place.indent === undefined ? 2 : place.indent + 2,
        false,
        place.inMapping || place.inSequence,
      )
  }

  #sequence(items: readonly YamlValue[], place: Place): void {
    if (items.length === 0) return this.#write(this.#column === 0 ? '[]' : ' []')
    // a sequence in a mapping stands in the column of its key
    const indent = place.indent === undefined ? 0 : place.inMapping ? place.indent : place.indent + 2
    for (const [index, item] of items.entries()) {
      if (!(index === 0 && place.inSequence)) this.#newLine(indent)
      else this.#write(' ')
      this.#write('-')
      this.node(item, {indent, inMapping: false, inSequence: true})
    }
  }

  #mapping(entries: {readonly [key: string]: YamlValue}, place: Place): void {
    const keys = Object.keys(entries).sort(byCodePoint)
    if (keys.length === 0) return this.#write(this.#column === 0 ? '{}' : ' {}')
    const indent = place.indent === undefined ? 0 : place.indent + 2
    for (const [index, key] of keys.entries()) {
      if (!(index === 0 && place.inSequence)) this.#newLine(indent)
      else this.#write(' ')
      if (key !== '' && key.length < 128 && !key.includes('\n')) {
        this.#scalar(key, true, indent + 2, true, false)
      } else {
        this.#write('?')
        this.#scalar(key, true, indent + 2, false, true)
        this.#newLine(indent)
      }
      this.#write(':')
      this.node(entries[key]!, {indent, inMapping: true, inSequence: false})
    }
  }

  #scalar(text: string, isText: boolean, indent: number, isKey: boolean, spaced: boolean): void {
    const style = isText ? styleOf(text, isKey) : 'plain'
    if (spaced) this.#write(' ')
    if (style === 'plain') this.#folded(text, indent, !isKey)
    else if (style === 'single') this.#single(text, indent, !isKey)
    else this.#double(text, indent, !isKey)
  }

  /** Words, broken at single blanks behind the last column. */
  #folded(text: string, indent: number, split: boolean): void {
    for (const part of text.match(/ +|[^ ]+/g) ?? []) {
      if (part === ' ' && split && this.#column > width) this.#newLine(indent)
      else this.#write(part)
    }
  }

  #single(text: string, indent: number, split: boolean): void {
    this.#write("'")
    let at = 0
    for (const part of text.match(/ +|\n+|'|[^ \n']+/g) ?? []) {
      const end = at + part.length
      if (part === ' ' && split && this.#column > width && at !== 0 && end !== text.length) this.#newLine(indent)
      else if (part.startsWith('\n')) {
        this.text += '\n'.repeat(part.length + 1)
        this.#newLine(indent)
      } else this.#write(part === "'" ? "''" : part)
      at = end
    }
    this.#write("'")
  }

  #double(text: string, indent: number, split: boolean): void {
    const chars = [...text]
    this.#write('"')
    let start = 0
    for (let end = 0; end <= chars.length; end++) {
      const char = chars[end]
      if (char === undefined || /["\\]|[^ -~]/.test(char)) {
        if (start < end) {
          this.#write(chars.slice(start, end).join(''))
          start = end
        }
        if (char !== undefined) {
          this.#write(escapeOf(char))
          start = end + 1
        }
      }
      if (
        end > 0 &&
        end < chars.length - 1 &&
        (char === ' ' || start >= end) &&
        this.#column + (end - start) > width &&
        split
      ) {
        this.#write(`${chars.slice(start, end).join('')}\\`)
        if (start < end) start = end
        this.#newLine(indent)
        if (chars[start] === ' ') this.#write('\\')
      }
    }
    this.#write('"')
  }

  #write(part: string): void {
    this.text += part
    this.#column += [...part].length
  }

  #newLine(indent: number): void {
    if (this.text !== '' && !this.text.endsWith('\n')) this.text += '\n'
    this.text += ' '.repeat(indent)
    this.#column = indent
  }
}

function scalarText(value: string | number | boolean | null): string {
  return value === null ? 'null' : String(value)
}

/** Which of the three styles a text needs (YAML 1.1, PyYAML's choice). */
function styleOf(text: string, isKey: boolean): 'plain' | 'single' | 'double' {
  const special = /[^\n -~]/.test(text) || / \n/.test(text)
  const breakSpace = /\n /.test(text)
  const multiLine = text.includes('\n')
  const indicators =
    /^(?:---|\.\.\.)/.test(text) ||
    /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    /^[?:-](?:\s|$)/.test(text) ||
    /:(?:\s|$)/.test(text) ||
    /\s#/.test(text)
  const plain =
    !special && !multiLine && !indicators && !/^[ \n]|[ \n]$/.test(text) && !otherTypes.some((type) => type.test(text))
  if (plain && text !== '') return 'plain'
  if (!special && !breakSpace && !(isKey && multiLine)) return 'single'
  return 'double'
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\u000b': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function escapeOf(char: string): string {
  const short = shortEscapes[char]
  if (short) return short
  const code = char.codePointAt(0)!
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** Python sorts texts by code points, JavaScript by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
