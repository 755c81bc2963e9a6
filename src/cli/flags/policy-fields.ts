import {Flags} from '@oclif/core'
import type {PolicyDocument} from '../../lib/config-objects/kinds/policy.js'
import {actionsFrom, listFrom} from '../../lib/services/policies/index.js'

const list = (description: string) =>
  Flags.string({description, helpValue: 'LIST', multiple: true, multipleNonGreedy: true})

/** The fields of a policy as flags; used as `flags = {...policyFields}`. */
export const policyFields = {
  active: Flags.boolean({allowNo: true, description: 'whether the policy is looked at'}),
  'admin-realm': list('realms of the acting administrator'),
  'admin-user': list('logins of the acting administrator'),
  'check-all-resolvers': Flags.boolean({allowNo: true, description: 'look at all resolvers of the realm'}),
  client: list('addresses and networks, ! excludes'),
  condition: Flags.string({
    description: 'condition that must hold, as "section;key;comparator;value"',
    helpValue: 'CONDITION',
    multiple: true,
    multipleNonGreedy: true,
  }),
  description: Flags.string({description: 'free text, since 3.10'}),
  node: list('names of server nodes'),
  priority: Flags.integer({description: '1 is the most important', min: 1}),
  realm: list('user realms'),
  resolver: list('resolvers'),
  time: Flags.string({description: 'for example "mon-fri: 8-17"'}),
  user: list('logins, patterns, ! excludes'),
  'user-agent': list('names of client programs, since 3.12'),
  'user-case-insensitive': Flags.boolean({allowNo: true, description: 'compare logins without case, since 3.10'}),
}

type PolicyFields = {[K in keyof typeof policyFields]?: unknown}

/** The fields that flags set, and no others. */
export function fieldsOf(flags: PolicyFields, actions: readonly string[] | undefined): Partial<PolicyDocument> {
  const given: Record<string, unknown> = {
    actions: actions && actions.length > 0 ? actionsFrom(actions) : undefined,
    active: flags.active,
    adminRealms: listFrom(flags['admin-realm'] as string[] | undefined),
    adminUsers: listFrom(flags['admin-user'] as string[] | undefined),
    checkAllResolvers: flags['check-all-resolvers'],
    clients: listFrom(flags.client as string[] | undefined),
    conditions: (flags.condition as string[] | undefined)?.map(conditionFrom),
    description: flags.description,
    nodes: listFrom(flags.node as string[] | undefined),
    priority: flags.priority,
    realms: listFrom(flags.realm as string[] | undefined),
    resolvers: listFrom(flags.resolver as string[] | undefined),
    time: flags.time,
    userAgents: listFrom(flags['user-agent'] as string[] | undefined),
    userCaseInsensitive: flags['user-case-insensitive'],
    users: listFrom(flags.user as string[] | undefined),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<PolicyDocument>
}

function conditionFrom(text: string): PolicyDocument['conditions'][number] {
  const [section = '', key = '', comparator = 'equals', ...value] = text.split(';')
  return {active: true, comparator, key, section, value: value.join(';')}
}
