import {resolve} from 'node:path'
import {PiError} from '../../../errors.js'
import type {ResolverConfig, ResolverSetting} from '../../contract.js'
import {isOn, numberOr, readTextList, readTextMap} from '../../shared/values.js'

/** The settings of an LDAP resolver as the original declares them (spec/10 §4.1). */
export const ldapSettings: readonly ResolverSetting[] = [
  {
    key: 'LDAPURI',
    type: 'string',
    required: true,
    summary: 'servers, separated by commas: ldap://host, ldaps://host:port',
  },
  {key: 'LDAPBASE', type: 'string', required: true, summary: 'DN below which users are searched'},
  {key: 'BINDDN', type: 'string', summary: 'DN of the account that searches; empty: anonymous'},
  {key: 'BINDPW', type: 'password', summary: 'its password'},
  {key: 'AUTHTYPE', type: 'string', default: 'Simple', summary: 'Simple, Anonymous or SASL Digest-MD5'},
  {key: 'KEYTABFILE', type: 'string', summary: 'for Kerberos'},
  {key: 'TIMEOUT', type: 'int', default: '5', summary: 'seconds to wait for a connection and for an answer'},
  {key: 'SIZELIMIT', type: 'int', default: '500', summary: 'most users a listing gives'},
  {
    key: 'LOGINNAMEATTRIBUTE',
    type: 'string',
    default: '',
    required: true,
    summary: 'attributes with the login, the primary one first',
  },
  {
    key: 'LDAPSEARCHFILTER',
    type: 'string',
    required: true,
    summary: 'filters that all users meet, e.g. (uid=*)(objectClass=person)',
  },
  {
    key: 'USERINFO',
    type: 'string',
    default: '{}',
    required: true,
    summary: 'user attribute → LDAP attribute as YAML or JSON',
  },
  {key: 'MULTIVALUEATTRIBUTES', type: 'string', default: '["mobile"]', summary: 'user attributes that are lists'},
  {
    key: 'UIDTYPE',
    type: 'string',
    default: 'DN',
    required: true,
    summary: 'what identifies a user: DN, entryUUID, objectGUID or another attribute',
  },
  {key: 'NOREFERRALS', type: 'bool', default: 'False', summary: 'ignore referrals to other servers'},
  {key: 'NOSCHEMAS', type: 'bool', default: 'False', summary: 'do not read the schema'},
  {key: 'EDITABLE', type: 'bool', default: 'False', summary: 'whether users may be changed'},
  {key: 'SCOPE', type: 'string', default: 'SUBTREE', summary: 'SUBTREE, LEVEL or BASE'},
  {key: 'TLS_VERIFY', type: 'bool', default: 'False', summary: 'check the certificate and its host name'},
  {key: 'TLS_VERSION', type: 'int', default: '2', summary: '5: TLS 1.2, 2: TLS 1.3; older ones 4 (1.1) and 3 (1.0)'},
  {key: 'TLS_CA_FILE', type: 'string', summary: 'certificates of authorities (PEM)'},
  {key: 'START_TLS', type: 'bool', default: 'False', summary: 'encrypt ldap:// connections'},
  {key: 'CACHE_TIMEOUT', type: 'int', default: '120', summary: 'seconds for which answers are kept; 0: none'},
  {key: 'SERVERPOOL_ROUNDS', type: 'int', default: '2', summary: 'how often all servers are tried'},
  {key: 'SERVERPOOL_SKIP', type: 'int', default: '30', summary: 'seconds for which a dead server is left out'},
  {key: 'SERVERPOOL_PERSISTENT', type: 'bool', default: 'False', summary: 'remember dead servers over requests'},
  {key: 'SERVERPOOL_STRATEGY', type: 'string', default: 'ROUND_ROBIN', summary: 'ROUND_ROBIN, FIRST or RANDOM (3.9)'},
  {key: 'OBJECT_CLASSES', type: 'string', summary: 'object classes of new users, separated by commas'},
  {key: 'DN_TEMPLATE', type: 'string', summary: 'DN of new users: <username>, <givenname>, <surname>, <basedn>'},
  {key: 'CACERTIFICATE', type: 'string', summary: 'without effect'},
  {key: 'recursive_group_search', type: 'bool', default: 'False', summary: 'search the groups of a user (3.12)'},
  {key: 'group_base_dn', type: 'string', summary: 'DN below which groups are searched (3.12.2)'},
  {key: 'group_name_attribute', type: 'string', summary: 'attribute with the name of a group'},
  {
    key: 'group_search_filter',
    type: 'string',
    summary: 'filter of the groups of a user; {base_dn}, {username} and others are replaced',
  },
  {key: 'group_attribute_mapping_key', type: 'string', summary: 'user attribute that takes the names of the groups'},
]

