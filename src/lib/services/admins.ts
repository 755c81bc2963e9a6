import type {PasswordContext} from '../crypto/password-hash.js'
import {withPepper} from '../crypto/pepper.js'
import type {Database} from '../db/database.js'
import {alreadyExists, notFound, PiError} from '../errors.js'
import {AdminRepository} from '../store/admins.js'

export interface AdminSummary {
  username: string
  email: string | null
  /** Without a password an administrator cannot log in. */
  hasPassword: boolean
}

interface NewAdmin {
  username: string
  password: string
  email?: string | undefined
}

interface AdminServiceOptions {
  db: Database
  hashes: PasswordContext
  /** `PI_PEPPER`. */
  pepper: string
  /** `PI_PEPPER_PREVIOUS`: accepted until the password is hashed anew. */
  earlierPeppers?: readonly string[]
}

/** Characters that the columns hold. */
const [nameLength, emailLength] = [120, 255]

const listCommand = 'pi-manage admin list'

/** Local administrators: accounts in the database, apart from the users of resolvers. */
export class AdminService {
  readonly #options: AdminServiceOptions

  constructor(options: AdminServiceOptions) {
    this.#options = options
  }

  async list(): Promise<AdminSummary[]> {
    const admins = await new AdminRepository(this.#options.db).all()
    return admins.map(({username, email, passwordHash}) => ({
      username,
      email,
      hasPassword: passwordHash !== null,
    }))
  }

  /**
   * Adds an administrator; with `update` password and e-mail address of an existing one are replaced.
   * @returns what was done
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT (name or address too long), UNAVAILABLE
   */
  async add({username, password, email}: NewAdmin, {update = false} = {}): Promise<'added' | 'updated'> {
    checkText('name', username, nameLength)
    if (email !== undefined) checkText('e-mail address', email, emailLength)
    const {db} = this.#options
    const refuse = () =>
      alreadyExists('administrator', username, 'Change it with pi-manage admin change, or repeat with --update')
    // Before hashing, which takes long, and again in the transaction, which counts.
    if (!update && (await new AdminRepository(db).find(username))) throw refuse()
    const passwordHash = await this.#hash(password)
    return db.transaction(async (tx) => {
      const store = new AdminRepository(tx)
      // Looked up once: a row that another writer commits after it must end in the unique key, not in an update.
      const existing = await store.find(username)
      if (!existing) {
        await store.add({username, email: email ?? null, passwordHash})
        return 'added'
      }
      if (!update) throw refuse()
      await store.update(username, {passwordHash, ...(email !== undefined && {email})})
      return 'updated'
    })
  }

  /**
   * Changes the password, the e-mail address or both; an empty address removes it.
   * @throws PiError NOT_FOUND, INVALID_INPUT, UNAVAILABLE
   */
  async change(username: string, {password, email}: {password?: string; email?: string}): Promise<void> {
    const {db} = this.#options
    if (email) checkText('e-mail address', email, emailLength)
    if (!(await new AdminRepository(db).find(username))) throw notFound('administrator', username, listCommand)
    const passwordHash = password === undefined ? undefined : await this.#hash(password)
    await db.transaction(async (tx) => {
      const store = new AdminRepository(tx)
      if (!(await store.find(username))) throw notFound('administrator', username, listCommand)
      await store.update(username, {
        ...(passwordHash !== undefined && {passwordHash}),
        ...(email !== undefined && {email: email || null}),
      })
    })
  }

  /** @throws PiError NOT_FOUND */
  async delete(username: string): Promise<void> {
    const deleted = await this.#options.db.transaction((tx) => new AdminRepository(tx).delete(username))
    if (!deleted) throw notFound('administrator', username, listCommand)
  }

  async exists(username: string): Promise<boolean> {
    return (await new AdminRepository(this.#options.db).find(username)) !== undefined
  }

  /**
   * A password that is right with an earlier pepper is hashed anew with the present one.
   * @throws PiError NOT_FOUND, CONFIG (unsupported hash), UNAVAILABLE
   */
  async verify(username: string, password: string): Promise<boolean> {
    const {db, hashes, pepper, earlierPeppers = []} = this.#options
    const admin = await new AdminRepository(db).find(username)
    if (!admin) throw notFound('administrator', username, listCommand)
    if (await hashes.verify(withPepper(pepper, password), admin.passwordHash)) return true
    for (const earlier of earlierPeppers) {
      if (!(await hashes.verify(withPepper(earlier, password), admin.passwordHash))) continue
      const passwordHash = await this.#hash(password)
      await db.transaction(async (tx) => {
        const store = new AdminRepository(tx)
        // A password that was changed meanwhile stays.
        if ((await store.find(username))?.passwordHash === admin.passwordHash)
          await store.update(username, {passwordHash})
      })
      return true
    }
    return false
  }

  async #hash(password: string): Promise<string> {
    if (password === '') throw new PiError('INVALID_INPUT', 'An administrator needs a password that is not empty.')
    const {hashes, pepper} = this.#options
    return hashes.hash(withPepper(pepper, password))
  }
}

function checkText(what: string, text: string, longest: number): void {
  if (text.trim() === '') throw new PiError('INVALID_INPUT', `The ${what} is empty.`)
  if (text.includes('\0')) throw new PiError('INVALID_INPUT', `The ${what} has a NUL character.`)
  if ([...text].length > longest) {
    throw new PiError(
      'INVALID_INPUT',
      `The ${what} has ${[...text].length} characters; ${longest} fit in the database.`,
    )
  }
}
