import {readFile, stat} from 'node:fs/promises'
import {resolve} from 'node:path'
import {FreshReading} from '../../batching/fresh-reading.js'
import {decodeUtf8} from '../../crypto/encodings.js'
import {verifyPasswdField} from '../../crypto/user-password.js'
import {PiError, reasonOf} from '../../errors.js'
import type {UserInfo} from '../../types/user.js'
import type {
  ListedUser,
  Resolver,
  ResolverConfig,
  ResolverEnv,
  ResolverKind,
  UserListOptions,
  UserSearch,
} from '../contract.js'
import {matchesNumber, matchesText} from '../shared/patterns.js'

interface Entry {
  login: string
  userId: string
  hash: string
  info: UserInfo
}

interface Entries {
  byLogin: ReadonlyMap<string, Entry>
  byId: ReadonlyMap<string, Entry>
}

/** Users in a file of the form of /etc/passwd (spec/10 §3). */
export const passwd: ResolverKind = {
  type: 'passwdresolver',
  settings: [{key: 'fileName', type: 'string', default: '/etc/passwd', summary: 'file with the users'}],
  async open(config, env) {
    return new PasswdFile(fileOf(config, env))
  },
}

function fileOf(config: ResolverConfig, env: ResolverEnv): string {
  return resolve(env.directory, config.get('fileName') || config.get('filename') || '/etc/passwd')
}

/**
 * Reads the lines of a passwd file; of entries with the same login or the same id the last one counts.
 * @throws PiError CONFIG for a line with fewer than five fields
 */
export function parsePasswd(text: string, file: string): Entries {
  const byLogin = new Map<string, Entry>()
  const byId = new Map<string, Entry>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '') continue
    const fields = line.split(':')
    const [login, hash, userId, , gecos] = fields
    if (login === undefined || hash === undefined || userId === undefined || gecos === undefined) {
      throw new PiError('CONFIG', `${file}, line ${index + 1}: a user needs at least five fields separated by ':'.`)
    }
    const entry = {login, userId, hash, info: infoOf(login, userId, gecos)}
    byLogin.set(login, entry)
    byId.set(userId, entry)
  }
  return {byLogin, byId}
}

/** The comment field: name, room, two phones, e-mail; phones and e-mail only when there are four parts or more. */
function infoOf(login: string, userId: string, gecos: string): UserInfo {
  const parts = gecos.split(',')
  const name = parts[0] ?? ''
  const blank = name.indexOf(' ')
  const full = parts.length >= 4
  const mails = full ? parts.slice(4).filter((part) => /.+@.+\..+/.test(part)) : []
  return {
    username: login,
    userid: userId,
    description: gecos,
    givenname: blank < 0 ? name : name.slice(0, blank),
    surname: blank < 0 ? '' : name.slice(blank + 1),
    mobile: full ? (parts[2] ?? '') : '',
    phone: full ? (parts[3] ?? '') : '',
    email: mails.at(-1) ?? '',
  }
}

async function readEntries(file: string): Promise<Entries> {
  const text = decodeUtf8(await readFile(file))
  if (text === undefined) throw new PiError('CONFIG', `${file} is not UTF-8.`)
  return parsePasswd(text, file)
}

class PasswdFile implements Resolver {
  readonly #file: string
  #read: {version: string; entries: Entries} | undefined
  readonly #reading = new FreshReading(() => this.#current())

  constructor(file: string) {
    this.#file = file
  }

  /** Read again whenever size, time or inode of the file have changed, so an edit counts at the next request. */
  async #current(): Promise<Entries> {
    try {
      const {mtimeMs, size, ino} = await stat(this.#file)
      const version = `${mtimeMs}/${size}/${ino}`
      if (this.#read?.version !== version) this.#read = {version, entries: await readEntries(this.#file)}
      return this.#read.entries
    } catch (error) {
      this.#read = undefined
      const reason = error instanceof PiError ? error.message : `${this.#file}: ${reasonOf(error)}`
      throw new PiError('UNAVAILABLE', `The user file cannot be read: ${reason}`, {cause: error})
    }
  }

  #entries(): Promise<Entries> {
    return this.#reading.get()
  }

  async findUser(login: string) {
    const entry = (await this.#entries()).byLogin.get(login)
    return entry && {userId: entry.userId, login: entry.login}
  }

  async findLogin(userId: string) {
    return (await this.#entries()).byId.get(userId)?.login
  }

  async userInfo(userId: string) {
    return (await this.#entries()).byId.get(userId)?.info
  }

  /** An empty field lets nobody in, `x` and `*` mean that the hash is elsewhere. */
  async checkPassword(userId: string, password: string) {
    const hash = (await this.#entries()).byId.get(userId)?.hash
    if (!hash || hash === 'x' || hash === '*') return false
    return verifyPasswdField(password, hash)
  }

  /** A file has no limit of its own. */
  async *listUsers(
    search: UserSearch,
    {limit = Number.POSITIVE_INFINITY}: UserListOptions = {},
  ): AsyncIterable<ListedUser> {
    let left = limit
    const conditions = Object.entries(search)
    const known = ['username', 'userid', 'description', 'email']
    if (conditions.some(([key]) => !known.includes(key))) return
    for (const {login, userId, info} of (await this.#entries()).byId.values()) {
      const fits = conditions.every(([key, pattern]) =>
        key === 'userid' ? matchesNumber(userId, pattern) : matchesText(String(info[key] ?? ''), pattern),
      )
      if (!fits) continue
      if (left <= 0) return
      left -= 1
      yield {userId, login, info}
    }
  }

  async test() {
    try {
      const users = (await this.#entries()).byId.size
      return {ok: true, users, message: `Found ${users} users in ${this.#file}.`}
    } catch (error) {
      return {ok: false, message: reasonOf(error)}
    }
  }

  async close() {
    this.#read = undefined
  }
}
