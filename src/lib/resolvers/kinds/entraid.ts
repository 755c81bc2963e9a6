import {createPrivateKey, randomUUID, sign} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {PiError, reasonOf} from '../../errors.js'
import type {ResolverConfig, ResolverEnv, ResolverKind} from '../contract.js'
import {BearerToken, requestToken} from '../shared/http/bearer.js'
import {isMap, readJsonMap, textOf, type JsonMap, type Tags} from '../shared/http/mapping.js'
import {UserHttpService} from '../shared/http/service.js'
import {commonHttpSettings, readAttributes, readRequests, readService, type Requests} from '../shared/http/settings.js'
import {HttpUsers} from '../shared/http/users.js'
import {isOn} from '../shared/values.js'

const graphScope = 'https://graph.microsoft.com/.default'

const attributes = {
  username: 'userPrincipalName',
  userid: 'id',
  givenname: 'givenName',
  surname: 'surname',
  email: 'mail',
  mobile: 'mobilePhone',
  phone: 'businessPhones',
}

const requests: Requests = {
  get_user_by_id: {method: 'GET', endpoint: '/users/{userid}'},
  get_user_by_name: {method: 'GET', endpoint: '/users/{username}'},
  get_user_list: {method: 'GET', endpoint: '/users'},
  get_user_groups: {method: 'GET', endpoint: '/users/{userid}/memberOf'},
  create_user: {method: 'POST', endpoint: '/users'},
  edit_user: {method: 'PATCH', endpoint: '/users/{userid}'},
  delete_user: {method: 'DELETE', endpoint: '/users/{userid}'},
}

/** Users of Microsoft Entra ID, through Microsoft Graph (spec/10 §7). */
export const entraid: ResolverKind = {
  type: 'entraidresolver',
  settings: [
    {key: 'client_id', type: 'string', required: true, summary: 'id of the registered application'},
    {key: 'tenant', type: 'string', required: true, summary: 'id or domain of the tenant'},
    {
      key: 'authority',
      type: 'string',
      default: 'https://login.microsoftonline.com/{tenant}',
      summary: 'who gives tokens',
    },
    {key: 'client_credential_type', type: 'string', default: 'secret', summary: 'secret or certificate'},
    {key: 'client_secret', type: 'password', summary: 'secret of the application'},
    {
      key: 'client_certificate',
      type: 'dict_with_password',
      secrets: ['private_key_password'],
      summary: 'private_key_file, private_key_password and certificate_fingerprint',
    },
    {key: 'pi_user_groups_key', type: 'string', default: 'groups', summary: 'user attribute with the groups'},
    ...commonHttpSettings,
  ],
  async open(config, env) {
    const options = await readService(config, env, 'https://graph.microsoft.com/v1.0')
    const authority = (config.get('authority') || 'https://login.microsoftonline.com/{tenant}')
      .replace('{tenant}', encodeURIComponent(config.get('tenant') ?? ''))
      .replace(/\/+$/, '')
    const tokenUrl = `${authority}/oauth2/v2.0/token`
    const client = config.get('client_id') ?? ''
    const certified = config.get('client_credential_type') === 'certificate'
    const secret: Tags = {client_secret: config.get('client_secret') ?? ''}
    const token = new BearerToken(async () =>
      requestToken(
        tokenUrl,
        {
          grant_type: 'client_credentials',
          client_id: client,
          scope: graphScope,
          ...(certified ? await assertion(config, env, client, tokenUrl) : secret),
        },
        options,
      ),
    )
    const service = new UserHttpService({...options, authorization: (renew) => token.header(renew)})
    const asked = readRequests(config, requests)
    const groups = config.has('config_get_user_groups') ? asked.get_user_groups : undefined
    return new HttpUsers(service, {
      requests: asked,
      attributes: readAttributes(config, attributes),
      editable: isOn(config.get('Editable')),
      searchQuery,
      page(reply) {
        const users = isMap(reply) && Array.isArray(reply['value']) ? reply['value'].filter(isMap) : []
        const link = isMap(reply) ? textOf(reply['@odata.nextLink']) : ''
        return {users, ...(link !== '' && {next: {endpoint: link}})}
      },
      async checkPassword(username, password) {
        if (certified) {
          throw new PiError('CONFIG', 'Passwords of Entra ID can only be checked with client_credential_type secret.')
        }
        const form = {grant_type: 'password', client_id: client, scope: graphScope, username, password, ...secret}
        return (await requestToken(tokenUrl, form, options)) !== 'refused'
      },
      body: (mapped, fields, kind) => bodyOf(mapped, fields['password'] as string | undefined, kind),
      ...(groups && {
        groups: {
          key: config.get('pi_user_groups_key') || 'groups',
          async of(userId: string) {
            const answer = await service.ask(groups, {userid: userId})
            const list = answer.state === 'found' && isMap(answer.reply) ? answer.reply['value'] : []
            return (Array.isArray(list) ? list : []).filter(isMap).map((group) => textOf(group['displayName']))
          },
        },
      }),
    })
  },
}

