import {PiError} from '../../errors.js'
import {auditTables} from './audit.js'
import {containerTables, containerTemplateTable} from './containers.js'
import {eventTables} from './events.js'
import * as later from './later-tables.js'
import {machineTables} from './machines.js'
import {policyTables} from './policies.js'
import {serverTables} from './servers.js'
import {
  addColumn,
  alterColumn,
  boolean,
  dropColumn,
  index,
  integer,
  json,
  optional,
  renameColumn,
  replaceUnique,
  unique,
  useSequence,
  varchar,
  widen,
  type Part,
  type Table,
} from './table.js'
import {tokenTables} from './tokens.js'
import {userTables} from './users.js'

export interface ReleaseSchema {
  readonly product: 'privacyidea' | 'edumfa'
  /** As `Schema.version`. */
  readonly version: string
  readonly tables: ReadonlyMap<string, Table>
  /** How its MariaDB sequences count: `none` is AUTO_INCREMENT, `galera` is INCREMENT BY 0 (spec/01 §3). */
  readonly mariadbSequences: 'none' | 'plain' | 'galera'
  /** Boolean columns carry CHECK (col IN (0, 1)) on MariaDB (spec/01 §1.3). */
  readonly booleanChecks: boolean
}

interface Delta {
  product: ReleaseSchema['product']
  version: string
  /** Product and release it starts from. */
  from: readonly [ReleaseSchema['product'], string]
  add?: readonly Table[]
  change?: Readonly<Record<string, readonly Part[]>>
  rename?: Readonly<Record<string, string>>
  traits?: Partial<Pick<ReleaseSchema, 'mariadbSequences' | 'booleanChecks'>>
}

const emptyText = {default: ''} as const
const bigKey = alterColumn('id', {type: {kind: 'bigint'}})
const notNullKey = alterColumn('id', {nullable: false})

const base: ReleaseSchema = {
  product: 'privacyidea',
  version: '3.8',
  tables: byName([
    ...tokenTables,
    ...userTables,
    ...policyTables,
    ...eventTables,
    ...machineTables,
    ...serverTables,
    ...auditTables,
  ]),
  mariadbSequences: 'none',
  booleanChecks: true,
}

/** Only what differs from the line before (spec/01 §5.1 to §5.7). */
const deltas: readonly Delta[] = [
  {
    product: 'privacyidea',
    version: '3.9',
    from: ['privacyidea', '3.8'],
    add: [later.serviceid],
    change: {authcache: [useSequence('authcache_seq')]},
    traits: {mariadbSequences: 'plain', booleanChecks: false},
  },
  {
    product: 'privacyidea',
    version: '3.10',
    from: ['privacyidea', '3.9'],
    add: [
      later.nodename,
      later.description,
      ...containerTables.map((made) =>
        made.name === 'tokencontainerrealm' ? unique(undefined, 'container_id', 'realm_id')(made) : made,
      ),
    ],
    change: {
      challenge: [index('ix_challenge_expiration', 'expiration')],
      policy: [addColumn(boolean('user_case_insensitive', {default: false}), {after: 'name'})],
      resolverrealm: [
        addColumn(optional('node_uuid', 36)),
        replaceUnique('rrix_2', 'resolver_id', 'realm_id', 'node_uuid'),
      ],
      pidea_audit: [
        addColumn(varchar('authentication', 12), {after: 'success'}),
        addColumn(varchar('container_serial', 20), {after: 'token_type'}),
        addColumn(varchar('container_type', 20), {after: 'container_serial'}),
        addColumn(varchar('user_agent', 20), {after: 'client'}),
        addColumn(varchar('user_agent_version', 20), {after: 'user_agent'}),
      ],
      tokenrealm: [notNullKey],
      tokentokengroup: [notNullKey],
    },
    traits: {mariadbSequences: 'galera'},
  },
  {
    product: 'privacyidea',
    version: '3.10.2',
    from: ['privacyidea', '3.10'],
    change: {tokencontainerrealm: [(made) => ({...made, uniques: []})]},
  },
  {
    product: 'privacyidea',
    version: '3.11',
    from: ['privacyidea', '3.10.2'],
    add: [containerTemplateTable, later.tokencredentialidhash],
    change: {
      tokencontainer: [
        addColumn(
          integer('template_id', {
            references: 'tokencontainertemplate.id',
            referenceName: 'tokencontainertemplate_id',
          }),
        ),
      ],
    },
  },
  {
    product: 'privacyidea',
    version: '3.12',
    from: ['privacyidea', '3.11'],
    change: {
      realm: [dropColumn('option')],
      policy: [alterColumn('action', {type: {kind: 'text'}}), addColumn(optional('user_agents', 256), {after: 'time'})],
      policycondition: [addColumn(varchar('handle_missing_data', 255))],
      challenge: [alterColumn('challenge', {type: {kind: 'text'}})],
      radiusserver: [addColumn(json('options'))],
      pidea_audit: [
        widen('action', 200),
        widen('container_serial', 40),
        widen('container_type', 100),
        widen('user', 100),
        widen('realm', 255),
        widen('resolver', 255),
        widen('administrator', 100),
        widen('action_detail', 500),
        widen('info', 500),
        widen('user_agent', 50),
      ],
    },
  },
  {
    product: 'privacyidea',
    version: '3.13',
    from: ['privacyidea', '3.12'],
    change: {
      pidea_audit: [
        bigKey,
        widen('signature', 1100),
        (made) => ({
          ...made,
          columns: made.columns.map((found) => (found.type.kind === 'varchar' ? {...found, ...emptyText} : found)),
        }),
        alterColumn('loglevel', {default: 'default'}),
        alterColumn('clearance_level', {default: 'default'}),
        alterColumn('thread_id', {default: '0'}),
      ],
      smtpserver: [
        addColumn(boolean('smime', {notNull: true, default: false})),
        addColumn(boolean('dont_send_on_error', {notNull: true, default: false})),
        addColumn(varchar('private_key', 255)),
        addColumn(varchar('private_key_password', 255)),
        addColumn(varchar('certificate', 255)),
      ],
      tokengroup: [useSequence(undefined)],
      tokentokengroup: [useSequence(undefined)],
    },
  },
  {product: 'privacyidea', version: '3.13.1', from: ['privacyidea', '3.13']},
  {
    product: 'privacyidea',
    version: '3.14dev0',
    from: ['privacyidea', '3.13.1'],
    add: [later.internaluserattribute, later.metricAggregate, later.usersetting],
    change: {
      token: [alterColumn('rollout_state', {default: 'enrolled'})],
      challenge: [widen('data', 2000)],
      smsgatewayoption: [
        addColumn(boolean('Encrypted', {notNull: true, default: false, sqlDefault: '0'}), {after: 'Type'}),
      ],
    },
  },
  {
    product: 'privacyidea',
    version: '3.14dev1',
    from: ['privacyidea', '3.14dev0'],
    add: [later.clients, later.rememberedDevices],
    change: {eventhandler: [addColumn(boolean('abort_on_error', {default: false}), {after: 'position'})]},
  },
  {
    product: 'edumfa',
    version: '1.0',
    from: ['privacyidea', '3.9'],
    rename: {pidea_audit: 'mfa_audit', privacyideaserver: 'edumfaserver'},
    change: {
      mfa_audit: [renameColumn('privacyidea_server', 'edumfa_server')],
      edumfaserver: [useSequence('edumfaserver_seq')],
      policy: [renameColumn('pinode', 'edumfanode')],
      radiusserver: [alterColumn('dictionary', {default: '/etc/edumfa/dictionary'})],
    },
  },
  {
    product: 'edumfa',
    version: '2.2',
    from: ['edumfa', '1.0'],
    change: {radiusserver: [addColumn(boolean('enforce_ma', {default: false}))]},
  },
  {product: 'edumfa', version: '2.5', from: ['edumfa', '2.2'], change: {challenge: [bigKey], mfa_audit: [bigKey]}},
  {
    product: 'edumfa',
    version: '2.9',
    from: ['edumfa', '2.5'],
    change: {
      mfa_audit: [widen('user', 64), widen('administrator', 64), widen('action_detail', 128), widen('info', 128)],
    },
  },
  {product: 'edumfa', version: '2.9.1', from: ['edumfa', '2.9'], add: [later.jwtBlacklist]},
]

