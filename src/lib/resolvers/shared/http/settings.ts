import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {PiError, reasonOf} from '../../../errors.js'
import type {ResolverConfig, ResolverEnv, ResolverSetting} from '../../contract.js'
import {isOn, numberOr} from '../values.js'
import {readJsonMap, textOf} from './mapping.js'
import {readPattern, type RequestPattern, type ServiceOptions} from './service.js'

export type RequestName =
  | 'authorization'
  | 'create_user'
  | 'delete_user'
  | 'edit_user'
  | 'get_user_by_id'
  | 'get_user_by_name'
  | 'get_user_groups'
  | 'get_user_list'
  | 'user_auth'

export type Requests = Partial<Record<RequestName, RequestPattern>>

const requestNames: Readonly<Record<RequestName, string>> = {
  authorization: 'request for the headers that prove who asks',
  create_user: 'request that makes a user',
  delete_user: 'request that deletes a user',
  edit_user: 'request that changes a user',
  get_user_by_id: 'request for a user by {userid}',
  get_user_by_name: 'request for a user by {username}',
  get_user_groups: 'request for the groups of a user',
  get_user_list: 'request for all users',
  user_auth: 'request that checks {username} and {password}',
}

/** Settings that resolvers over HTTP have in common since 3.12 (spec/10 §7). */
export const commonHttpSettings: readonly ResolverSetting[] = [
  {key: 'base_url', type: 'string', summary: 'address of the service'},
  {key: 'headers', type: 'dict', summary: 'headers of all requests'},
  {key: 'attribute_mapping', type: 'dict', summary: 'user attribute → attribute of the service'},
  {key: 'Editable', type: 'bool', default: 'False', summary: 'whether users may be changed'},
  {key: 'verify_tls', type: 'bool', default: 'True', summary: 'check certificates'},
  {key: 'tls_ca_path', type: 'string', summary: 'certificates of authorities (PEM)'},
  {key: 'timeout', type: 'int', default: '60', summary: 'seconds to wait for an answer'},
  {key: 'username', type: 'string', summary: 'account that asks'},
  {key: 'password', type: 'password', summary: 'its password'},
  ...Object.entries(requestNames).map(([name, summary]): ResolverSetting => ({
    key: `config_${name}`,
    type: 'dict',
    summary,
  })),
]

/** The requests that settings describe, over those that a service has by itself. @throws PiError CONFIG */
export function readRequests(config: ResolverConfig, usual: Requests = {}): Requests {
  const requests: Requests = {...usual}
  for (const name of Object.keys(requestNames) as RequestName[]) {
    const key = `config_${name}`
    const read = readPattern(readJsonMap(config.get(key), key), key)
    const base = usual[name]
    if (read) requests[name] = {...base, ...read, endpoint: read.endpoint || (base?.endpoint ?? '')}
  }
  return requests
}

/** User attribute → attribute of the service. @throws PiError CONFIG */
export function readAttributes(
  config: ResolverConfig,
  usual: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> {
  const read = readJsonMap(config.get('attribute_mapping'), 'attribute_mapping')
  const map = Object.keys(read).length > 0 ? read : usual
  return new Map(Object.entries(map).map(([key, value]) => [key, textOf(value)]))
}

/** Address, certificates and waiting time. @throws PiError CONFIG */
export async function readService(
  config: ResolverConfig,
  env: ResolverEnv,
  usualBase: string,
): Promise<ServiceOptions> {
  const verify = config.get('verify_tls')
  const caFile = config.get('tls_ca_path')?.trim()
  return {
    baseUrl: config.get('base_url')?.trim() || usualBase,
    headers: readJsonMap(config.get('headers'), 'headers'),
    timeoutMs: 1000 * (numberOr(config.get('timeout'), 60) || 60),
    verifyTls: verify === undefined || verify === '' || isOn(verify),
    ca: caFile ? await readCa(resolve(env.directory, caFile)) : undefined,
  }
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new PiError('CONFIG', `tls_ca_path cannot be read: ${reasonOf(error)}`, {cause: error})
  }
}
