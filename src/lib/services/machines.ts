import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {decryptValue} from '../crypto/secret-values.js'
import type {Database} from '../db/database.js'
import {notFound, PiError, reasonOf} from '../errors.js'
import {parseHosts, type Host} from '../machines/hosts.js'
import type {SecurityModule} from '../security-module.js'
import {MachineTokenRepository, type MachineToken, type MachineTokenFilter} from '../store/machine-tokens.js'
import {TokenInfoRepository} from '../store/token-info.js'
import {TokenRepository} from '../store/tokens.js'
import type {Token} from '../types/token.js'

export interface ListedMachineToken extends MachineToken {
  /** Names of the computer, where its resolver is a hosts file that can be read. */
  hostnames?: readonly string[]
}

/** A computer by name, or by id and machine resolver. */
export interface NamedMachine {
  hostname?: string | undefined
  machineId?: string | undefined
  resolver?: string | undefined
}

/** Which keys a login on a computer may use. */
export interface KeyRequest {
  /** Login on the computer: the option `user` of the attachment. */
  user: string
  hostname?: string | undefined
  /** Instead of a computer: the option `service_id`, since 3.9. */
  serviceId?: string | undefined
  /** With a computer: also keys that are attached to any. */
  anyHost?: boolean
}

interface MachineServiceOptions {
  db: Database
  security: () => Promise<SecurityModule>
  /** Against which names of hosts files are resolved. */
  directory: string
}

/** Applications and the token types that they take (spec/11 §F4). */
const applications: Readonly<Record<string, readonly string[]>> = {
  luks: ['totp'],
  offline: ['hotp', 'passkey', 'webauthn'],
  ssh: ['sshkey'],
}

/** Characters that the columns of an option hold. */
const optionLength = 64

/** Tokens attached to computers (spec/11 §F). */
export class MachineService {
  readonly #options: MachineServiceOptions

  constructor(options: MachineServiceOptions) {
    this.#options = options
  }

  /** @throws PiError NOT_FOUND (hostname), UNAVAILABLE (hosts file, when a hostname is asked for) */
  async list(filter: MachineTokenFilter & {hostname?: string | undefined}): Promise<ListedMachineToken[]> {
    const {hostname, ...rest} = filter
    const store = new MachineTokenRepository(this.#options.db)
    const machine = hostname === undefined ? undefined : await this.#machine({hostname})
    const found = await store.find({...rest, ...(machine && {machineId: machine.id, resolver: machine.resolver})})
    const hosts = new Map<string, readonly Host[]>()
    for (const {name, settings, type} of await store.resolvers())
      if (type === 'hosts') hosts.set(name, await this.#hosts(name, settings).catch(() => []))
    return found.map((one) => {
      const host = hosts.get(one.resolver ?? '')?.find(({id}) => id === one.machineId)
      return {...one, ...(host && {hostnames: host.names})}
    })
  }

  /**
   * Attaches a token to a computer, or to any.
   * @returns the attachment
   * @throws PiError NOT_FOUND (token, computer), REFUSED (type of the token), INVALID_INPUT (option), USAGE
   */
  async attach(
    serial: string,
    application: string,
    named: NamedMachine,
    options: Readonly<Record<string, string>>,
  ): Promise<MachineToken> {
    const types = applications[application]
    if (!types) {
      throw new PiError('USAGE', `There is no application '${application}'.`, {
        hints: [`Applications: ${Object.keys(applications).join(', ')}`],
      })
    }
    for (const [key, value] of Object.entries(options)) {
      if (key === '' || [...key].length > optionLength || [...value].length > optionLength)
        throw new PiError('INVALID_INPUT', `The option '${key}' is longer than the ${optionLength} characters stored.`)
    }
    const machine = Object.values(named).every((part) => part === undefined) ? undefined : await this.#machine(named)
    return this.#options.db.transaction(async (tx) => {
      const token = await new TokenRepository(tx).find(serial)
      if (!token) throw notFound('token', serial, 'pi-manage token list')
      if (!types.includes(token.tokentype.toLowerCase())) {
        throw new PiError(
          'REFUSED',
          `${serial} is of type ${token.tokentype}; ${application} takes ${types.join(', ')}.`,
        )
      }
      const store = new MachineTokenRepository(tx)
      const id = await store.add({tokenId: token.id, application, machine, options})
      return (await store.find({id}))[0]!
    })
  }