const releases = new Map<string, ReleaseSchema>([[keyOf('privacyidea', '3.8'), base]])
for (const delta of deltas) {
  const from = releases.get(keyOf(...delta.from)) as ReleaseSchema
  releases.set(keyOf(delta.product, delta.version), applied(from, delta))
}

/** Every release that has a schema of its own, oldest first, privacyIDEA before eduMFA. */
export const allReleases: readonly ReleaseSchema[] = [...releases.values()]

/** The newest schema of each product. */
export function newestRelease(product: ReleaseSchema['product']): ReleaseSchema {
  return allReleases.filter((release) => release.product === product).at(-1) as ReleaseSchema
}

/**
 * The schema of a release. A version without a schema of its own has that of the one before it: `3.13.2` is `3.13.1`,
 * `3.14dev2` is `3.14dev1`, eduMFA `2.4.0` is `2.2`.
 * @throws PiError CONFIG for a product or version that is not known
 */
export function releaseSchema(product: ReleaseSchema['product'], version: string): ReleaseSchema {
  const wanted = numbersOf(version)
  const found = allReleases
    .filter((release) => release.product === product && compare(numbersOf(release.version), wanted) <= 0)
    .at(-1)
  if (!found || !wanted.length) {
    throw new PiError('CONFIG', `There is no known schema of ${product} ${version}.`, {
      hints: [`Known: ${allReleases.map((release) => `${release.product} ${release.version}`).join(', ')}`],
    })
  }
  return found
}

function keyOf(product: string, version: string): string {
  return `${product} ${version}`
}

function byName(tables: readonly Table[]): Map<string, Table> {
  return new Map(tables.map((made) => [made.name, made]))
}

function applied(from: ReleaseSchema, delta: Delta): ReleaseSchema {
  const renamed = [...from.tables.values()].map((made) => renameTable(made, delta.rename?.[made.name]))
  const tables = [...renamed, ...(delta.add ?? [])].map((made) =>
    (delta.change?.[made.name] ?? []).reduce((changed, change) => change(changed), made),
  )
  return {...from, ...delta.traits, product: delta.product, version: delta.version, tables: byName(tables)}
}

/** Its indexes take the new name along. */
function renameTable(made: Table, name: string | undefined): Table {
  if (!name) return made
  const indexes = made.indexes.map((found) => ({...found, name: found.name.replace(`ix_${made.name}_`, `ix_${name}_`)}))
  return {...made, name, indexes}
}

/** `3.10.2` is [3, 10, 2]; `3.14dev1` is [3, 13.5, 1], before a final 3.14. */
function numbersOf(version: string): number[] {
  const found = /^(\d+(?:\.\d+)*)(?:\.?dev(\d+)?)?$/.exec(version)
  if (!found) return []
  const numbers = (found[1] ?? '').split('.').map(Number)
  if (!version.includes('dev')) return numbers
  const last = numbers.pop() ?? 0
  return [...numbers, last - 0.5, Number(found[2] ?? 0)]
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
