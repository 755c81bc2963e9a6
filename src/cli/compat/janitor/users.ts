import {pythonRepr, type PythonValue} from '../../../lib/python/repr.js'
import type {TokenRecord} from '../../../lib/services/tokens/record.js'
import type {UserService} from '../../../lib/services/users.js'
import type {TokenOwner} from '../../../lib/types/token.js'
import type {UserInfo} from '../../../lib/types/user.js'
import {PiError} from '../../../lib/errors.js'
import type {LegacyOutput} from './options.js'

/** An owner who is asked for; `failed` where 3.8 runs into an exception. */
export type LegacyUser = 'failed' | {login: string; fields: readonly string[]; info: UserInfo}

/** Looks up owners of tokens as 3.8 shows them, each once. */
export class LegacyUsers {
  readonly #users: UserService
  readonly #known = new Map<string, Promise<LegacyUser>>()

  constructor(users: UserService) {
    this.#users = users
  }

  async of(owner: TokenOwner): Promise<LegacyUser> {
    const key = JSON.stringify([owner.resolver, owner.userId, owner.realm])
    const known = this.#known.get(key) ?? this.#ask(owner)
    this.#known.set(key, known)
    return known
  }

  async #ask({resolver, realm, userId}: TokenOwner): Promise<LegacyUser> {
    if (realm === undefined) return 'failed'
    const found = await this.#users.getUser(userId, resolver)
    if (found.state === 'unknown') return 'failed'
    if (found.state === 'found') {
      try {
        const info = await this.#users.userInfo({realm, resolver, userId})
        const names = [found.login, text(info['givenname']), text(info['surname'])]
        return {login: found.login, fields: [...names, userId, resolver, realm], info}
      } catch {
        return 'failed'
      }
    }
    // A passwd file raises for an id that it does not have; others give an empty user.
    const {resolvers} = await this.#users.directory()
    if (resolvers.get(resolver)?.type === 'passwdresolver') return 'failed'
    return {login: '', fields: ['', '', '', 'None', resolver, realm], info: {}}
  }
}

/** `--action listuser`: a line for each token. */
export class UserListing {
  readonly #users: LegacyUsers
  readonly #attributes: readonly string[]
  readonly #output: LegacyOutput

  constructor(users: LegacyUsers, attributes: readonly string[], output: LegacyOutput) {
    this.#users = users
    this.#attributes = attributes
    this.#output = output
  }

  async token({token, owners}: TokenRecord): Promise<void> {
    const head = `'${token.serial}','${token.tokentype}'`
    const [owner] = owners
    if (!owner && this.#attributes.length === 0) {
      this.#output.out(`${head}\n`)
      return
    }
    const user = owner ? await this.#users.of(owner) : 'failed'
    if (user === 'failed') {
      this.#output.err(`Failed to determine user for token ${token.serial}.\n`)
      this.#output.out(`${head},'**failed to resolve user**'\n`)
      return
    }
    this.#output.out(`${head},${userText(user, this.#attributes)}\n`)
  }
}

/** `--action listuser --sum`: a line for each user with the number of his tokens, a page at a time. */
export class UserSums {
  readonly #users: LegacyUsers
  readonly #attributes: readonly string[]
  readonly #output: LegacyOutput
  #sums = new Map<string, number>()
  #last: string | undefined

  constructor(users: LegacyUsers, attributes: readonly string[], output: LegacyOutput) {
    this.#users = users
    this.#attributes = attributes
    this.#output = output
  }

  /** @throws PiError REFUSED where the original fails: a lookup that fails before any other user was found */
  async token({token, owners}: TokenRecord): Promise<void> {
    const [owner] = owners
    const user = owner && (await this.#users.of(owner))
    if (user === 'failed') {
      this.#output.err(`Failed to determine user for token ${token.serial}.\n`)
      // The original counts the token for the user before.
      if (this.#last === undefined) throw new PiError('REFUSED', `The owner of ${token.serial} cannot be looked up.`)
    } else this.#last = user ? userText(user, this.#attributes) : 'N/A, , , , , '
    this.#sums.set(this.#last, (this.#sums.get(this.#last) ?? 0) + 1)
  }

  /** Prints the sums of a page. */
  end(): void {
    for (const [user, count] of this.#sums) this.#output.out(`${user},${count}\n`)
    this.#sums = new Map()
    this.#last = undefined
  }
}

function userText(user: Exclude<LegacyUser, 'failed'>, attributes: readonly string[]): string {
  return [...user.fields, ...attributes.map((name) => text(user.info[name]))].map((field) => `'${field}'`).join(',')
}

function text(value: UserInfo[string] | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : pythonRepr(value as PythonValue)
}