  /** Detaches what meets the filter. @throws PiError NOT_FOUND when nothing does */
  async detach(
    filter: MachineTokenFilter & {hostname?: string | undefined},
    {dryRun = false} = {},
  ): Promise<ListedMachineToken[]> {
    const found = await this.list(filter)
    if (found.length === 0) {
      throw new PiError('NOT_FOUND', 'No token is attached like this.', {hints: ['See pi-manage machine list']})
    }
    const ids = found.map(({id}) => id)
    if (!dryRun) await this.#options.db.transaction((tx) => new MachineTokenRepository(tx).delete(ids))
    return found
  }

  /**
   * Lines of an authorized_keys file: keys of active tokens that are attached for ssh.
   * @throws PiError NOT_FOUND (computer), INTEGRITY (key that does not decrypt)
   */
  async authorizedKeys({anyHost = false, hostname, serviceId, user}: KeyRequest): Promise<string[]> {
    const {db} = this.#options
    const store = new MachineTokenRepository(db)
    const machine = serviceId === undefined && hostname !== undefined ? await this.#machine({hostname}) : undefined
    const attached = (await store.find({application: 'ssh'}))
      .filter(({options}) => options['user'] === user)
      .filter(({machineId, options, resolver}) => {
        if (serviceId !== undefined) return options['service_id'] === serviceId
        if (machineId === undefined) return anyHost || machine === undefined
        return machine === undefined || (machineId === machine.id && resolver === machine.resolver)
      })
    const tokens = await new TokenRepository(db).findSeveral([...new Set(attached.map(({serial}) => serial))])
    const lines: string[] = []
    for (const token of tokens) {
      if (!token.active || token.revoked || token.locked || token.tokentype.toLowerCase() !== 'sshkey') continue
      const line = await this.#keyLine(token)
      if (line !== undefined) lines.push(line)
    }
    return lines
  }

  /** Undefined for a key that is no line of such a file: what an attacker writes into a token must not add another. */
  async #keyLine({id}: Token): Promise<string | undefined> {
    const {db, security} = this.#options
    const info = (await new TokenInfoRepository(db).of([id])).get(id) ?? []
    const text = async (key: string) => {
      const found = info.find((one) => one.key === key)
      if (!found) return ''
      return found.type === 'password' ? decryptValue(await security(), found.value) : found.value
    }
    const [type, key, comment] = [await text('ssh_type'), await text('ssh_key'), await text('ssh_comment')]
    if (!/^[a-z0-9@.-]+$/.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return undefined
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    const harmless = comment.replace(/[\0-\x1f\x7f]+/g, ' ').trim()
    return harmless === '' ? `${type} ${key}` : `${type} ${key} ${harmless}`
  }

  /** A computer by its name in a hosts file, or by id and machine resolver. */
  async #machine({
    hostname,
    machineId,
    resolver,
  }: NamedMachine): Promise<{id: string; resolver: string; resolverId: number}> {
    const resolvers = await new MachineTokenRepository(this.#options.db).resolvers()
    if (machineId !== undefined) {
      const found = resolvers.find(({name}) => name === resolver)
      if (resolver === undefined)
        throw new PiError('USAGE', 'A machine id is that of a machine resolver: name it, too.')
      if (!found) throw notFound('machine resolver', resolver, 'pi-manage config list --kind machine-resolver')
      return {id: machineId, resolver, resolverId: found.id}
    }
    if (hostname === undefined) throw new PiError('USAGE', 'A machine resolver alone names no computer.')
    const found: {id: string; resolver: string; resolverId: number}[] = []
    for (const {id: resolverId, name, settings, type} of resolvers) {
      if (type !== 'hosts' || (resolver !== undefined && name !== resolver)) continue
      for (const {id, names} of await this.#hosts(name, settings))
        if (names.some((one) => one.toLowerCase() === hostname.toLowerCase()))
          found.push({id, resolver: name, resolverId})
    }
    if (found.length === 1) return found[0]!
    throw new PiError(
      'NOT_FOUND',
      found.length === 0
        ? `No hosts file of a machine resolver knows the computer '${hostname}'.`
        : `Several computers are called '${hostname}': ${found.map(({id}) => id).join(', ')}.`,
      {hints: ['Name it by --machine-id and --machine-resolver']},
    )
  }

  async #hosts(name: string, settings: ReadonlyMap<string, string>): Promise<Host[]> {
    const file = resolve(this.#options.directory, settings.get('filename') ?? '')
    try {
      return parseHosts(await readFile(file, 'utf8'))
    } catch (error) {
      throw new PiError(
        'UNAVAILABLE',
        `The file of the machine resolver '${name}' cannot be read: ${reasonOf(error)}`,
        {
          cause: error,
        },
      )
    }
  }
}
