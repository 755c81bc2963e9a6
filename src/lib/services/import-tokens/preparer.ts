import {encodeHex} from '../../crypto/encodings.js'
import {
  decryptValue,
  encryptAll,
  encryptPin,
  encryptTokenSecret,
  encryptValue,
  newIvs,
} from '../../crypto/secret-values.js'
import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import type {SecurityModule} from '../../security-module.js'
import type {ImportedDetail, ImportedToken, NamedUser} from '../../types/imported-token.js'
import {newTokenInfo, secretBytes, typeProblem, type PreparedToken, type TokenDefaults} from './prepare.js'
import type {ImportOptions, ImportOwner, ImportUsers} from './types.js'

/** Thrown inside the preparation of one token; it becomes the reason of a refused row. */
export class Refusal extends Error {}

/** A token that could be written, but for what is kept secret of it. */
export type CheckedToken = Omit<PreparedToken, 'encrypted' | 'motpPin' | 'pinHash' | 'secret' | 'soPin' | 'typedInfo'>

const ivBytes = 16
const noRealms: ReadonlyMap<string, number> = new Map()
const noOwners: PreparedToken['exactOwners'] = []
const noDetails: PreparedToken['typedInfo'] = []

/** Lets anything but a refusal through. */
export function refusalOnly(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
}

/** Owners are remembered, because a file often names a user many times and is read more than once. */
const rememberedOwners = 50_000

export interface PreparerEnv {
  db: Database
  security: SecurityModule
  users: () => Promise<ImportUsers>
  hashPin: (pin: string) => Promise<string>
  defaults: TokenDefaults
  /** Ids by lower-case name. */
  realmIds: ReadonlyMap<string, number>
  /** Ids of token groups by name. */
  groupIds: ReadonlyMap<string, number>
  /** Names of all resolvers. */
  resolvers: ReadonlySet<string>
}

/** Turns tokens of a file into what can be written: owner and realms looked up, secrets encrypted. */
export class Preparer {
  readonly #env: PreparerEnv
  readonly #options: ImportOptions
  readonly #owners = new Map<string, ImportOwner | undefined>()

  constructor(env: PreparerEnv, options: ImportOptions) {
    this.#env = env
    this.#options = options
  }

  get defaults(): TokenDefaults {
    return this.#env.defaults
  }

  get security(): SecurityModule {
    return this.#env.security
  }

  /**
   * Everything that can be said without looking at stored tokens; a promise only when a user has to be looked up.
   * @throws Refusal
   * @throws PiError UNAVAILABLE when a resolver cannot be asked
   */
  check(given: ImportedToken): CheckedToken | Promise<CheckedToken> {
    const problem = typeProblem(given, this.#env.db.schema)
    if (problem) throw new Refusal(problem)
    const token = this.#withOptions(given)
    // Hex of whole cipher blocks goes into the column (spec/02 §5.1).
    const {dialect, schema} = this.#env.db
    // SQLite keeps longer ones, and has some: a dump of it comes back whole.
    const room = dialect === 'sqlite' && token.state?.exact ? undefined : schema.columnLength('token', 'key_enc')
    if (room !== undefined && 32 * (Math.floor((token.secret?.length ?? 0) / 16) + 1) > room) {
      throw new Refusal('the secret is too long for the database')
    }
    const realms = token.realms ? this.#realms(token.realms) : noRealms
    return token.user ? this.#withOwner(token, token.user, realms) : this.#checked(token, undefined, realms)
  }

  /** The rest: what is kept secret, encrypted and hashed. The module may be a device, so all are under way at once. */
  async seal(checked: readonly CheckedToken[]): Promise<(PreparedToken | Refusal)[]> {
    const {security} = this.#env
    const secrets = checked.map(({token}) => secretBytes(token))
    const ivs = await newIvs(security, checked.length)
    const ciphertexts = await encryptAll(security, 'token', secrets, ivs)
    const ivTexts = ivs.toString('hex')
    const sealed = checked.map((one, at): PreparedToken | Promise<PreparedToken | Refusal> => {
      const {token, owner, realms, otplen, info, exactOwners, groupIds} = one
      const prepared: PreparedToken = {
        token,
        owner,
        realms,
        otplen,
        info,
        exactOwners,
        groupIds,
        secret: secrets[at]!,
        encrypted: {
          ciphertext: encodeHex(ciphertexts[at]!),
          iv: ivTexts.slice(2 * at * ivBytes, 2 * (at + 1) * ivBytes),
        },
        motpPin: undefined,
        soPin: undefined,
        pinHash: undefined,
        typedInfo: noDetails,
      }
      const {details, state, motpPin, pin} = token
      const plain = !details && !state && motpPin === undefined && pin === undefined
      return plain ? prepared : this.#sealRest(prepared)
    })
    return Promise.all(sealed)
  }

  /** What few tokens have: PINs, and details that are kept secret. */
  async #sealRest(prepared: PreparedToken): Promise<PreparedToken | Refusal> {
    const {security} = this.#env
    const {details, state} = prepared.token
    const motpPin = prepared.token.motpPin ?? state?.userPin
    const typedInfo = details ? await this.#sealDetails(details).catch(refusalOnly) : noDetails
    if (typedInfo instanceof Refusal) return typedInfo
    return {
      ...prepared,
      motpPin: motpPin === undefined ? undefined : await encryptTokenSecret(security, motpPin),
      soPin: state?.soPin === undefined ? undefined : await encryptTokenSecret(security, state.soPin),
      pinHash: await this.#pinHash(prepared.token),
      typedInfo,
    }
  }

