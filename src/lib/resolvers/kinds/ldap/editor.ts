import {AlreadyExistsError, Attribute, Change, NoSuchObjectError, ResultCodeError, type Entry} from 'ldapts'
import {hashUserPassword} from '../../../crypto/user-password.js'
import {notFound, PiError} from '../../../errors.js'
import type {FoundUser, UserEditor, UserFields} from '../../contract.js'
import {oneLine, resultText} from './client.js'
import type {ServerPool} from './pool.js'
import type {LdapConfig} from './settings.js'

/** What editing needs of the rest of the resolver. */
export interface LdapLookups {
  find(login: string): Promise<FoundUser | undefined>
  entry(userId: string): Promise<Entry | undefined>
  /** Kept answers are not valid any more. */
  changed(): void
}

/** Creates, changes and deletes entries (spec/10 §4.3). */
export class LdapEditor implements UserEditor {
  readonly #config: LdapConfig
  readonly #pool: ServerPool
  readonly #lookups: LdapLookups

  constructor(config: LdapConfig, pool: ServerPool, lookups: LdapLookups) {
    this.#config = config
    this.#pool = pool
    this.#lookups = lookups
  }

  async create(fields: UserFields): Promise<string> {
    const {dnTemplate, objectClasses} = this.#config
    const login = first(fields['username'])
    if (login === '') throw new PiError('INVALID_INPUT', 'A new user needs a username.')
    if (dnTemplate === '' || objectClasses.length === 0) {
      throw new PiError('CONFIG', 'The LDAP resolver has no DN_TEMPLATE or OBJECT_CLASSES, so it makes no users.')
    }
    const dn = this.#dnOf(fields)
    const values = await this.#attributesOf(fields)
    const attributes = [
      new Attribute({type: 'objectClass', values: [...objectClasses]}),
      ...[...values]
        .filter(([, texts]) => texts.length > 0)
        .map(([type, texts]) => new Attribute({type, values: texts})),
    ]
    try {
      await this.#pool.ask((client) => client.add(dn, attributes))
    } catch (error) {
      if (error instanceof AlreadyExistsError) {
        throw new PiError('ALREADY_EXISTS', `There is an entry '${dn}' already.`, {cause: error})
      }
      throw refused(error)
    }
    this.#lookups.changed()
    const created = await this.#lookups.find(login)
    if (!created) {
      throw new PiError(
        'CONFIG',
        `The entry '${dn}' is made, but the filters of the resolver do not find '${login}'.`,
        {
          hints: ['Look at LDAPBASE, LDAPSEARCHFILTER and LOGINNAMEATTRIBUTE'],
        },
      )
    }
    return created.userId
  }

  async update(userId: string, fields: UserFields): Promise<void> {
    const dn = await this.#dn(userId)
    const changes = [...(await this.#attributesOf(fields))].map(
      // A replacement by nothing deletes what is there, and is no error where nothing is.
      ([type, values]) => new Change({operation: 'replace', modification: new Attribute({type, values})}),
    )
    if (changes.length > 0) await this.#change(userId, () => this.#pool.ask((client) => client.modify(dn, changes)))
  }

  async delete(userId: string): Promise<void> {
    const dn = await this.#dn(userId)
    await this.#change(userId, () => this.#pool.ask((client) => client.del(dn)))
  }

  async #change(userId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (error instanceof NoSuchObjectError) throw notFound('user', userId)
      throw refused(error)
    } finally {
      this.#lookups.changed()
    }
  }

  async #dn(userId: string): Promise<string> {
    const entry = await this.#lookups.entry(userId)
    if (!entry) throw notFound('user', userId)
    return entry.dn
  }

  #dnOf(fields: UserFields): string {
    return this.#config.dnTemplate.replace(/<(basedn|username|givenname|surname)>/g, (_tag, name: string) =>
      name === 'basedn' ? this.#config.base : escapeDnValue(first(fields[name])),
    )
  }

  /** The values of each attribute; none takes it away. @throws PiError INVALID_INPUT for a field that is not mapped */
  async #attributesOf(fields: UserFields): Promise<Map<string, string[]>> {
    const {attributes, writtenAttributes} = this.#config
    const values = new Map<string, string[]>()
    for (const [key, value] of Object.entries(fields)) {
      const attribute = writtenAttributes.get(key) ?? attributes.get(key)
      if (attribute === undefined) {
        throw new PiError('INVALID_INPUT', `The resolver stores no '${key}'.`, {
          hints: [`It stores ${[...attributes.keys()].join(', ')}`],
        })
      }
      const texts = (typeof value === 'string' ? [value] : value).filter((text) => text !== '')
      values.set(
        attribute,
        key === 'password' ? await Promise.all(texts.map((text) => hashUserPassword(text, 'SSHA'))) : [...texts],
      )
    }
    return values
  }
}

const first = (value: string | readonly string[] | undefined): string =>
  (typeof value === 'string' ? value : value?.[0]) ?? ''

/** A value inside a DN (RFC 4514 §2.4). */
export function escapeDnValue(text: string): string {
  return text
    .replace(/[\\"+,;<>=]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
}

function refused(error: unknown): unknown {
  if (!(error instanceof ResultCodeError)) return error
  return new PiError(
    'INVALID_INPUT',
    `The directory refuses the change: ${oneLine(error.message)} – ${resultText(error)}`,
    {
      cause: error,
    },
  )
}
