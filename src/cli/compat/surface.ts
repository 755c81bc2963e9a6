import {existsSync, readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'

/** What the rewriting needs to know of a flag. */
export interface FlagFacts {
  name: string
  /** All ways to write it: long names with `--`, letters with `-`. */
  spellings: readonly string[]
  takesValue: boolean
}

/** The commands and flags there are, by command id with blanks. */
export interface Surface {
  has(command: string): boolean
  /** True for the words before a command, e.g. `token`. */
  isTopic(words: string): boolean
  flags(command: string): readonly FlagFacts[] | undefined
}

interface ManifestFlag {
  name: string
  type: string
  char?: string
  aliases?: string[]
  charAliases?: string[]
  allowNo?: boolean
}

interface ManifestCommand {
  id: string
  aliases?: string[]
  hiddenAliases?: string[]
  flags?: Record<string, ManifestFlag>
}

/** Reads oclif.manifest.json, or, where there is none (while developing), the names of the commands' files. */
export function readSurface(root: string): Surface {
  try {
    const manifest = JSON.parse(readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, ManifestCommand>
    }
    return surfaceOf(Object.values(manifest.commands))
  } catch {
    return {...surfaceOf(commandFiles(path.join(root, 'src', 'commands'))), flags: () => undefined}
  }
}

function commandFiles(folder: string): ManifestCommand[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({id: file.replace(/(?:[\\/]index)?\.ts$/, '').replaceAll(path.sep, ':')}))
}

export function surfaceOf(commands: readonly ManifestCommand[]): Surface {
  const byName = new Map<string, ManifestCommand>()
  const topics = new Set<string>()
  for (const command of commands) {
    for (const id of [command.id, ...(command.aliases ?? []), ...(command.hiddenAliases ?? [])]) {
      const words = id.split(':')
      byName.set(words.join(' '), command)
      for (let length = 1; length < words.length; length++) topics.add(words.slice(0, length).join(' '))
    }
  }
  return {
    flags(command) {
      const found = byName.get(command)
      return found && Object.values(found.flags ?? {}).map((flag) => factsOf(flag))
    },
    has: (command) => byName.has(command),
    isTopic: (words) => topics.has(words),
  }
}

function factsOf(flag: ManifestFlag): FlagFacts {
  const long = [
    flag.name,
    ...(flag.aliases ?? []).filter((alias) => alias.length > 1),
    ...(flag.allowNo ? [`no-${flag.name}`] : []),
  ]
  const short = [flag.char, ...(flag.charAliases ?? [])].filter((letter) => letter !== undefined)
  return {
    name: flag.name,
    spellings: [...long.map((name) => `--${name}`), ...short.map((letter) => `-${letter}`)],
    takesValue: flag.type === 'option',
  }
}
