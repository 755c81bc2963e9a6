import type {Database, Row} from '../db/database.js'
import {formatActions, formatList, parseActions, parseList} from '../policy/encoding.js'
import type {MissingData, Policy, PolicyCondition} from '../types/policy.js'

/** A policy before it has a row. */
export type NewPolicy = Omit<Policy, 'id'>

/** Policies with their conditions and descriptions (spec/01 §4.3, spec/07 §1). */
export class PolicyRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All policies in the order of their ids. */
  async all(): Promise<Policy[]> {
    const rows = await this.#db.k<Row>('policy').orderBy('id')
    const [conditions, descriptions] = await Promise.all([this.#conditions(), this.#descriptions()])
    return rows.map((row) =>
      this.#read(row, conditions.get(Number(row['id'])) ?? [], descriptions.get(Number(row['id']))),
    )
  }

  /** One policy by its exact name. */
  async find(name: string): Promise<Policy | undefined> {
    const rows = await this.#db.k<Row>('policy').where({name})
    // MariaDB compares names without regard to case
    const row = rows.find((candidate) => candidate['name'] === name)
    if (!row) return undefined
    const id = Number(row['id'])
    const [conditions, descriptions] = await Promise.all([this.#conditions(id), this.#descriptions(id)])
    return this.#read(row, conditions.get(id) ?? [], descriptions.get(id))
  }

  /** @returns the new id */
  async insert(policy: NewPolicy): Promise<number> {
    const [id] = await this.#db.insert('policy', [this.#row(policy)])
    await this.#replaceConditions(id!, policy.conditions)
    await this.#replaceDescription(id!, policy.description)
    return id!
  }

  /** Writes every field of the policy with this id; conditions are replaced as a whole. */
  async update(policy: Policy): Promise<void> {
    await this.#db.k('policy').where({id: policy.id}).update(this.#row(policy))
    await this.#replaceConditions(policy.id, policy.conditions)
    await this.#replaceDescription(policy.id, policy.description)
  }

  /** @returns how many rows had this id: 0 or 1 */
  async setActive(id: number, active: boolean): Promise<number> {
    return this.#db.k('policy').where({id}).update({active})
  }

  /** Deletes a policy with its conditions and description. */
  async delete(id: number): Promise<number> {
    await this.#db.k('policycondition').where({policy_id: id}).delete()
    await this.#replaceDescription(id, undefined)
    return this.#db.k('policy').where({id}).delete()
  }

  /** Fields of a policy that this schema has no column for, so that they can be reported instead of lost. */
  unsupportedFields(policy: NewPolicy): string[] {
    const {schema} = this.#db
    const missing: string[] = []
    if (policy.userCaseInsensitive && !schema.hasColumn('policy', 'user_case_insensitive'))
      missing.push('user_case_insensitive')
    if (policy.userAgents.length > 0 && !schema.hasColumn('policy', 'user_agents')) missing.push('user_agents')
    if (policy.description && !schema.hasTable('description')) missing.push('description')
    const handled = policy.conditions.some(
      ({missingData}) => missingData !== undefined && missingData !== 'raise_error',
    )
    if (handled && !schema.hasColumn('policycondition', 'handle_missing_data')) missing.push('handle_missing_data')
    return missing
  }

  #row(policy: NewPolicy): Row {
    const {schema} = this.#db
    const row: Row = {
      name: policy.name,
      scope: policy.scope,
      active: policy.active,
      action: formatActions(policy.actions),
      realm: formatList(policy.realms),
      user: formatList(policy.users),
      resolver: formatList(policy.resolvers),
      adminrealm: formatList(policy.adminRealms),
      adminuser: formatList(policy.adminUsers),
      client: formatList(policy.clients),
      time: policy.time,
      priority: policy.priority,
      check_all_resolvers: policy.checkAllResolvers,
      [schema.policyNodeColumn]: formatList(policy.nodes),
    }
    if (schema.hasColumn('policy', 'user_case_insensitive')) row['user_case_insensitive'] = policy.userCaseInsensitive
    if (schema.hasColumn('policy', 'user_agents')) row['user_agents'] = formatList(policy.userAgents)
    return row
  }

  async #replaceConditions(id: number, conditions: readonly PolicyCondition[]): Promise<void> {
    await this.#db.k('policycondition').where({policy_id: id}).delete()
    await this.#db.insert(
      'policycondition',
      conditions.map(({active, comparator, key, missingData, section, value}) => ({
        active,
        comparator,
        Key: key,
        policy_id: id,
        section,
        Value: value,
        ...(missingData && {handle_missing_data: missingData}),
      })),
    )
  }

  async #replaceDescription(id: number, description: string | undefined): Promise<void> {
    if (!this.#db.schema.hasTable('description')) return
    await this.#db.k('description').where({object_id: id, object_type: 'policy'}).delete()
    if (description) await this.#db.insert('description', [{description, object_id: id, object_type: 'policy'}])
  }

  async #conditions(policyId?: number): Promise<Map<number, PolicyCondition[]>> {
    const query = this.#db.k<Row>('policycondition').orderBy('id')
    if (policyId !== undefined) query.where({policy_id: policyId})
    const found = new Map<number, PolicyCondition[]>()
    for (const row of await query) {
      const condition: PolicyCondition = {
        active: this.#db.bool(row['active']),
        comparator: text(row['comparator']),
        key: text(row['Key']),
        section: text(row['section']),
        value: text(row['Value']),
        ...(row['handle_missing_data'] ? {missingData: text(row['handle_missing_data']) as MissingData} : {}),
      }
      const id = Number(row['policy_id'])
      const list = found.get(id)
      if (list) list.push(condition)
      else found.set(id, [condition])
    }
    return found
  }

  async #descriptions(policyId?: number): Promise<Map<number, string>> {
    if (!this.#db.schema.hasTable('description')) return new Map()
    const query = this.#db.k<Row>('description').where({object_type: 'policy'})
    if (policyId !== undefined) query.where({object_id: policyId})
    return new Map((await query).map((row) => [Number(row['object_id']), text(row['description'])]))
  }

  #read(row: Row, conditions: PolicyCondition[], description: string | undefined): Policy {
    const {schema} = this.#db
    return {
      id: Number(row['id']),
      name: text(row['name']),
      scope: text(row['scope']),
      active: this.#db.bool(row['active']),
      // since 3.11 a comma behind a backslash does not separate
      actions: parseActions(text(row['action']), {escapedCommas: schema.hasTable('tokencredentialidhash')}),
      actionText: text(row['action']),
      realms: parseList(text(row['realm'])),
      users: parseList(text(row['user'])),
      resolvers: parseList(text(row['resolver'])),
      adminRealms: parseList(text(row['adminrealm'])),
      adminUsers: parseList(text(row['adminuser'])),
      nodes: parseList(text(row[schema.policyNodeColumn])),
      clients: parseList(text(row['client'])),
      userAgents: parseList(text(row['user_agents'])),
      time: text(row['time']),
      priority: Number(row['priority'] ?? 1),
      checkAllResolvers: this.#db.bool(row['check_all_resolvers']),
      userCaseInsensitive: this.#db.bool(row['user_case_insensitive']),
      conditions,
      ...(description && {description}),
    }
  }
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