export interface LdapServer {
  /** `ldap://host:port` or `ldaps://…` */
  url: string
  host: string
  secure: boolean
}

export type BindType = 'anonymous' | 'digest-md5' | 'simple'

/** What the groups of a user are found by. */
export interface GroupSearch {
  base: string
  nameAttribute: string
  filter: string
  key: string
}

/** The settings of one LDAP resolver, understood. */
export interface LdapConfig {
  servers: readonly LdapServer[]
  base: string
  bindType: BindType
  bindDn: string
  bindPassword: string
  timeoutMs: number
  sizeLimit: number
  /** The primary one first. */
  loginAttributes: readonly string[]
  searchFilter: string
  /** User attribute → LDAP attribute; `username` is the primary login attribute. */
  attributes: ReadonlyMap<string, string>
  /** The mapping as it was written. */
  writtenAttributes: ReadonlyMap<string, string>
  multiValued: ReadonlySet<string>
  uidType: string
  ignoreReferrals: boolean
  editable: boolean
  scope: 'base' | 'one' | 'sub'
  startTls: boolean
  tls: {verify: boolean; version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'; caFile: string | undefined}
  cacheSeconds: number
  pool: {
    rounds: number
    skipSeconds: number
    persistent: boolean
    strategy: 'FIRST' | 'RANDOM' | 'ROUND_ROBIN'
  }
  objectClasses: readonly string[]
  dnTemplate: string
  groups: GroupSearch | undefined
}

const bindTypes: Readonly<Record<string, BindType>> = {
  anonymous: 'anonymous',
  'sasl digest-md5': 'digest-md5',
  simple: 'simple',
}

const scopes = {BASE: 'base', LEVEL: 'one', SUBTREE: 'sub'} as const
const versions: Readonly<Record<string, LdapConfig['tls']['version']>> = {
  2: 'TLSv1.3',
  3: 'TLSv1',
  4: 'TLSv1.1',
  5: 'TLSv1.2',
}

/** @param directory against which relative file names are resolved @throws PiError CONFIG */
export function readLdapConfig(config: ResolverConfig, directory: string): LdapConfig {
  const text = (key: string) => (config.get(key) ?? '').trim()
  const loginAttributes = list(text('LOGINNAMEATTRIBUTE'))
  const [primary] = loginAttributes
  if (primary === undefined) throw missing('LOGINNAMEATTRIBUTE')
  const writtenAttributes = readTextMap(text('USERINFO') || '{}', 'USERINFO of the LDAP resolver')
  const multi = text('MULTIVALUEATTRIBUTES')
  const version = versions[text('TLS_VERSION') || '2']
  if (!version)
    throw new PiError('CONFIG', `TLS_VERSION ${text('TLS_VERSION')} of the LDAP resolver is none of 2 to 5.`)
  const scope = scopes[(text('SCOPE').toUpperCase() || 'SUBTREE') as keyof typeof scopes]
  if (!scope) throw new PiError('CONFIG', `The SCOPE '${text('SCOPE')}' is none of SUBTREE, LEVEL, BASE.`)
  const strategy = text('SERVERPOOL_STRATEGY')
  return {
    servers: readServers(text('LDAPURI')),
    base: text('LDAPBASE'),
    bindType: bindTypeOf(text('AUTHTYPE'), text('BINDDN')),
    bindDn: text('BINDDN'),
    bindPassword: config.get('BINDPW') ?? '',
    timeoutMs: 1000 * (numberOr(text('TIMEOUT'), 5) || 5),
    sizeLimit: numberOr(text('SIZELIMIT'), 500),
    loginAttributes,
    searchFilter: text('LDAPSEARCHFILTER'),
    attributes: new Map([...writtenAttributes, ['username', primary]]),
    writtenAttributes,
    multiValued: new Set(multi === '' ? ['mobile'] : readTextList(multi, 'list MULTIVALUEATTRIBUTES')),
    uidType: text('UIDTYPE') || 'DN',
    ignoreReferrals: isOn(text('NOREFERRALS')),
    editable: isOn(text('EDITABLE')) || isOn(text('Editable')),
    scope,
    startTls: isOn(text('START_TLS')),
    tls: {
      verify: isOn(text('TLS_VERIFY')),
      version,
      caFile: text('TLS_CA_FILE') ? resolve(directory, text('TLS_CA_FILE')) : undefined,
    },
    cacheSeconds: numberOr(text('CACHE_TIMEOUT'), 120),
    pool: {
      rounds: Math.max(1, numberOr(text('SERVERPOOL_ROUNDS'), 2)),
      skipSeconds: numberOr(text('SERVERPOOL_SKIP'), 30),
      persistent: isOn(text('SERVERPOOL_PERSISTENT')),
      strategy: strategy === 'FIRST' || strategy === 'RANDOM' ? strategy : 'ROUND_ROBIN',
    },
    objectClasses: list(text('OBJECT_CLASSES')),
    dnTemplate: text('DN_TEMPLATE'),
    groups: groupsOf(text),
  }
}

function groupsOf(text: (key: string) => string): GroupSearch | undefined {
  const nameAttribute = text('group_name_attribute')
  const filter = text('group_search_filter')
  const key = text('group_attribute_mapping_key')
  if (!isOn(text('recursive_group_search')) || !nameAttribute || !filter || !key) return undefined
  return {base: text('group_base_dn') || text('LDAPBASE'), nameAttribute, filter, key}
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

function missing(key: string): PiError {
  return new PiError('CONFIG', `The LDAP resolver has no ${key}.`)
}

/** `ldap://host`, `ldaps://host:port`, `host` and `host:port`, separated by commas. */
function readServers(text: string): LdapServer[] {
  const servers = list(text).map((item): LdapServer => {
    const url = /^[a-z]+:\/\//i.test(item) ? item : `ldap://${item}`
    let parsed: URL
    try {
      parsed = new URL(url)
    } catch (error) {
      throw new PiError('CONFIG', `The server '${item}' of LDAPURI is no address.`, {cause: error})
    }
    if (parsed.protocol !== 'ldap:' && parsed.protocol !== 'ldaps:') {
      throw new PiError('CONFIG', `The server '${item}' of LDAPURI is neither ldap:// nor ldaps://.`)
    }
    const secure = parsed.protocol === 'ldaps:'
    const port = parsed.port || (secure ? '636' : '389')
    return {
      url: `${parsed.protocol}//${parsed.hostname}:${port}`,
      host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
      secure,
    }
  })
  if (servers.length === 0) throw missing('LDAPURI')
  return servers
}

function bindTypeOf(text: string, bindDn: string): BindType {
  const type = bindTypes[text.toLowerCase() || 'simple']
  if (type === undefined) {
    throw new PiError('CONFIG', `The LDAP resolver binds with ${text}, which pi-manage cannot do.`, {
      hints: [
        'Use AUTHTYPE Simple over LDAPS or StartTLS; Active Directory takes DOMAIN\\user and user@domain as BINDDN there',
      ],
    })
  }
  return type === 'simple' && bindDn === '' ? 'anonymous' : type
}
