import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'
import {programs} from '../../src/cli/compat/programs.js'
import {spellings} from '../../src/cli/compat/spellings.js'
import {surfaceOf} from '../../src/cli/compat/surface.js'
import {projectRoot} from '../support/folders.js'

interface Flag {
  name: string
  type: string
  char?: string
  aliases?: string[]
  charAliases?: string[]
  description?: string
  summary?: string
  required?: boolean
  multiple?: boolean
  options?: string[]
  helpValue?: string
}

interface Described {
  id: string
  aliases: string[]
  hiddenAliases: string[]
  summary?: string
  description?: string
  examples?: (string | {command: string; description: string})[]
  args: Record<string, {name: string; description?: string; required?: boolean}>
  flags: Record<string, Flag>
  hidden?: boolean
}

/** Commands, and whole topics, that old command lines lead to and that are not made yet. */
const notYet = [
  'audit',
  'ca',
  'cron',
  'migrate',
  'realm',
  'resolver',
  'setup create-pgp-keys',
  'token counters',
  'token find-by-otp',
  'token-janitor update',
  'user',
]

const snapshot = join(projectRoot, 'test/arch/surface.json')

function commands(): Described[] {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, Described>
  }
  return Object.values(manifest.commands).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** One line an argument or flag: what scripts depend on. */
function surface(): Record<string, string[]> {
  return Object.fromEntries(
    commands().map((command) => [
      [command.id, ...command.aliases, ...command.hiddenAliases].join(' = '),
      [
        ...Object.values(command.args).map((arg) => (arg.required ? arg.name : `[${arg.name}]`)),
        ...Object.values(command.flags)
          .map((flag) => {
            const spellings = [
              `--${flag.name}`,
              ...(flag.aliases ?? []).map((alias) => `--${alias}`),
              ...[flag.char, ...(flag.charAliases ?? [])].filter(Boolean).map((letter) => `-${letter}`),
            ]
            const value =
              flag.type === 'option' ? ` ${flag.options?.join('|') ?? 'value'}${flag.multiple ? '…' : ''}` : ''
            return `${spellings.join(' ')}${value}${flag.required ? ' required' : ''}`
          })
          .sort(),
      ],
    ]),
  )
}

describe('the command line as a whole', function () {
  this.timeout(120_000)

  it('is what test/arch/surface.json says (after a change on purpose: PI_UPDATE_SURFACE=1)', () => {
    const now = surface()
    if (process.env['PI_UPDATE_SURFACE']) writeFileSync(snapshot, `${JSON.stringify(now, undefined, 1)}\n`)

    expect(now).to.deep.equal(JSON.parse(readFileSync(snapshot, 'utf8')))
  })

  for (const command of commands()) {
    it(`explains ${command.id}`, () => {
      expect(command.summary, 'summary').to.be.a('string').and.match(/\.$/)
      expect(command.examples ?? [], 'examples').to.have.length.greaterThan(0)
      for (const arg of Object.values(command.args)) expect(arg.description, arg.name).to.be.a('string')
      for (const flag of Object.values(command.flags))
        expect(flag.description ?? flag.summary, flag.name).to.be.a('string')
    })
  }

  it('reads no argument from the standard input unasked', async () => {
    for (const command of commands()) {
      const path = join(projectRoot, 'dist/commands', command.id.replaceAll(':', '/'))
      const file = existsSync(`${path}.js`) ? `${path}.js` : join(path, 'index.js')
      const loaded = (await import(pathToFileURL(file).href)) as {
        default: {args?: Record<string, {ignoreStdin?: boolean}>}
      }
      for (const [name, arg] of Object.entries(loaded.default.args ?? {})) {
        expect(arg.ignoreStdin, `${command.id} ${name}`).to.equal(true)
      }
    }
  })

  it('takes no password in a flag, apart from old spellings that are documented', () => {
    const allowed = new Set([
      'admin:add --password',
      'admin:change --password',
      // Where the key is, and names of columns: no secrets.
      'ca:connect --key',
      'ca:create --key',
      'token-janitor:container --key',
      'enckey:create --enckey-b64',
      'enckey:encrypt --password',
      'import:tokens --preshared-key',
      'setup:create-enckey --enckey-b64',
      'token-janitor:load --preshared-key',
      'user:passwd-line --password',
    ])
    const secret = /^(?:password|pin|secret|key|otpkey|preshared-key|token|enckey-b64|preshared-key-hex)$/

    const found = commands().flatMap((command) =>
      Object.values(command.flags)
        .filter((flag) => flag.type === 'option' && secret.test(flag.name) && flag.helpValue !== 'FILE')
        .map((flag) => `${command.id} --${flag.name}`),
    )

    expect(found.filter((flag) => !allowed.has(flag))).to.deep.equal([])
  })

  it('has the commands that old programs and spellings lead to', () => {
    const known = surfaceOf(commands())
    const here = (words: string) => known.has(words) || known.isTopic(words)
    const targets = [
      ...spellings.filter(({to}) => !to.some((words) => here(words))).map(({to}) => to[0]!),
      ...Object.values(programs)
        .map(({words}) =>
          words.filter((word, at) => !word.startsWith('--') && !words[at - 1]?.startsWith('--')).join(' '),
        )
        .filter((command) => command !== '' && !here(command)),
    ]

    expect(
      targets.filter((command) => !notYet.some((words) => command === words || command.startsWith(`${words} `))),
    ).to.deep.equal([])
  })
})
