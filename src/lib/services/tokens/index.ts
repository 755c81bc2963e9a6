import type {PasswordContext} from '../../crypto/password-hash.js'
import {encryptPin, encryptValue} from '../../crypto/secret-values.js'
import type {Database} from '../../db/database.js'
import {notFound, PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import {ContainerRepository} from '../../store/containers.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'
import {TokenOwnerRepository} from '../../store/token-owners.js'
import {TokenRepository} from '../../store/tokens.js'
import type {Token} from '../../types/token.js'
import type {UserService} from '../users.js'
import * as changes from './changes.js'
import type {Change} from './changes.js'
import {resync} from './resync.js'

export interface TokenServiceOptions {
  db: Database
  security: () => Promise<SecurityModule>
  /** Hash schemes of the OTP PINs. */
  pins: () => Promise<PasswordContext>
  users: () => Promise<UserService>
  now?: () => Date
  /** Undo every change at its end, so that only its result is known. */
  dryRun?: boolean
}

/** Changes of one token, named by its serial: the counterparts of the janitor's actions on many. */
export class TokenService {
  readonly #options: TokenServiceOptions
  readonly #now: () => Date

  constructor(options: TokenServiceOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  /** @throws PiError NOT_FOUND */
  async find(serial: string): Promise<Token> {
    const token = await new TokenRepository(this.#options.db).find(serial)
    if (!token) throw unknownToken(serial)
    return token
  }

  /** @returns whether it was disabled before @throws PiError NOT_FOUND, LockedToken */
  async enable(serial: string): Promise<boolean> {
    return this.apply(serial, changes.setActive(true))
  }

  /** @returns whether it was enabled before @throws PiError NOT_FOUND, LockedToken */
  async disable(serial: string): Promise<boolean> {
    return this.apply(serial, changes.setActive(false))
  }

  /** @throws PiError NOT_FOUND */
  async delete(serial: string): Promise<boolean> {
    return this.apply(serial, changes.remove)
  }

  /**
   * Gives the token to the user of a realm.
   * @throws PiError NOT_FOUND (token, user), REFUSED (it has an owner), LockedToken, UNAVAILABLE (user store)
   */
  async assign(
    serial: string,
    {login, realm, pin}: {login: string; realm?: string | undefined; pin?: string | undefined},
  ): Promise<{login: string; realm: string; resolver: string; userId: string}> {
    await this.find(serial)
    const users = await this.#options.users()
    const user = await users.findUser(login, realm)
    if (!user) {
      throw new PiError('NOT_FOUND', `There is no user '${login}' in the realm '${realm ?? 'default'}'.`, {
        hints: ['See pi-manage user list'],
      })
    }
    const pinHash = pin === undefined ? undefined : await (await this.#options.pins()).hash(pin)
    await this.apply(serial, async (tx, token) => {
      if (((await new TokenOwnerRepository(tx).of([token.id])).get(token.id) ?? []).length > 0) {
        throw new PiError('REFUSED', `The token ${serial} is already assigned.`, {
          hints: [`Take it back first: pi-manage token unassign ${serial}`],
        })
      }
      return changes.assign(user, {assigned: this.#now(), ...(pinHash !== undefined && {pinHash})})(tx, token)
    })
    return {login: user.login, realm: user.realm, resolver: user.resolver, userId: user.userId}
  }

  /** Takes the token from its owner and clears its PIN. @throws PiError NOT_FOUND, LockedToken */
  async unassign(serial: string): Promise<boolean> {
    await this.find(serial)
    return this.apply(serial, changes.unassign(await this.emptyPinHash()))
  }

  /** What is stored for the empty PIN. It tells nothing, so that one hash may serve many tokens. */
  async emptyPinHash(): Promise<string> {
    return (await this.#options.pins()).hash('')
  }

  /** @param options.encrypted keep the PIN readable for servers that need it, instead of hashing it */
  async setPin(serial: string, pin: string, {encrypted = false} = {}): Promise<boolean> {
    await this.find(serial)
    const stored = encrypted
      ? await encryptPin(await this.#options.security(), pin)
      : await (await this.#options.pins()).hash(pin)
    return this.apply(serial, changes.setPin(stored))
  }

  async resetFailcount(serial: string): Promise<boolean> {
    return this.apply(serial, changes.resetFailcount)
  }

  async setDescription(serial: string, description: string): Promise<boolean> {
    return this.apply(serial, changes.setDescription(description))
  }

  /** @param options.encrypted store the value encrypted, as type `password` */
  async setInfo(serial: string, key: string, value: string, {encrypted = false} = {}): Promise<boolean> {
    const info = encrypted
      ? {key, value: await encryptValue(await this.#options.security(), value), type: 'password'}
      : {key, value}
    return this.apply(serial, changes.setInfo(info))
  }

  /** @returns false when the token has no such detail */
  async removeInfo(serial: string, key: string): Promise<boolean> {
    return this.apply(serial, changes.removeInfo([key]))
  }

  /** @throws PiError NOT_FOUND (token, realm) */
  async setRealms(serial: string, names: readonly string[], {add = false} = {}): Promise<boolean> {
    const ids = await this.realmIds(names)
    return this.apply(serial, changes.setRealms(ids, {add}))
  }

  /** @throws PiError NOT_FOUND naming the first realm that does not exist */
  async realmIds(names: readonly string[]): Promise<number[]> {
    const found = await new TokenGroupingRepository(this.#options.db).realmIds(names)
    return names.map((name) => {
      const id = found.get(name.toLowerCase())
      if (id === undefined) throw notFound('realm', name, 'pi-manage realm list')
      return id
    })
  }

  /** @throws PiError NOT_FOUND, CONFIG (a release without containers) */
  async containerId(serial: string): Promise<number> {
    const id = await new ContainerRepository(this.#options.db).idOf(serial)
    if (id === undefined) throw notFound('container', serial, 'pi-manage token-janitor container list')
    return id
  }

  /** Ids of the realms that exist; other names are passed over, as in the originals. */
  async knownRealmIds(names: readonly string[]): Promise<number[]> {
    const found = await new TokenGroupingRepository(this.#options.db).realmIds(names)
    return names.flatMap((name) => found.get(name.toLowerCase()) ?? [])
  }

  /**
   * Moves the counter to where the device is.
   * @throws PiError NOT_FOUND, REFUSED (type without counter; the values are not found), LockedToken
   */
  async resync(serial: string, first: string, second: string): Promise<void> {
    const security = await this.#options.security()
    const found = await this.apply(serial, (tx, token) =>
      resync(tx, token, {first, second, security, now: this.#now()}),
    )
    if (!found) {
      throw new PiError('REFUSED', `The two values are not within the sync window of ${serial}, or not consecutive.`, {
        hints: ['Give two values that the device shows one after the other'],
      })
    }
  }

  /** Applies a change in a transaction that has read the token. @throws PiError NOT_FOUND */
  async apply(serial: string, change: Change): Promise<boolean> {
    try {
      return await this.#options.db.transaction(async (tx) => {
        const token = await new TokenRepository(tx).find(serial, {lock: true})
        if (!token) throw unknownToken(serial)
        const changed = await change(tx, token)
        if (this.#options.dryRun) throw new RolledBack(changed)
        return changed
      })
    } catch (error) {
      if (error instanceof RolledBack) return error.changed
      throw error
    }
  }
}

/** Ends the transaction of a dry run. */
class RolledBack extends Error {
  readonly changed: boolean

  constructor(changed: boolean) {
    super('dry run')
    this.changed = changed
  }
}

function unknownToken(serial: string): PiError {
  return notFound('token', serial, 'pi-manage token list')
}
