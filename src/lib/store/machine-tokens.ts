import type {Database, Row} from '../db/database.js'

/** A token that is attached to a computer, or to any. */
export interface MachineToken {
  id: number
  serial: string
  application: string
  /** Absent: any computer. */
  machineId?: string
  /** Name of the machine resolver. */
  resolver?: string
  options: Record<string, string>
}

/** Which attachments are meant; all that is given must hold. */
export interface MachineTokenFilter {
  id?: number | undefined
  serial?: string | undefined
  application?: string | undefined
  machineId?: string | undefined
  resolver?: string | undefined
}

/** The tables `machinetoken` and `machinetokenoptions` (spec/11 §F1). */
export class MachineTokenRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Options of the first attachment of a token to a machine for an application.
   * @returns undefined when it is attached to none
   */
  async optionsOf(tokenId: number, application: string): Promise<Map<string, string> | undefined> {
    const first = await this.#db
      .k<Row>('machinetoken')
      .where({token_id: tokenId, application})
      .orderBy('id')
      .first('id')
    if (!first) return undefined
    const id = Number(first['id'])
    return new Map(Object.entries((await this.#options([id])).get(id) ?? {}))
  }

  /** Attachments by age. */
  async find({application, id, machineId, resolver, serial}: MachineTokenFilter): Promise<MachineToken[]> {
    const query = this.#db
      .k<Row>('machinetoken')
      .join('token', 'token.id', 'machinetoken.token_id')
      .leftJoin('machineresolver', 'machineresolver.id', 'machinetoken.machineresolver_id')
      .orderBy('machinetoken.id')
      .select(
        'machinetoken.id',
        'machinetoken.application',
        'machinetoken.machine_id',
        'token.serial',
        'machineresolver.name as resolver',
      )
    if (id !== undefined) query.where('machinetoken.id', id)
    if (serial !== undefined) query.where('token.serial', serial)
    if (application !== undefined) query.where('machinetoken.application', application)
    if (machineId !== undefined) query.where('machinetoken.machine_id', machineId)
    if (resolver !== undefined) query.where('machineresolver.name', resolver)
    const rows: Row[] = await query
    const options = await this.#options(rows.map((row) => Number(row['id'])))
    return rows.map((row) => ({
      id: Number(row['id']),
      serial: String(row['serial']),
      application: String(row['application'] ?? ''),
      ...(row['machine_id'] ? {machineId: String(row['machine_id'])} : {}),
      ...(row['resolver'] ? {resolver: String(row['resolver'])} : {}),
      options: options.get(Number(row['id'])) ?? {},
    }))
  }

  /** @returns the id of the attachment */
  async add({
    tokenId,
    application,
    machine,
    options,
  }: {
    tokenId: number
    application: string
    machine: {id: string; resolverId: number} | undefined
    options: Readonly<Record<string, string>>
  }): Promise<number> {
    const [id] = await this.#db.insert('machinetoken', [
      {
        token_id: tokenId,
        application,
        machine_id: machine?.id ?? null,
        machineresolver_id: machine?.resolverId ?? null,
      },
    ])
    await this.#db.insert(
      'machinetokenoptions',
      Object.entries(options).map(([key, value]) => ({machinetoken_id: id, mt_key: key, mt_value: value})),
    )
    return id!
  }

  async delete(ids: readonly number[]): Promise<void> {
    await this.#db
      .k('machinetokenoptions')
      .whereIn('machinetoken_id', [...ids])
      .delete()
    await this.#db
      .k('machinetoken')
      .whereIn('id', [...ids])
      .delete()
  }

  /** Name, type and settings of all machine resolvers. */
  async resolvers(): Promise<{id: number; name: string; type: string; settings: Map<string, string>}[]> {
    const [rows, settings] = await Promise.all([
      this.#db.k<Row>('machineresolver').orderBy('id'),
      this.#db.k<Row>('machineresolverconfig').whereNot('Type', 'password').orWhereNull('Type'),
    ])
    return rows.map((row) => ({
      id: Number(row['id']),
      name: String(row['name']),
      type: String(row['rtype']),
      settings: new Map(
        settings
          .filter((one) => Number(one['resolver_id']) === Number(row['id']))
          .map((one) => [String(one['Key']), String(one['Value'] ?? '')]),
      ),
    }))
  }

  async #options(ids: readonly number[]): Promise<Map<number, Record<string, string>>> {
    const found = new Map<number, Record<string, string>>()
    if (ids.length === 0) return found
    const query = this.#db.k<Row>('machinetokenoptions').orderBy('id')
    // Few in practice; a list of all ids would be longer than some databases take.
    if (ids.length <= 500) query.whereIn('machinetoken_id', [...ids])
    for (const row of await query) {
      const id = Number(row['machinetoken_id'])
      const options = found.get(id) ?? {}
      options[String(row['mt_key'])] = String(row['mt_value'] ?? '')
      found.set(id, options)
    }
    return found
  }
}
