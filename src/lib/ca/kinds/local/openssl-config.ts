import {PiError} from '../../../errors.js'

/** A value: texts, and variables to be looked up. */
type Part = string | {section: string | undefined; name: string}

const defaultSection = 'default'
/** A variable that leads to itself would never end. */
const mostDepth = 20

/**
 * An openssl configuration file (config(5)): sections, quotes, escapes, comments, continued lines and variables. Values
 * are expanded when they are asked for, so that one that nobody needs may name what is not there.
 */
export class OpensslConfig {
  readonly #sections: ReadonlyMap<string, ReadonlyMap<string, readonly Part[]>>
  readonly #env: (name: string) => string | undefined
  readonly #file: string

  private constructor(
    file: string,
    sections: ReadonlyMap<string, ReadonlyMap<string, readonly Part[]>>,
    env: (name: string) => string | undefined,
  ) {
    this.#file = file
    this.#sections = sections
    this.#env = env
  }

  /** @param env gives the variables of `$ENV::NAME` @throws PiError CONFIG naming the line */
  static parse(text: string, {file, env}: {file: string; env: (name: string) => string | undefined}): OpensslConfig {
    const sections = new Map<string, Map<string, readonly Part[]>>()
    let section = defaultSection
    const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
    for (let index = 0; index < lines.length; index++) {
      const number = index + 1
      let line = lines[index]!
      while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && index + 1 < lines.length)
        line = line.slice(0, -1) + lines[++index]!
      const bare = line.trim()
      if (bare === '' || bare.startsWith('#') || bare.startsWith(';')) continue
      const header = /^\[\s*([^\]]*?)\s*\]/.exec(bare)
      if (header) {
        section = header[1]!
        continue
      }
      if (bare.startsWith('.')) {
        if (bare.startsWith('.pragma')) continue
        throw new PiError('CONFIG', `${file}, line ${number}: '${bare.split(/\s/)[0]}' is not supported.`, {
          hints: ['Put the lines of the other file in its place'],
        })
      }
      const at = line.indexOf('=')
      if (at < 0) throw new PiError('CONFIG', `${file}, line ${number}: this is neither a section nor a setting.`)
      const [owner, name] = target(line.slice(0, at).trim(), section)
      const values = sections.get(owner) ?? new Map<string, readonly Part[]>()
      // a later value of the same name stands in its own place
      values.delete(name)
      values.set(name, partsOf(line.slice(at + 1)))
      sections.set(owner, values)
    }
    return new OpensslConfig(file, sections, env)
  }

  has(section: string): boolean {
    return this.#sections.has(section)
  }

  /** A value of a section, otherwise of the part before the first section. @throws PiError CONFIG */
  get(section: string, name: string): string | undefined {
    return this.#value(section, name, 0)
  }

  /** All names and values of a section, in order. @throws PiError CONFIG when there is none */
  entries(section: string): [string, string][] {
    const values = this.#sections.get(section)
    if (!values) throw new PiError('CONFIG', `${this.#file} has no section [${section}].`)
    return [...values].map(([name, parts]) => [name, this.#expand(parts, section, 0)])
  }

  #value(section: string, name: string, depth: number): string | undefined {
    const owner = this.#sections.get(section)?.has(name) ? section : defaultSection
    const parts = this.#sections.get(owner)?.get(name)
    return parts && this.#expand(parts, owner, depth)
  }

  #expand(parts: readonly Part[], section: string, depth: number): string {
    if (depth > mostDepth) throw new PiError('CONFIG', `${this.#file}: a variable of [${section}] leads to itself.`)
    return parts
      .map((part) => {
        if (typeof part === 'string') return part
        const value =
          part.section === 'ENV' ? this.#env(part.name) : this.#value(part.section ?? section, part.name, depth + 1)
        if (value !== undefined) return value
        const where = part.section === 'ENV' ? 'in the environment' : 'in the file'
        throw new PiError('CONFIG', `${this.#file} uses the variable ${part.name}, which is not ${where}.`)
      })
      .join('')
  }
}

function target(name: string, section: string): [string, string] {
  const at = name.indexOf('::')
  return at < 0 ? [section, name] : [name.slice(0, at), name.slice(at + 2)]
}

function partsOf(text: string): readonly Part[] {
  const parts: Part[] = []
  let literal = ''
  /** Length up to which blanks at the end were quoted. */
  let kept = 0
  const flush = () => {
    if (literal !== '') parts.push(literal)
    literal = ''
    kept = 0
  }
  const source = text.trimStart()
  for (let index = 0; index < source.length; index++) {
    const char = source[index]!
    if (char === '#') break
    if (char === '"' || char === "'") {
      const end = source.indexOf(char, index + 1)
      literal += source.slice(index + 1, end < 0 ? undefined : end)
      kept = literal.length
      if (end < 0) break
      index = end
    } else if (char === '\\' && index + 1 < source.length) {
      const next = source[++index]!
      literal += ({b: '\b', n: '\n', r: '\r', t: '\t'} as Record<string, string>)[next] ?? next
      kept = literal.length
    } else if (char === '$') {
      const rest = source.slice(index)
      const variable =
        /^\$\{(?:(\w+)::)?([\w.]+)\}/.exec(rest) ??
        /^\$\((?:(\w+)::)?([\w.]+)\)/.exec(rest) ??
        /^\$(?:(\w+)::)?(\w+)/.exec(rest)
      if (!variable) {
        literal += char
        continue
      }
      flush()
      parts.push({section: variable[1], name: variable[2]!})
      index += variable[0].length - 1
    } else literal += char
  }
  const trimmed = literal.slice(0, kept) + literal.slice(kept).trimEnd()
  if (trimmed !== '') parts.push(trimmed)
  return parts
}
