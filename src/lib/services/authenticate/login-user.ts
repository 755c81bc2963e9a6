import {settingIsOn} from '../../tokens/shared/values.js'
import type {Configuration} from '../configuration.js'
import type {UserService} from '../users.js'
import {userError} from './errors.js'

/** The user of a request; one whom no resolver knows has neither resolver nor id. */
export interface LoginUser {
  /** As the resolver knows it. */
  login: string
  /** As it was typed. */
  usedLogin: string
  /** Lower case; empty without a default realm. */
  realm: string
  resolver: string
  userId: string
}

export const nobody: LoginUser = {login: '', usedLogin: '', realm: '', resolver: '', userId: ''}

/** Neither login nor realm: the request names no user. */
export function isNobody({login, realm}: LoginUser): boolean {
  return login === '' && realm === ''
}

export function exists({userId}: LoginUser): boolean {
  return userId !== ''
}

/** What a request says about its user. */
export interface NamedUser {
  user: string
  realm: string | undefined
  resolver: string | undefined
}

/** Takes a login apart (spec/08 §2.2): `login@realm` with an existing realm, `realm\login` with any. */
export function splitLogin(text: string, config: Configuration): {login: string; realm: string | undefined} {
  const login = text.trim()
  if (!settingIsOn(config.setting('splitAtSign'), true)) return {login, realm: undefined}
  const at = login.lastIndexOf('@')
  if (at >= 0) {
    const realm = login.slice(at + 1).toLowerCase()
    return config.realmId(realm) === undefined ? {login, realm: undefined} : {login: login.slice(0, at), realm}
  }
  const backslash = login.lastIndexOf('\\')
  if (backslash < 0) return {login, realm: undefined}
  return {login: login.slice(backslash + 1), realm: login.slice(0, backslash).toLowerCase()}
}

/**
 * The user whom the parameters of a request name. A login that the resolver asked for does not know is nobody, while
 * the original then takes every user of that resolver for him.
 * @throws RequestError 904 when the resolver asked for does not exist; PiError UNAVAILABLE
 */
export async function resolveUser(named: NamedUser, config: Configuration, users: UserService): Promise<LoginUser> {
  const split = splitLogin(named.user, config)
  const {login} = split
  let realm = (named.realm ?? split.realm ?? '').toLowerCase()
  if (login !== '' && realm === '') realm = config.defaultRealm ?? ''
  const resolver = named.resolver === '**' ? '' : (named.resolver ?? '')
  const unknown = {login, usedLogin: login, realm, resolver: '', userId: ''}
  if (resolver !== '') {
    if (!config.hasResolver(resolver)) throw userError(`The resolver '${resolver}' does not exist!`)
    const found = login === '' ? undefined : await users.findInResolver(resolver, login)
    return found ? {...unknown, login: found.login, resolver, userId: found.userId} : unknown
  }
  const found = login === '' || realm === '' ? undefined : await users.findUser(login, realm)
  return found ? {...unknown, login: found.login, resolver: found.resolver, userId: found.userId} : unknown
}
