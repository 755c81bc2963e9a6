import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {renameBehind} from '../../cli/compat/janitor/after-word.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {yes} from '../../cli/flags/confirm.js'
import {dryRun} from '../../cli/flags/dry-run.js'
import {output} from '../../cli/flags/output.js'
import {pairs} from '../../cli/render/row-stream.js'
import type {Column} from '../../cli/render/table.js'
import {PiError} from '../../lib/errors.js'
import {
  changeContainers,
  findContainers,
  type ContainerChange,
  type ContainerFilters,
} from '../../lib/services/janitor/containers.js'
import {UserProof} from '../../lib/services/janitor/user-proof.js'
import {readFlag} from '../../lib/services/janitor/filters.js'
import type {Container} from '../../lib/store/containers.js'

const actions = ['list', 'delete', 'set-description', 'set-info', 'remove-info', 'set-realms'] as const
type ActionName = (typeof actions)[number]

/** As 3.13 spells them. */
const otherNames: Record<string, ActionName> = {
  'update-info': 'set-info',
  'delete-info': 'remove-info',
  'set-realm': 'set-realms',
}

const owners = ({owners: list}: Container) =>
  list.map(({userId, resolver, realm}) => `${userId}@${realm ?? ''} (${resolver})`).join(', ')

const columns: Column<Container>[] = [
  {header: 'serial', get: ({serial}) => serial},
  {header: 'type', get: ({type}) => type},
  {header: 'tokens', get: ({tokens}) => tokens.join(', ')},
  {header: 'users', get: owners},
  {header: 'realms', get: ({realms}) => realms.join(', ')},
  {header: 'description', get: ({description}) => description},
  {header: 'states', get: ({states}) => states.join(', ')},
  {header: 'last_seen', get: ({lastSeen}) => lastSeen},
  {header: 'last_updated', get: ({lastUpdated}) => lastUpdated},
  {header: 'template', get: ({template}) => template},
  {header: 'info', get: ({info}) => pairs(info)},
]
/** As `--json` shows it; times are ISO 8601 in UTC. */
function containerDocument({id: _, lastSeen, lastUpdated, ...rest}: Container): Omit<Container, 'id'> {
  const iso = (text: string | undefined) => text && `${text.replace(' ', 'T').slice(0, 19)}Z`
  return {...rest, lastSeen: iso(lastSeen), lastUpdated: iso(lastUpdated)}
}

const usual = ['serial', 'type', 'tokens', 'users', 'realms', 'description']

interface ContainerDocument {
  containers?: Omit<Container, 'id'>[]
  changed?: string[]
  skipped?: string[]
  dryRun?: true
}

const filter = (description: string, char?: 'T' | 'd' | 'i' | 'l' | 'r' | 's') =>
  Flags.string({description, helpGroup: 'FILTER', ...(char && {char})})

