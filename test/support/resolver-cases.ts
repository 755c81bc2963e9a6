import {readFileSync, writeFileSync} from 'node:fs'
import {openApp, type App} from '../../src/app.js'
import type {Database, Row} from '../../src/lib/db/database.js'
import {findConfigKind} from '../../src/lib/config-objects/registry.js'
import {PiError} from '../../src/lib/errors.js'
import {exists, isNobody, resolveUser} from '../../src/lib/services/authenticate/login-user.js'
import {ConfigurationCache} from '../../src/lib/services/configuration.js'
import {OwnerSets} from '../../src/lib/services/janitor/owners.js'
import {resolverEnv} from '../../src/lib/services/resolver-env.js'
import {cacheSeconds, UserCache} from '../../src/lib/services/user-cache.js'
import {UserService} from '../../src/lib/services/users.js'
import {TokenOwnerRepository} from '../../src/lib/store/token-owners.js'
import type {UserInfo} from '../../src/lib/types/user.js'
import {fixture} from './folders.js'
import {fixtureInstance, type Instance} from './instance.js'

type Texts = Record<string, string>

/** One operation of a recorded case; the README beside the recording explains them. */
export interface RecordedOp {
  op: string
  resolver?: string
  login?: string
  userid?: string | number
  password?: string
  search?: Texts
  params?: Texts
  user?: string
  realm?: string
  serial?: string
  type?: string
  name?: string
  content?: string
  statement?: string
  argv?: string[]
  result?: unknown
  error?: string
  usercache_rows?: Row[]
}

export interface RecordedCase {
  id: string
  what: string
  ldap?: boolean
  config?: Texts
  ops: RecordedOp[]
}

export interface Recording {
  ports: {ldap: number; ldaps: number; nothing_listens: number; without_tls: number}
  cases: RecordedCase[]
}

export const recording = JSON.parse(readFileSync(fixture('interop', 'resolvers', 'cases.json'), 'utf8')) as Recording

/** What an operation gave here: a failure counts only as one. */
export type Given = {result: unknown} | {failed: string}

/** Replaces the addresses of the recording by those of servers of today. */
export type Addresses = (text: string) => string

/** A copy of the recorded installation with everything that looks users up, as the listener has it. */
export class ResolverPlayer {
  readonly #instance: Instance
  readonly #app: App
  readonly #db: Database
  readonly #addresses: Addresses
  readonly #configuration: ConfigurationCache
  readonly #cache: UserCache
  readonly #users: UserService

