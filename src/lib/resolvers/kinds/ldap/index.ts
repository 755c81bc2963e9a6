import type {Entry, Filter} from 'ldapts'
import {PiError, reasonOf} from '../../../errors.js'
import type {UserInfo} from '../../../types/user.js'
import type {
  FoundUser,
  ListedUser,
  LookupOptions,
  Resolver,
  ResolverEnv,
  ResolverKind,
  UserEditor,
  UserListOptions,
  UserSearch,
} from '../../contract.js'
import {KeptAnswers} from '../../shared/kept-answers.js'
import {Searches, type Found} from './directory.js'
import {LdapEditor} from './editor.js'
import {idOf, infoOf, valuesOf} from './entries.js'
import {all, configuredFilters, equals, expiry, loginIs, matches} from './filters.js'
import {groupNames} from './groups.js'
import {ldapSettings, readLdapConfig, type LdapConfig} from './settings.js'

/** Users in an LDAP directory such as OpenLDAP or Active Directory (spec/10 §4). */
export const ldap: ResolverKind = {
  type: 'ldapresolver',
  settings: ldapSettings,
  async open(config, env) {
    return new LdapUsers(readLdapConfig(config, env.directory), env)
  },
}

/** Entries of one page of a listing. */
const pageSize = 100
/** Entries of one page of ids; below the limits that servers come with. */
const idPageSize = 500

class LdapUsers implements Resolver {
  readonly #config: LdapConfig
  readonly #searches: Searches
  readonly #kept: KeptAnswers
  readonly #users: readonly Filter[]
  readonly #attributes: readonly string[]
  readonly editor?: UserEditor

  constructor(config: LdapConfig, {ldapRoundSeconds = 10}: ResolverEnv) {
    this.#config = config
    this.#searches = new Searches(config, ldapRoundSeconds)
    this.#kept = new KeptAnswers(config.cacheSeconds)
    this.#users = configuredFilters(config.searchFilter)
    const mapped = [...config.attributes.values()]
    this.#attributes = [...new Set(this.#byDn ? mapped : [...mapped, config.uidType])]
    if (config.editable) {
      const find = (login: string) => this.findUser(login)
      const entry = (userId: string) => this.#entry(userId)
      this.editor = new LdapEditor(config, this.#searches.pool, {find, entry, changed: () => this.#kept.forget()})
    }
  }

  get #byDn(): boolean {
    return this.#config.uidType.toLowerCase() === 'dn'
  }

