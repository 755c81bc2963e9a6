import {z} from 'zod'
import {PiError} from '../../errors.js'
import {parseActions, formatActions} from '../../policy/encoding.js'
import {PolicyRepository, type NewPolicy} from '../../store/policies.js'
import type {MissingData, Policy} from '../../types/policy.js'
import type {ConfigKind} from '../contract.js'
import {list, requiredText, text, truth} from '../shared/text.js'

const names = z.array(z.string()).default([])

const document = z.strictObject({
  active: z.boolean().default(true).describe('whether the policy is looked at'),
  scope: z.string().describe('authentication, authorization, enrollment, admin, user, webui, …'),
  priority: z.int().min(1).default(1).describe('1 is the most important'),
  actions: z
    .record(z.string(), z.union([z.literal(true), z.string()]))
    .describe('action and its value; true for an action without a value'),
  realms: names.describe('user realms; empty: all'),
  users: names.describe('logins, patterns, ! excludes'),
  resolvers: names,
  adminRealms: names.describe('realms of the acting administrator'),
  adminUsers: names.describe('logins of the acting administrator'),
  nodes: names.describe('names of server nodes'),
  clients: names.describe('addresses and networks, ! excludes'),
  userAgents: names.describe('names of client programs, since 3.12'),
  time: z.string().default('').describe('for example mon-fri:8-17, local time of the server'),
  checkAllResolvers: z.boolean().default(false),
  userCaseInsensitive: z.boolean().default(false).describe('since 3.10'),
  conditions: z
    .array(
      z.strictObject({
        section: z.string(),
        key: z.string(),
        comparator: z.string().default('equals'),
        value: z.string().default(''),
        active: z.boolean().default(true),
        missingData: z.enum(['raise_error', 'condition_is_false', 'condition_is_true']).optional(),
      }),
    )
    .default([])
    .describe('all active ones must hold'),
  description: z.string().optional().describe('free text, since 3.10'),
})

export type PolicyDocument = z.infer<typeof document>

/** A policy as the repository takes it. */
export function policyOf(name: string, given: PolicyDocument): NewPolicy {
  const {actions, conditions, description, ...rest} = given
  return {
    ...rest,
    name,
    actions: new Map(Object.entries(actions)),
    conditions: conditions.map(({missingData, ...condition}) => ({...condition, ...(missingData && {missingData})})),
    ...(description && {description}),
  }
}

/** The document of a stored policy. */
export function documentOf({actions, actionText: _text, id: _id, name: _name, ...rest}: Policy): PolicyDocument {
  return {
    ...structuredClone({...rest, conditions: [...rest.conditions]}),
    actions: Object.fromEntries(actions),
  } as PolicyDocument
}

/** Action maps, lists and texts of the originals' files. */
function actionsOf(given: unknown): Record<string, string | true> {
  if (typeof given === 'string') return Object.fromEntries(parseActions(given))
  if (Array.isArray(given)) return Object.fromEntries(given.map((key) => [String(key), true as const]))
  if (given === null || typeof given !== 'object') return {}
  const entries = Object.entries(given).filter(([, value]) => value !== false && value !== null)
  return Object.fromEntries(entries.map(([key, value]) => [key, value === true ? true : String(value)]))
}

function conditionsOf(given: unknown, policy: string): PolicyDocument['conditions'] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw new PiError('INVALID_INPUT', `The conditions of policy '${policy}' are no list.`)
  return given.map((condition) => {
    if (!Array.isArray(condition) || condition.length < 5) {
      throw new PiError(
        'INVALID_INPUT',
        `A condition of policy '${policy}' is not of the form (section, key, comparator, value, active).`,
      )
    }
    const [section, key, comparator, value, active, missingData] = condition as unknown[]
    return {
      active: truth(active),
      comparator: text(comparator),
      key: text(key),
      section: text(section),
      value: text(value),
      ...(missingData ? {missingData: text(missingData) as MissingData} : {}),
    }
  })
}