/** A filter of OData; a quote in a value is doubled. */
function searchQuery(conditions: readonly [string, string][]): {query: Tags; headers?: JsonMap} {
  const terms = conditions.filter(([, pattern]) => pattern !== '*').map(([name, pattern]) => term(name, pattern))
  if (terms.length === 0) return {query: {}}
  const advanced = terms.some((text) => text.includes('endswith('))
  return {
    query: {$filter: terms.join(' and '), ...(advanced && {$count: 'true'})},
    ...(advanced && {headers: {ConsistencyLevel: 'eventual'}}),
  }
}

function term(name: string, pattern: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  if (!pattern.includes('*')) return `(${name} eq ${quoted(pattern)})`
  const [start = ''] = pattern.split('*')
  const end = pattern.split('*').at(-1) ?? ''
  const parts = [
    ...(start === '' ? [] : [`startswith(${name},${quoted(start)})`]),
    ...(end === '' ? [] : [`endswith(${name},${quoted(end)})`]),
  ]
  return parts.length === 0 ? `(${name} ne null)` : `(${parts.join(' and ')})`
}

/** What Graph demands of a new user beside his attributes; phones at work are a list. */
function bodyOf(mapped: JsonMap, password: string | undefined, kind: 'create' | 'edit'): JsonMap {
  const body: JsonMap = {...mapped}
  if (typeof body['businessPhones'] === 'string') body['businessPhones'] = [body['businessPhones']]
  if (password !== undefined) {
    body['passwordProfile'] = {forceChangePasswordNextSignIn: false, password}
  }
  if (kind === 'edit') return body
  const login = textOf(mapped['userPrincipalName'])
  const name = [mapped['givenName'], mapped['surname']].map(textOf).filter((text) => text !== '')
  return {
    accountEnabled: true,
    displayName: name.join(' ') || login,
    mailNickname: login.split('@')[0] ?? login,
    ...body,
  }
}

/** Proof of the application by its certificate (RFC 7523), good for ten minutes. */
async function assertion(config: ResolverConfig, env: ResolverEnv, client: string, audience: string): Promise<Tags> {
  const certificate = readJsonMap(config.get('client_certificate'), 'client_certificate')
  const file = textOf(certificate['private_key_file'])
  const passphrase = textOf(certificate['private_key_password'])
  const fingerprint = Buffer.from(textOf(certificate['certificate_fingerprint']).replaceAll(':', ''), 'hex')
  const now = Math.floor(Date.now() / 1000)
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = encode({alg: 'RS256', typ: 'JWT', x5t: fingerprint.toString('base64url')})
  const claims = encode({aud: audience, iss: client, sub: client, jti: randomUUID(), nbf: now, exp: now + 600})
  try {
    const key = createPrivateKey({
      key: await readFile(resolve(env.directory, file)),
      ...(passphrase !== '' && {passphrase}),
    })
    const signature = sign('sha256', Buffer.from(`${head}.${claims}`), key).toString('base64url')
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${head}.${claims}.${signature}`,
    }
  } catch (error) {
    throw new PiError('CONFIG', `The private key of client_certificate cannot be used: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}
