import type {FlagFacts} from './surface.js'

interface FlagContext {
  /** The command that the flags belong to, e.g. `audit rotate`. */
  command: string
  /** What the command knows; undefined while developing. */
  known: readonly FlagFacts[] | undefined
  /** Under an old name or spelling: unambiguous beginnings of long flags count, as with argparse. */
  shim: boolean
  warn: (message: string) => void
}

/** Two letters behind one hyphen, which click took for one flag. */
const twoLetterFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'audit rotate': {'-hw': '--highwatermark', '-lw': '--lowwatermark'},
  'token-janitor container': {'-ts': '--token-serial'},
}

/** Flags of Flask-Script that took all the words up to the next flag. */
const greedyFlags: Readonly<Record<string, readonly string[]>> = {
  'config export': ['-t', '--types'],
  'config exporter': ['-t', '--types'],
  'config import': ['-t', '--types'],
  'config importer': ['-t', '--types'],
}

/** Rewrites the flags behind a command (spec/03-cli.md §E); what stands behind `--` stays as it is. */
export function rewriteFlags(words: readonly string[], context: FlagContext): string[] {
  const out: string[] = []
  const greedy = greedyFlags[context.command] ?? []
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (word === '--') return [...out, ...words.slice(index)]
    if (!word.startsWith('-') || word === '-') {
      out.push(word)
      continue
    }
    const written = rewriteFlag(word, context)
    const [name = ''] = written.split('=', 1)
    if (context.command === 'config import resolver' && (name === '-c' || name === '--cleanup')) {
      out.push(name)
      if (!written.includes('=') && isPlain(words[index + 1])) {
        index += 1
        context.warn(`The value '${words[index]}' of ${name} is not needed and is ignored.`)
      }
    } else if (greedy.includes(name)) {
      out.push(written)
      if (!written.includes('=') && isPlain(words[index + 1])) out.push(words[++index]!)
      while (isPlain(words[index + 1])) out.push(name, words[++index]!)
    } else {
      out.push(written)
      // The value of a flag stays as it is, whatever it looks like.
      if (
        !written.includes('=') &&
        context.known?.some((flag) => flag.takesValue && flag.spellings.includes(written)) &&
        index + 1 < words.length
      ) {
        out.push(words[++index]!)
      }
    }
  }
  return out
}

function isPlain(word: string | undefined): word is string {
  return word !== undefined && !word.startsWith('-')
}

function rewriteFlag(word: string, {command, known, shim}: FlagContext): string {
  if (word === '-?') return '--help'
  for (const [prefix, letters] of Object.entries(twoLetterFlags)) {
    if (command !== prefix && !command.startsWith(`${prefix} `)) continue
    for (const [short, long] of Object.entries(letters)) {
      if (word === short) return long
      if (word.startsWith(short) && /^=?\d+$/.test(word.slice(short.length)))
        return `${long}=${word.slice(short.length).replace('=', '')}`
    }
  }
  if (!word.startsWith('--')) return word
  const end = word.indexOf('=')
  const [name, value] = end < 0 ? [word, ''] : [word.slice(0, end), word.slice(end)]
  if (name === '--dropit' && value.startsWith('==')) return `${name}${value.slice(1)}`
  return longName(name, known, shim) + value
}

/** The flag that is meant, or what was typed when that is not certain. */
function longName(name: string, known: readonly FlagFacts[] | undefined, shim: boolean): string {
  const hyphened = `--${name.slice(2).replaceAll('_', '-')}`
  if (!known) return hyphened
  const all = known.flatMap((flag) => flag.spellings)
  if (all.includes(name) || name === '--help') return name
  if (all.includes(hyphened)) return hyphened
  if (shim && name.length > 2) {
    const meant = known.filter((flag) =>
      flag.spellings.some((spelling) => spelling.startsWith(hyphened) || spelling.startsWith(name)),
    )
    if (meant.length === 1) return `--${meant[0]!.name}`
  }
  return name
}
