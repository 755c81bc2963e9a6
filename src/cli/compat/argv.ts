import {PiError} from '../../lib/errors.js'
import {rewriteFlags} from './flags.js'
import {programs, type Program} from './programs.js'
import {notProvided, spellings, type Spelling} from './spellings.js'
import {readSurface, type Surface} from './surface.js'

interface CommandLine {
  args: string[]
  /** An old program name or spelling: no questions, the original's output. */
  shim: boolean
  product: 'privacyidea' | 'edumfa' | undefined
  warnings: string[]
}

/** One word that may belong to a command: as typed, and with hyphens. */
interface Word {
  typed: string
  normal: string
}

/** Flags before the command that take a value; other flags there are switches. */
const globalOptions = new Set(['--config', '--db-uri', '--enckey', '--enckey-password-file', '--pi-config', '-C'])

/**
 * Rewrites a command line of an original program into one of ours, before oclif parses it (spec/03-cli.md §E).
 * @throws PiError USAGE for commands of the originals that are not here
 */
export function rewriteArgv(programName: string, argv: readonly string[], root: string): CommandLine {
  let surface: Surface | undefined
  return rewriteWith(programName, argv, () => (surface ??= readSurface(root)))
}

/** The same with the commands given; they are asked for only when there is something to rewrite. */
export function rewriteWith(programName: string, argv: readonly string[], surface: () => Surface): CommandLine {
  const program = programs[programName] ?? programs['pi-manage']!
  const {before, rest} = program.words.length > 1 ? {before: [], rest: [...argv]} : leadingFlags(argv)
  const line = [...program.words, ...renamed(rest, program)]
  const words = wordsOf(line)
  const tail = line.slice(words.length)
  if (!program.shim && before.length === 0 && !isOldWords(words) && !hasOldFlags(words, tail)) {
    return {args: [...argv], product: undefined, shim: false, warnings: []}
  }

  const found = findCommand(words, surface())
  refuseMissing(words, surface())
  const warnings: string[] = []
  const shim = program.shim || found.old
  const rewritten = rewriteFlags([...found.rest, ...before, ...tail], {
    command: found.command,
    known: surface().flags(found.command),
    shim,
    warn: (message) => warnings.push(message),
  })
  const added =
    (found.add?.flags ?? []).length > 0 && !rewritten.some((word) => found.add!.unless.includes(word.split('=', 1)[0]!))
      ? found.add!.flags
      : []
  return {
    args: [...(words.length > 0 ? found.command.split(' ') : []), ...rewritten, ...added],
    product: program.product,
    shim,
    warnings,
  }
}

/** Flags that stand before the command; they are moved behind it. */
function leadingFlags(argv: readonly string[]): {before: string[]; rest: string[]} {
  let index = 0
  while (index < argv.length && argv[index]!.startsWith('-') && argv[index] !== '--')
    index += globalOptions.has(argv[index]!) ? 2 : 1
  return {before: argv.slice(0, index), rest: argv.slice(index)}
}

function renamed(rest: readonly string[], {dropFirst, flags = {}, toArgument = []}: Program): string[] {
  const out: string[] = []
  const words = rest[0] === dropFirst ? rest.slice(1) : [...rest]
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    const end = word.startsWith('--') ? word.indexOf('=') : -1
    const [name, value] = end < 0 ? [word, ''] : [word.slice(0, end), word.slice(end)]
    if (toArgument.includes(name)) out.push(value === '' ? (words[++index] ?? '') : value.slice(1))
    else out.push((Object.hasOwn(flags, name) ? flags[name]! : name) + value)
  }
  return out
}

/** The words before the first flag that could be part of a command. */
function wordsOf(line: readonly string[]): Word[] {
  const words: Word[] = []
  for (const typed of line) {
    if (!/^[A-Za-z][\w-]*$/.test(typed)) break
    words.push({normal: typed.replaceAll('_', '-'), typed})
  }
  return words
}

function isOldWords(words: readonly Word[]): boolean {
  return (
    words.some(({normal, typed}) => normal !== typed) ||
    spellingOf(words) !== undefined ||
    isOldValidate(words) ||
    isNotProvided(words)
  )
}

function hasOldFlags([first]: readonly Word[], tail: readonly string[]): boolean {
  const end = tail.indexOf('--')
  const flags = end < 0 ? tail : tail.slice(0, end)
  const old = (word: string) =>
    word === '-?' || /^-(?:hw|lw|ts)/.test(word) || /^--[^=]*_/.test(word) || word.startsWith('--dropit==')
  return (
    flags.some((word) => old(word)) ||
    (first?.normal === 'config' && flags.some((word) => /^(?:-t|--types|-c|--cleanup)$/.test(word)))
  )
}

/** `validate USER PASSWORD` is older than the topic of that name. */
function isOldValidate([first, second]: readonly Word[]): boolean {
  return first?.normal === 'validate' && second !== undefined && !['check', 'serve'].includes(second.normal)
}

function isNotProvided(words: readonly Word[]): boolean {
  return [1, 2].some((length) => Object.hasOwn(notProvided, normalText(words.slice(0, length))))
}

function normalText(words: readonly Word[]): string {
  return words.map(({normal}) => normal).join(' ')
}

function spellingOf(words: readonly Word[]): Spelling | undefined {
  return spellings
    .filter(({from}) => from.every((word, index) => words[index]?.normal === word))
    .sort((a, b) => b.from.length - a.from.length)[0]
}

interface FoundCommand {
  command: string
  /** Words that are arguments, as typed. */
  rest: string[]
  old: boolean
  add: Spelling['add']
}

function findCommand(typed: readonly Word[], surface: Surface): FoundCommand {
  let words = [...typed]
  let old = false
  let add: Spelling['add']
  if (isOldValidate(words)) {
    words.splice(0, 1, ...asWords('validate check'))
    old = true
  }
  // One spelling may lead to another: `config policy p_export` to `policy p-export` to `policy export`.
  for (let round = 0; round < 4; round++) {
    const spelling = spellingOf(words)
    if (!spelling || (!spelling.old && surface.has(spelling.from.join(' ')))) break
    old ||= spelling.old || words.slice(0, spelling.from.length).some((word) => word.typed !== word.normal)
    add ??= spelling.add
    const target = spelling.to.find((to) => surface.has(to) || surface.isTopic(to)) ?? spelling.to[0]!
    const replaced = [...asWords(target), ...words.slice(spelling.from.length)]
    if (normalText(replaced) === normalText(words)) break
    words = replaced
  }
  let length = 0
  for (let count = 1; count <= words.length; count++) {
    const candidate = normalText(words.slice(0, count))
    if (surface.has(candidate) || surface.isTopic(candidate)) length = count
  }
  // Nothing of it is known: all of it is shown in the message about that, as it was typed.
  if (length === 0)
    return {add, command: normalText(words.slice(0, 2)), old, rest: words.slice(2).map((word) => word.typed)}
  const command = words.slice(0, length)
  return {
    add,
    command: normalText(command),
    old: old || command.some((word) => word.normal !== word.typed),
    rest: words.slice(length).map((word) => word.typed),
  }
}

function asWords(text: string): Word[] {
  return text.split(' ').map((word) => ({normal: word, typed: word}))
}

function refuseMissing(words: readonly Word[], surface: Surface): void {
  for (const name of [normalText(words.slice(0, 2)), normalText(words.slice(0, 1))]) {
    const advice = Object.hasOwn(notProvided, name) ? notProvided[name] : undefined
    if (!advice || surface.has(name) || surface.isTopic(name)) continue
    throw new PiError('USAGE', `'${name}' is not part of this tool.`, {hints: [advice]})
  }
}