  async findUser(login: string): Promise<FoundUser | undefined> {
    return this.#kept.get(`login ${login}`, async () => {
      const {base, scope, loginAttributes} = this.#config
      const condition = login === '' ? undefined : loginIs(loginAttributes, login)
      if (!condition) return undefined
      const filter = all([...this.#users, condition])
      const found = await this.#searches.few({base, scope, filter, attributes: this.#attributes})
      const entry = found === 'no-base' ? undefined : single(found.entries, `the login '${login}'`)
      const userId = entry && idOf(entry, this.#config)
      if (!entry || !userId) return undefined
      const [primary = login] = loginAttributes.length > 1 ? valuesOf(entry, loginAttributes[0]!) : []
      return {userId, login: primary}
    })
  }

  async findLogin(userId: string, options: LookupOptions = {}): Promise<string | undefined> {
    const entry = await this.#keptEntry(userId, options)
    return entry && (valuesOf(entry, this.#config.loginAttributes[0]!)[0] ?? '')
  }

  async userInfo(userId: string): Promise<UserInfo | undefined> {
    const entry = await this.#keptEntry(userId)
    if (!entry) return undefined
    const info = infoOf(entry, this.#config)
    const {groups} = this.#config
    if (!groups) return info
    const names = await this.#kept.get(`groups ${userId}`, () => groupNames(this.#searches, groups, info))
    return {...info, [groups.key]: names}
  }

  async checkPassword(userId: string, password: string): Promise<boolean> {
    if (password === '') return false
    const entry = await this.#keptEntry(userId)
    return entry !== undefined && this.#searches.pool.accepts({dn: entry.dn, password})
  }

  async *listUsers(search: UserSearch, {limit}: UserListOptions = {}): AsyncIterable<ListedUser> {
    const {attributes: map, base, scope, sizeLimit} = this.#config
    const conditions: Filter[] = []
    for (const [key, pattern] of Object.entries(search)) {
      const attribute = map.get(key)
      if (attribute === undefined) return
      conditions.push(
        key === 'accountExpires' ? expiry(attribute, pattern === '1', new Date()) : matches(attribute, pattern),
      )
    }
    let left = limit ?? sizeLimit
    if (left <= 0) return
    const question = {base, scope, filter: all([...this.#users, ...conditions]), attributes: this.#attributes}
    for await (const entries of this.#searches.pages(question, pageSize)) {
      for (const entry of entries) {
        const user = this.#listed(entry)
        if (!user) continue
        yield user
        left -= 1
        if (left <= 0) return
      }
    }
  }

  async *listIds(): AsyncIterable<readonly string[]> {
    const {base, scope, uidType} = this.#config
    const attributes = this.#byDn ? ['1.1'] : [uidType]
    for await (const entries of this.#searches.pages({base, scope, filter: all(this.#users), attributes}, idPageSize)) {
      yield entries.map((entry) => idOf(entry, this.#config)).filter((id) => id !== undefined)
    }
  }

  async test() {
    try {
      let users = 0
      for await (const user of this.listUsers({})) users += user.userId === '' ? 0 : 1
      return {ok: true, users, message: `Your LDAP config seems to be OK, ${users} user objects found.`}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {
    this.#kept.forget()
    await this.#searches.pool.close()
  }

  #listed(entry: Entry): ListedUser | undefined {
    const userId = idOf(entry, this.#config)
    if (!userId) return undefined
    const info: UserInfo = {...infoOf(entry, this.#config), userid: userId}
    return {userId, login: String(info['username'] ?? ''), info}
  }

  #keptEntry(userId: string, options: LookupOptions = {}): Promise<Entry | undefined> {
    return this.#kept.get(`id ${userId}`, () => this.#entry(userId), options)
  }

  /**
   * The entry of a user. A DN is looked at alone, whatever the configured scope: entries below a user are not he.
   * @returns undefined when the directory proves that there is none
   * @throws PiError UNAVAILABLE
   */
  async #entry(userId: string): Promise<Entry | undefined> {
    const {base, scope, uidType} = this.#config
    if (userId === '') return undefined
    const attributes = this.#attributes
    if (this.#byDn) {
      const found = await this.#searches.few({base: userId, scope: 'base', filter: all(this.#users), attributes})
      if (found === 'no-base') await this.#requireBase()
      return this.#proven(found, userId)
    }
    const condition = equals(uidType, userId)
    if (!condition) return undefined
    const found = await this.#searches.few({base, scope, filter: all([...this.#users, condition]), attributes})
    if (found === 'no-base') throw noBase(base)
    return this.#proven(found, userId)
  }

  #proven(found: Found, userId: string): Entry | undefined {
    if (found === 'no-base') return undefined
    if (found.entries.length === 0 && found.referrals && !this.#config.ignoreReferrals) {
      throw new PiError('UNAVAILABLE', `The directory refers to other servers for '${userId}'.`, {
        hints: ['With NOREFERRALS such answers are ignored'],
      })
    }
    return single(found.entries, `the id '${userId}'`)
  }

  /** That an entry does not exist is proven only while the directory shows the place where users are. */
  async #requireBase(): Promise<void> {
    const {base} = this.#config
    const found = await this.#searches.few({base, scope: 'base', filter: all([]), attributes: ['1.1']})
    if (found === 'no-base' || found.entries.length === 0) throw noBase(base)
  }
}

function single(entries: readonly Entry[], what: string): Entry | undefined {
  if (entries.length > 1) throw new PiError('UNAVAILABLE', `The directory has more than one entry for ${what}.`)
  return entries[0]
}

function noBase(base: string): PiError {
  return new PiError('UNAVAILABLE', `The directory does not show the search base '${base}'.`, {
    hints: ['Look at LDAPBASE, and at what the account of the resolver may read'],
  })
}