  private constructor(instance: Instance, app: App, db: Database, addresses: Addresses) {
    this.#instance = instance
    this.#app = app
    this.#db = db
    this.#addresses = addresses
    const configuration = new ConfigurationCache({db, security: () => app.security()})
    this.#configuration = configuration
    this.#cache = new UserCache({
      db,
      seconds: async () => cacheSeconds((await configuration.current()).setting('UserCacheExpiration')),
    })
    this.#users = new UserService({
      directory: async () => (await configuration.current()).directory,
      env: resolverEnv({directory: instance.folder}),
      cache: this.#cache,
    })
  }

  static async open(addresses: Addresses, config: Texts = {}): Promise<ResolverPlayer> {
    const instance = await fixtureInstance('resolvers')
    const app = await openApp({configFile: instance.config, env: {}})
    const db = await app.database()
    for (const row of await db.k<Row>('resolverconfig').where({Key: 'LDAPURI'})) {
      await db
        .k('resolverconfig')
        .where({id: row['id']})
        .update({Value: addresses(String(row['Value']))})
    }
    await db.insert(
      'config',
      Object.entries(config).map(([Key, Value]) => ({Key, Value, Type: '', Description: ''})),
    )
    return new ResolverPlayer(instance, app, db, addresses)
  }

  async close(): Promise<void> {
    await this.#users.close()
    await this.#app.close()
    this.#instance.remove()
  }

  async play(op: RecordedOp): Promise<Given> {
    try {
      return {result: await this.#do(op)}
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return {failed: error.message}
    }
  }

  /** All rows of the user cache, without their time. */
  async cached(): Promise<Row[]> {
    return this.#db.k<Row>('usercache').select('id', 'username', 'used_login', 'resolver', 'user_id').orderBy('id')
  }

  async #do(op: RecordedOp): Promise<unknown> {
    const resolver = async () => this.#users.resolver(op.resolver!)
    const userId = String(op.userid ?? '')
    switch (op.op) {
      case 'userid':
        return (await (await resolver()).findUser(op.login!))?.userId ?? ''
      case 'username':
        return (await (await resolver()).findLogin(userId)) ?? ''
      case 'userinfo':
        return (await (await resolver()).userInfo(userId)) ?? {}
      case 'check':
        return (await resolver()).checkPassword(userId, op.password!)
      case 'list':
        return this.#list(op.resolver!, op.search!)
      case 'count':
        return (await this.#list(op.resolver!, op.search!)).length
      case 'resolve':
        return this.#resolve(op.params!)
      case 'users':
        return this.#listing(op.params!)
      case 'userpass':
        return this.#password(op)
      case 'orphaned':
        return this.#orphaned(op.serial!)
      case 'test':
        return this.#test(op.type!, op.params!)
      default:
        return this.#change(op)
    }
  }

  async #list(name: string, search: Texts): Promise<UserInfo[]> {
    const infos: UserInfo[] = []
    for await (const {info} of (await this.#users.resolver(name)).listUsers(search)) infos.push(info)
    return infos.sort(byName)
  }

  async #resolve({user = '', realm, resolver}: Texts): Promise<unknown> {
    const found = await resolveUser({user, realm, resolver}, await this.#configuration.current(), this.#users)
    return {
      login: found.login,
      used_login: found.usedLogin,
      realm: found.realm,
      resolver: found.resolver,
      uid: found.userId === '' ? null : found.userId,
      exists: exists(found),
      empty: isNobody(found),
    }
  }

  async #listing({realm, resolver, ...search}: Texts): Promise<unknown> {
    const entries: UserInfo[] = []
    const options = {realm, resolver, search: {username: '*', ...search}}
    // Resolvers that cannot be asked are left out, as in the recording.
    for await (const user of this.#users.listUsers({...options, onFailure: () => {}})) {
      entries.push({
        ...user.info,
        resolver: user.resolver,
        editable: await this.#users.isEditable(user.resolver),
      })
    }
    return entries.sort((a, b) => byName(a, b) || (String(a['resolver']) < String(b['resolver']) ? 1 : -1))
  }

  async #password({user = '', realm, password}: RecordedOp): Promise<string | null> {
    const found = await resolveUser(
      {user, realm, resolver: undefined},
      await this.#configuration.current(),
      this.#users,
    )
    if (!exists(found)) return null
    const right = await this.#users.checkPassword(found, password!).catch(() => false)
    return right ? `${found.login}@${found.realm}` : null
  }

  async #orphaned(serial: string): Promise<boolean> {
    const token = await this.#db.k<Row>('token').where({serial}).first('id')
    const id = Number(token!['id'])
    const [owner] = (await new TokenOwnerRepository(this.#db).of([id])).get(id) ?? []
    const sets = new OwnerSets(this.#db, this.#users, {cache: this.#cache})
    const state = await sets.stateOf(owner)
    if (state === 'unknown') throw new PiError('UNAVAILABLE', sets.failures()[0]?.reason.message ?? '')
    return state === 'absent' || state === 'resolver-missing'
  }

  async #test(type: string, params: Texts): Promise<unknown> {
    const settings = new Map(Object.entries(params).map(([key, value]) => [key, this.#addresses(value)]))
    const {ok, users, message} = await this.#users.testDefinition(type, settings)
    return [type === 'sqlresolver' ? (ok ? users : -1) : ok, ok ? message : 'failed']
  }

  async #change(op: RecordedOp): Promise<unknown> {
    switch (op.op) {
      case 'file':
        writeFileSync(this.#instance.path(op.name!), op.content!)
        return null
      case 'sql':
        await this.#db.k.raw(op.statement!)
        return null
      case 'save': {
        const {resolver, type, ...settings} = op.params!
        const seal = async (secret: string) => secret
        await findConfigKind('resolver')!.save({db: this.#db, seal}, resolver!, {type, settings}, undefined)
        return 1
      }
      case 'tool': {
        const [name, ...args] = op.argv!
        const {stdout} = await this.#instance.run(name!, args, {env: {PI_MANAGE_SHIM: '1'}})
        return lastLine(stdout)
      }
      default:
        throw new Error(`unknown operation ${op.op}`)
    }
  }
}

function byName(a: UserInfo, b: UserInfo): number {
  const [left, right] = [String(a['username'] ?? ''), String(b['username'] ?? '')]
  return left < right ? -1 : left > right ? 1 : 0
}

/** What the recording says, without what we leave out on purpose: password hashes, and texts of failed tests. */
export function expectedOf({op, result}: RecordedOp): unknown {
  if (op === 'test' && Array.isArray(result)) {
    return result[0] === false || result[0] === -1 ? [result[0], 'failed'] : result
  }
  return op === 'tool' ? lastLine(String(result)) : withoutSecrets(result)
}

/** What a program says at its end; before it there are times of the recording. */
function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (!value || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'password' && key !== 'cryptpass'))
}
