import type {Knex} from 'knex'
import type {Database, Row} from '../db/database.js'
import {PiError} from '../errors.js'

/** A user to whom a container belongs. */
export interface ContainerOwner {
  userId: string
  resolver: string
  realm: string | undefined
}

/** A container with what belongs to it (spec/01 §tokencontainer). */
export interface Container {
  id: number
  serial: string
  type: string
  description: string
  /** UTC, as the column has it. */
  lastSeen: string | undefined
  lastUpdated: string | undefined
  template: string | undefined
  states: string[]
  realms: string[]
  owners: ContainerOwner[]
  /** Serials of its tokens. */
  tokens: string[]
  /** Details; encrypted ones read `__CENSORED__`. */
  info: Record<string, string>
}

/** Tables with rows of a container, in an order in which they may be deleted. */
const satellites = [
  'tokencontainerowner',
  'tokencontainerstates',
  'tokencontainerinfo',
  'tokencontainerrealm',
  'tokencontainertoken',
]

/** Containers of tokens, since 3.10. */
export class ContainerRepository {
  readonly #db: Database

  /** @throws PiError CONFIG on a release without containers */
  constructor(db: Database) {
    if (!db.schema.hasTable('tokencontainer')) {
      throw new PiError('CONFIG', 'This release has no containers.', {
        hints: ['They came with 3.10; see pi-manage db status'],
      })
    }
    this.#db = db
  }

  async idOf(serial: string): Promise<number | undefined> {
    const rows = await this.#db.k<Row>('tokencontainer').where({serial}).select('id', 'serial')
    const row = rows.find((one) => one['serial'] === serial)
    return row && Number(row['id'])
  }

  /** @returns false when the token is in it already */
  async put(tokenId: number, containerId: number): Promise<boolean> {
    const {k} = this.#db
    const rows = await k<Row>('tokencontainertoken').where({token_id: tokenId}).select('container_id')
    if (rows.length === 1 && Number(rows[0]!['container_id']) === containerId) return false
    await this.takeOut([tokenId])
    await k('tokencontainertoken').insert({token_id: tokenId, container_id: containerId})
    return true
  }

  /** @returns whether any of the tokens was in one */
  async takeOut(tokenIds: readonly number[]): Promise<boolean> {
    const deleted = await this.#db
      .k('tokencontainertoken')
      .whereIn('token_id', [...tokenIds])
      .delete()
    return deleted > 0
  }

  /** All containers in the order of their ids, by pages; `build` narrows them down. */
  async *pages(options: {size?: number; build?: (query: Knex.QueryBuilder) => void} = {}): AsyncIterable<Container[]> {
    for await (const rows of this.#db.pages<Row>('tokencontainer', {size: 100, ...options})) yield this.#whole(rows)
  }

  /** Ids of the tokens in the container. */
  async tokenIds(id: number): Promise<number[]> {
    const rows = await this.#db.k<Row>('tokencontainertoken').where({container_id: id}).select('token_id')
    return rows.map((row) => Number(row['token_id']))
  }

  /** Deletes the container with its rows; its tokens stay. @returns false when it is gone already */
  async delete(id: number): Promise<boolean> {
    const {k} = this.#db
    for (const table of satellites) await k(table).where({container_id: id}).delete()
    return (await k('tokencontainer').where({id}).delete()) > 0
  }

  async setDescription(id: number, description: string): Promise<boolean> {
    return (await this.#db.k('tokencontainer').where({id}).update({description})) > 0
  }

  async setInfo(id: number, key: string, value: string): Promise<void> {
    const {k} = this.#db
    const updated = await k('tokencontainerinfo').where({container_id: id, key}).update({value})
    if (updated > 0) return
    const stored = await k('tokencontainerinfo').where({container_id: id, key}).first('id')
    if (!stored) {
      await this.#db.insert('tokencontainerinfo', [{container_id: id, key, value, type: '', description: ''}])
    }
  }

  async removeInfo(id: number, key: string): Promise<boolean> {
    return (await this.#db.k('tokencontainerinfo').where({container_id: id, key}).delete()) > 0
  }

  /** @param add keep the realms that it has */
  async setRealms(id: number, realmIds: readonly number[], {add = false} = {}): Promise<void> {
    const {k} = this.#db
    if (!add) await k('tokencontainerrealm').where({container_id: id}).delete()
    const present = await k<Row>('tokencontainerrealm').where({container_id: id}).select('realm_id')
    const have = new Set(present.map((row) => Number(row['realm_id'])))
    const missing = [...new Set(realmIds)].filter((realm) => !have.has(realm))
    if (missing.length > 0) {
      await k('tokencontainerrealm').insert(missing.map((realm) => ({container_id: id, realm_id: realm})))
    }
  }

  async #whole(rows: readonly Row[]): Promise<Container[]> {
    const ids = rows.map((row) => Number(row['id']))
    const {k} = this.#db
    const of = (table: string) => k<Row>(table).whereIn(`${table}.container_id`, ids)
    const [owners, states, info, realms, tokens, templates] = await Promise.all([
      of('tokencontainerowner')
        .leftJoin('realm', 'realm.id', 'tokencontainerowner.realm_id')
        .orderBy('tokencontainerowner.id')
        .select('tokencontainerowner.*', 'realm.name as realm_name'),
      of('tokencontainerstates').orderBy('id'),
      of('tokencontainerinfo').orderBy('id'),
      of('tokencontainerrealm')
        .join('realm', 'realm.id', 'tokencontainerrealm.realm_id')
        .orderBy('realm.name')
        .select('tokencontainerrealm.container_id', 'realm.name'),
      of('tokencontainertoken')
        .join('token', 'token.id', 'tokencontainertoken.token_id')
        .orderBy('token.id')
        .select('tokencontainertoken.container_id', 'token.serial'),
      this.#db.schema.hasTable('tokencontainertemplate')
        ? k<Row>('tokencontainertemplate').select('id', 'name')
        : ([] as Row[]),
    ])
    const template = new Map(templates.map((row) => [Number(row['id']), String(row['name'])]))
    return rows.map((row) => {
      const id = Number(row['id'])
      const own = (list: readonly Row[]) => list.filter((one) => Number(one['container_id']) === id)
      return {
        id,
        serial: String(row['serial']),
        type: String(row['type']),
        description: String(row['description'] ?? ''),
        lastSeen: time(row['last_seen']),
        lastUpdated: time(row['last_updated']),
        template: template.get(Number(row['template_id'] ?? 0)),
        states: own(states).map((one) => String(one['state'])),
        realms: own(realms).map((one) => String(one['name'])),
        owners: own(owners).map((one) => ({
          userId: String(one['user_id'] ?? ''),
          resolver: String(one['resolver'] ?? ''),
          realm: one['realm_name'] === null ? undefined : String(one['realm_name']),
        })),
        tokens: own(tokens).map((one) => String(one['serial'])),
        info: Object.fromEntries(own(info).map((one) => [String(one['key']), infoText(one)])),
      }
    })
  }
}

function time(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

function infoText(row: Row): string {
  return row['type'] === 'password' ? '__CENSORED__' : String(row['value'] ?? '')
}
