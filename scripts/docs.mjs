// Writes the command reference, docs/cli/<topic>.md, and the manual pages, docs/man/*.1, from oclif.manifest.json.
// With --check it writes nothing and ends with 1 when a page of the reference is out of date.
import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const {oclif, version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const manifest = JSON.parse(readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8'))
const globalGroup = 'GLOBAL'

const commands = Object.values(manifest.commands)
  .filter((command) => !command.hidden)
  .map((command) => ({...command, name: command.id.replaceAll(':', ' ')}))
  .sort((a, b) => a.name.localeCompare(b.name, 'en'))
const topics = Map.groupBy
  ? Map.groupBy(commands, (command) => command.name.split(' ')[0])
  : commands.reduce((map, command) => {
      const topic = command.name.split(' ')[0]
      return map.set(topic, [...(map.get(topic) ?? []), command])
    }, new Map())

/** Fills the placeholders that help texts may have. */
function fill(text, command) {
  return (text ?? '')
    .replaceAll(/<%=\s*config\.bin\s*%>/g, oclif.bin)
    .replaceAll(/<%=\s*command\.id\s*%>/g, command.name)
    .trim()
}

function flagSpelling(flag) {
  const value = flag.type === 'option' ? ` ${flag.options ? flag.options.join('|') : (flag.helpValue ?? 'VALUE')}` : ''
  const letters = [flag.char, ...(flag.charAliases ?? [])].filter(Boolean).map((letter) => `-${letter}`)
  return `${[...letters, `--${flag.allowNo ? '[no-]' : ''}${flag.name}`].join(', ')}${value}`
}

function flagNotes(flag) {
  return [
    flag.required && 'required',
    flag.multiple && 'repeatable',
    flag.default !== undefined && typeof flag.default !== 'object' && `default ${JSON.stringify(flag.default)}`,
    flag.env && `environment ${flag.env}`,
    flag.aliases?.length && `also ${flag.aliases.map((alias) => `--${alias}`).join(', ')}`,
    flag.dependsOn?.length && `with ${flag.dependsOn.map((name) => `--${name}`).join(', ')}`,
    flag.exclusive?.length && `not with ${flag.exclusive.map((name) => `--${name}`).join(', ')}`,
  ].filter(Boolean)
}

function usage(command) {
  const args = Object.values(command.args ?? {}).filter((arg) => !arg.hidden)
  const words = args.map((arg) => (arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`))
  return [oclif.bin, command.name, ...words, '[flags]'].join(' ')
}

function examplesOf(command) {
  return (command.examples ?? []).map((example) =>
    typeof example === 'string'
      ? {command: fill(example, command)}
      : {command: fill(example.command, command), description: fill(example.description, command)},
  )
}

function visibleFlags(command) {
  return Object.values(command.flags ?? {}).filter((flag) => !flag.hidden)
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')

function section(command) {
  const lines = [`## ${command.name}`, '', fill(command.summary, command), '', '```', usage(command), '```', '']
  if (command.description) lines.push(fill(command.description, command), '')
  const args = Object.values(command.args ?? {}).filter((arg) => !arg.hidden)
  if (args.length > 0) {
    lines.push('| argument | |', '| --- | --- |')
    for (const arg of args) lines.push(`| ${arg.name.toUpperCase()} | ${cell(arg.description ?? '')} |`)
    lines.push('')
  }
  const flags = visibleFlags(command).filter((flag) => flag.helpGroup !== globalGroup)
  if (flags.length > 0) {
    lines.push('| flag | |', '| --- | --- |')
    for (const flag of flags) {
      const notes = flagNotes(flag)
      const text = [flag.summary ?? flag.description ?? '', notes.length > 0 ? `(${notes.join('; ')})` : ''].filter(
        Boolean,
      )
      lines.push(`| \`${cell(flagSpelling(flag))}\` | ${cell(text.join(' '))} |`)
    }
    lines.push('')
  }
  const examples = examplesOf(command)
  if (examples.length > 0)
    lines.push(
      '```sh',
      ...examples.flatMap(({command: line, description}) => [...(description ? [`# ${description}`] : []), line]),
      '```',
      '',
    )
  const aliases = command.aliases ?? []
  if (aliases.length > 0)
    lines.push(`Also: ${aliases.map((alias) => `\`${alias.replaceAll(':', ' ')}\``).join(', ')}`, '')
  return lines.join('\n')
}

function globalFlags() {
  const flags = new Map()
  for (const command of commands)
    for (const flag of visibleFlags(command)) if (flag.helpGroup === globalGroup) flags.set(flag.name, flag)
  return [...flags.values()]
}

const notice = '<!-- Made by scripts/docs.mjs from the commands; do not edit. -->\n'

function pages() {
  const made = new Map()
  const index = [notice, '# Commands', '', '| command | |', '| --- | --- |']
  for (const command of commands) {
    const topic = command.name.split(' ')[0]
    index.push(
      `| [${command.name}](${topic}.md#${command.name.replaceAll(' ', '-')}) | ${cell(fill(command.summary, command))} |`,
    )
  }
  index.push('', '## Flags of every command', '', '| flag | |', '| --- | --- |')
  for (const flag of globalFlags()) {
    const notes = flagNotes(flag)
    index.push(
      `| \`${cell(flagSpelling(flag))}\` | ${cell([flag.description, notes.length > 0 ? `(${notes.join('; ')})` : ''].filter(Boolean).join(' '))} |`,
    )
  }
  made.set('README.md', `${index.join('\n')}\n`)
  for (const [topic, list] of topics) {
    made.set(
      `${topic}.md`,
      `${notice}\n# ${oclif.bin} ${topic}\n\n${list.map((command) => section(command)).join('\n')}`,
    )
  }
  return made
}

/** roff takes a hyphen for a typographic one and a dot at the start of a line for a request. */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')
}

function manualPage(topic, list) {
  const title = topic === '' ? oclif.bin : `${oclif.bin}-${topic}`
  const about = topic === '' ? 'administer privacyIDEA and eduMFA databases' : `the ${topic} commands of ${oclif.bin}`
  const lines = [
    `.TH "${title.toUpperCase()}" 1 "" "${oclif.bin} ${version}"`,
    '.SH NAME',
    roff(`${title} - ${about}`),
    '.SH COMMANDS',
  ]
  for (const command of list) {
    lines.push('.SS', roff(usage(command)), '.PP', roff(fill(command.summary, command)))
    if (topic === '') continue
    if (command.description) lines.push('.PP', roff(fill(command.description, command)))
    for (const flag of visibleFlags(command).filter((one) => one.helpGroup !== globalGroup)) {
      lines.push('.TP', `.B ${roff(flagSpelling(flag))}`, roff([flag.description ?? '', ...flagNotes(flag)].join('; ')))
    }
    for (const {command: line} of examplesOf(command)) lines.push('.PP', '.nf', roff(line), '.fi')
  }
  if (topic === '') {
    lines.push('.SH FLAGS OF EVERY COMMAND')
    for (const flag of globalFlags()) lines.push('.TP', `.B ${roff(flagSpelling(flag))}`, roff(flag.description ?? ''))
  }
  return `${lines.join('\n')}\n`
}

function write(folder, files) {
  mkdirSync(folder, {recursive: true})
  for (const old of readdirSync(folder)) if (!files.has(old)) rmSync(path.join(folder, old))
  for (const [name, text] of files) writeFileSync(path.join(folder, name), text)
}

const reference = path.join(root, 'docs', 'cli')
if (process.argv.includes('--check')) {
  const stale = [...pages()].filter(([name, text]) => {
    const file = path.join(reference, name)
    return !existsSync(file) || readFileSync(file, 'utf8') !== text
  })
  for (const [name] of stale) console.log(`docs/cli/${name} is out of date: npm run docs`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  write(reference, pages())
  write(
    path.join(root, 'docs', 'man'),
    new Map([
      [`${oclif.bin}.1`, manualPage('', commands)],
      ...[...topics].map(([topic, list]) => [`${oclif.bin}-${topic}.1`, manualPage(topic, list)]),
    ]),
  )
}