export default class TokenJanitorContainer extends AppCommand<typeof TokenJanitorContainer> {
  static override summary = 'Find containers of tokens, and list or change them.'
  static override description =
    'All filters must hold; * stands for any text, and capitals do not matter (except in template). The actions are list ' +
    '(the default), delete, set-description TEXT, set-info KEY VALUE, remove-info KEY and set-realms R1,R2. Deleting a ' +
    'container takes its tokens out; with --with-tokens they are deleted as well. Containers came with 3.10.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --type smartphone --assigned false', description: 'Without user'},
    {
      command: '<%= config.bin %> <%= command.id %> --orphaned true delete --dry-run',
      description: 'Those whose users are all gone',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --realm sales set-description "sales department"',
      description: 'Describe all of a realm',
    },
  ]
  static override args = {
    action: Args.string({description: `what to do: ${actions.join(', ')}`, ignoreStdin: true}),
    first: Args.string({description: 'text, key or realms, as the action needs it', ignoreStdin: true}),
    second: Args.string({description: 'value of set-info', ignoreStdin: true}),
  }
  static override flags = {
    ...output,
    'dry-run': dryRun,
    yes,
    serial: filter('serial', 's'),
    type: Flags.string({char: 't', description: 'type: generic, smartphone, yubikey', helpGroup: 'FILTER'}),
    'token-serial': filter('serial of a token in it'),
    realm: filter('realm of the container', 'r'),
    template: filter('name of its template', 'T'),
    description: filter('description', 'd'),
    resolver: Flags.string({char: 'R', description: 'resolver of a user', helpGroup: 'FILTER'}),
    assigned: Flags.string({char: 'a', description: 'true: with a user', helpGroup: 'FILTER', helpValue: 'BOOL'}),
    info: filter('KEY=VALUE of a detail', 'i'),
    'last-auth-delta': filter('seen within this time, e.g. 10d', 'l'),
    'last-sync-delta': Flags.string({
      char: 'L',
      description: 'changed within this time, e.g. 10d',
      helpGroup: 'FILTER',
    }),
    orphaned: Flags.string({
      char: 'o',
      description: 'true: all its users are proven to be gone',
      helpGroup: 'FILTER',
      helpValue: 'BOOL',
    }),
    key: Flags.string({
      char: 'k',
      helpValue: 'NAME',
      description: `list: columns to show, of ${columns.map(({header}) => header).join(', ')}; may be repeated`,
      multiple: true,
      multipleNonGreedy: true,
    }),
    'with-tokens': Flags.boolean({description: 'delete: the tokens in it as well'}),
    add: Flags.boolean({description: 'set-realms: keep the realms that it has'}),
    'allow-mass': Flags.integer({
      description: 'change up to N containers; without it the run stops at more than 100, or 5 % of all',
      helpGroup: 'SAFETY',
      helpValue: 'N',
      min: 0,
    }),
  }

  override async init(): Promise<void> {
    this.argv = renameBehind(this.argv, {
      delete: {'-t': '--with-tokens', '--tokens': '--with-tokens'},
      'set-realm': {'-a': '--add'},
      'set-realms': {'-a': '--add'},
    })
    await super.init()
  }

  async run(): Promise<ContainerDocument> {
    const action = this.#action()
    const change = this.#change(action)
    return this.withApp(async (app) => {
      const selection = await app.selection()
      const proof = new UserProof(await app.users())
      const env = {db: selection.db, owners: async () => proof, now: () => new Date()}
      const found: Container[] = []
      for await (const page of findContainers(env, this.#filters())) found.push(...page)
      if (this.flags.orphaned !== undefined) this.#reportFailures(proof.failures())
      if (!change) return this.#list(found)
      const serials = found.map(({serial}) => serial)
      if (this.flags['dry-run']) {
        for (const serial of serials) this.log(`Would change ${serial} (${action})`)
        this.notice(`${serials.length} containers; nothing was changed.`)
        return {changed: serials, skipped: [], dryRun: true}
      }
      if (found.length > 0) await this.confirm(`${action} ${found.length} containers?`, this.flags.yes)
      const allowMass = this.flags['allow-mass'] ?? (this.shim ? Number.MAX_SAFE_INTEGER : undefined)
      const result = await changeContainers(env, found, change, {allowMass})
      for (const serial of result.changed) this.log(`${action}: ${serial}`)
      for (const serial of result.skipped) this.notice(`Left alone: ${serial}`)
      if (result.skipped.length > 0) process.exitCode = exitCodes.PARTIAL
      return {...result}
    })
  }

  #action(): ActionName {
    const word = (this.args.action ?? 'list').replaceAll('_', '-')
    const action = otherNames[word] ?? actions.find((name) => name === word)
    if (action) return action
    throw new PiError('USAGE', `There is no action '${word}'.`, {hints: [`The actions are ${actions.join(', ')}`]})
  }

  /** Undefined where it only reads. */
  #change(action: ActionName): ContainerChange | undefined {
    const {first, second} = this.args
    const given = (text: string | undefined, what: string) => {
      if (text === undefined) throw new PiError('USAGE', `${action} needs ${what}.`, {hints: ['See --help']})
      return text
    }
    switch (action) {
      case 'list': {
        return undefined
      }
      case 'delete': {
        return {name: 'delete', withTokens: this.flags['with-tokens']}
      }
      case 'set-description': {
        return {name: 'set-description', description: given(first, 'a text')}
      }
      case 'set-info': {
        return {name: 'set-info', key: given(first, 'a key and a value'), value: given(second, 'a key and a value')}
      }
      case 'remove-info': {
        return {name: 'remove-info', key: given(first, 'a key')}
      }
      case 'set-realms': {
        const realms = given(first, 'realms, with commas').split(',')
        const names = realms.map((name) => name.trim()).filter((name) => name !== '')
        return {name: 'set-realms', realms: names, add: this.flags.add}
      }
    }
  }

  #filters(): ContainerFilters {
    const {flags} = this
    return {
      serial: flags.serial,
      type: flags.type,
      tokenSerial: flags['token-serial'],
      realm: flags.realm,
      template: flags.template,
      description: flags.description,
      resolver: flags.resolver,
      assigned: readFlag('--assigned', flags.assigned),
      info: flags.info,
      seenWithin: flags['last-auth-delta'],
      changedWithin: flags['last-sync-delta'],
      orphaned: readFlag('--orphaned', flags.orphaned),
    }
  }

  async #list(found: readonly Container[]): Promise<ContainerDocument> {
    const asked = new Set(this.flags.key ?? usual).add('serial')
    const unknown = [...asked].find((key) => !columns.some(({header}) => header === key))
    if (unknown !== undefined) throw new PiError('USAGE', `There is no column '${unknown}'.`, {hints: ['See --help']})
    await this.showRows(
      found,
      columns.filter(({header}) => asked.has(header)),
    )
    return {containers: found.map((container) => containerDocument(container))}
  }

  #reportFailures(failures: readonly {resolver: string; reason: Error}[]): void {
    for (const {resolver, reason} of failures) {
      this.notice(
        `The users from '${resolver}' could not be looked up; their containers were left alone: ${reason.message}`,
      )
    }
    if (failures.length > 0) process.exitCode = exitCodes.UNAVAILABLE
  }
}