  async #pinHash({pin, state}: ImportedToken): Promise<string | undefined> {
    const {security, hashPin} = this.#env
    if (pin !== undefined) return hashPin(pin)
    return state?.reversiblePin === undefined ? state?.pinHash : encryptPin(security, state.reversiblePin)
  }

  /** Values of type `password` are encrypted for this installation; what is cipher text already has to be of its key. */
  async #sealDetails(details: readonly ImportedDetail[]): Promise<PreparedToken['typedInfo']> {
    const {security} = this.#env
    return Promise.all(
      details.map(async ({key, value, type, encrypted, description}) => {
        const rest = {key, type, ...(description !== undefined && {description})}
        if (type !== 'password') return {...rest, value}
        if (!encrypted) return {...rest, value: await encryptValue(security, value)}
        try {
          await decryptValue(security, value)
        } catch (error) {
          if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
          throw new Refusal(`the value of ${key.slice(0, 60)} was encrypted with another key`)
        }
        return {...rest, value}
      }),
    )
  }

  #withOptions(given: ImportedToken): ImportedToken {
    const {realms, info, ignoreUsers, userRealm} = this.#options
    const {user} = given
    if (user && (ignoreUsers || (userRealm && user.realm === undefined))) {
      const {user: _, ...rest} = given
      return this.#withOptions(ignoreUsers ? rest : {...rest, user: {...user, realm: userRealm ?? ''}})
    }
    if (!realms?.length && !info) return given
    return {
      ...given,
      realms: [...(realms ?? []), ...(given.realms ?? [])],
      ...((info || given.info) && {info: {...given.info, ...info}}),
    }
  }

  #checked(token: ImportedToken, owner: PreparedToken['owner'], realms: ReadonlyMap<string, number>): CheckedToken {
    const {defaults} = this.#env
    const {state} = token
    return {
      token,
      owner,
      realms,
      otplen: token.otplen ?? defaults.otplen,
      info: newTokenInfo(token, defaults),
      exactOwners:
        this.#options.ignoreUsers || !state?.owners ? noOwners : state.owners.map((one) => this.#exactOwner(one)),
      groupIds: state?.groups?.map((name) => this.#groupId(name)) ?? [],
    }
  }

  async #withOwner(token: ImportedToken, user: NamedUser, realms: ReadonlyMap<string, number>): Promise<CheckedToken> {
    const owner = await this.#owner(user)
    return this.#checked(token, owner, new Map([...realms, [owner.realm, owner.realmId]]))
  }

  #realms(names: readonly string[]): ReadonlyMap<string, number> {
    return new Map(names.map((name) => [name.toLowerCase(), this.#realmId(name)]))
  }

  #exactOwner({userId, resolver, realm}: {userId: string; resolver: string; realm?: string}) {
    return {userId, resolver, realmId: realm === undefined ? null : this.#realmId(realm)}
  }

  #groupId(name: string): number {
    const id = this.#env.groupIds.get(name)
    if (id === undefined) throw new Refusal(`there is no token group '${name.slice(0, 60)}'`)
    return id
  }

  #realmId(name: string): number {
    const id = this.#env.realmIds.get(name.toLowerCase())
    if (id === undefined) throw new Refusal(`there is no realm '${name.slice(0, 60)}'`)
    return id
  }

  async #owner(named: NamedUser): Promise<ImportOwner & {realmId: number}> {
    const {realm: realmName, resolver, userId} = named
    if (userId !== undefined && resolver !== undefined && realmName !== undefined) {
      if (!this.#env.resolvers.has(resolver)) throw new Refusal(`there is no resolver '${resolver.slice(0, 60)}'`)
      const realm = realmName.toLowerCase()
      return {userId, resolver, realm, realmId: this.#realmId(realm)}
    }
    const key = JSON.stringify([named.login, named.realm?.toLowerCase(), named.resolver])
    if (!this.#owners.has(key)) {
      if (this.#owners.size >= rememberedOwners) this.#owners.clear()
      this.#owners.set(key, await (await this.#env.users()).find(named))
    }
    const owner = this.#owners.get(key)
    if (!owner) throw new Refusal(`there is no such user${named.realm ? ` in realm ${named.realm.slice(0, 60)}` : ''}`)
    return {...owner, realmId: this.#realmId(owner.realm)}
  }
}