/** Policies (spec/04 §7.2). */
export const policy: ConfigKind<PolicyDocument> = {
  kind: 'policy',
  exportKey: 'policy',
  exportShape: 'list',
  order: 60,
  bumpsTimestamp: true,
  document,
  available: (schema) => schema.hasTable('policy'),
  secrets: () => [],
  async list(db) {
    const policies = await new PolicyRepository(db).all()
    // as the original lists them: by priority, those with conditions behind the others (seen in its exports), then by id
    const conditional = ({conditions}: Policy): number => Number(conditions.length > 0)
    policies.sort((a, b) => a.priority - b.priority || conditional(a) - conditional(b) || a.id - b.id)
    return new Map(policies.map((stored) => [stored.name, documentOf(stored)]))
  },
  async save({db}, name, given) {
    const policies = new PolicyRepository(db)
    const made = policyOf(name, given)
    const unsupported = policies.unsupportedFields(made)
    if (unsupported.length > 0) {
      throw new PiError(
        'INVALID_INPUT',
        `Policy '${name}' sets ${unsupported.join(', ')}, which ${db.schema.version} has no column for.`,
        {
          hints: ['Remove it from the policy, or change a server of a later release'],
        },
      )
    }
    const limit = db.schema.columnLength('policy', 'action')
    const length = formatActions(made.actions).length
    if (limit !== undefined && length > limit) {
      throw new PiError(
        'INVALID_INPUT',
        `The actions of policy '${name}' take ${length} characters, the column holds ${limit}.`,
      )
    }
    const stored = await policies.find(name)
    if (stored) await policies.update({...made, id: stored.id})
    else await policies.insert(made)
  },
  async delete(db, name) {
    const policies = new PolicyRepository(db)
    const stored = await policies.find(name)
    if (stored) await policies.delete(stored.id)
  },
  toOriginal(name, given, db) {
    const later = db.schema.hasColumn('policy', 'user_case_insensitive')
    return {
      name,
      active: given.active,
      scope: given.scope,
      realm: given.realms,
      adminrealm: given.adminRealms,
      adminuser: given.adminUsers,
      resolver: given.resolvers,
      [db.schema.policyNodeColumn]: given.nodes,
      check_all_resolvers: given.checkAllResolvers,
      user: given.users,
      client: given.clients,
      time: given.time,
      conditions: given.conditions.map(({active, comparator, key, missingData, section, value}) =>
        missingData
          ? [section, key, comparator, value, active, missingData]
          : [section, key, comparator, value, active],
      ),
      priority: given.priority,
      action: given.actions satisfies Record<string, string | true>,
      ...(later && {user_case_insensitive: given.userCaseInsensitive}),
      ...(given.description && {description: given.description}),
      ...(db.schema.hasColumn('policy', 'user_agents') && {user_agents: given.userAgents}),
    }
  },
  fromOriginal(element, key) {
    const name = key ?? requiredText(element, 'name', 'policy')
    return {
      name,
      document: {
        actions: actionsOf(element['action']),
        active: truth(element['active'], true),
        adminRealms: list(element['adminrealm']),
        adminUsers: list(element['adminuser']),
        checkAllResolvers: truth(element['check_all_resolvers']),
        clients: list(element['client']),
        conditions: conditionsOf(element['conditions'], name),
        nodes: list(element['pinode'] ?? element['edumfanode']),
        priority: element['priority'] === undefined ? 1 : Number(element['priority']),
        realms: list(element['realm']),
        resolvers: list(element['resolver']),
        scope: requiredText(element, 'scope', 'policy'),
        time: text(element['time']),
        userAgents: list(element['user_agents']),
        userCaseInsensitive: truth(element['user_case_insensitive']),
        users: list(element['user']),
        ...(element['description'] ? {description: text(element['description'])} : {}),
      },
    }
  },
}
