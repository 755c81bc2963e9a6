import {Flags} from '@oclif/core'
import type {ConditionContext} from '../../lib/policy/conditions/contract.js'
import type {PolicyRequest} from '../../lib/policy/request.js'
import {PiError} from '../../lib/errors.js'

/** A request as policies see it; used as `flags = {...policyRequest}`. */
export const policyRequest = {
  action: Flags.string({char: 'a', description: 'action that is asked for'}),
  'admin-realm': Flags.string({description: 'realm of the acting administrator ("" for one of the database)'}),
  'admin-user': Flags.string({description: 'login of the acting administrator'}),
  at: Flags.string({description: 'moment of the request, ISO 8601 (default: now)', helpValue: 'TIME'}),
  client: Flags.string({description: 'address of the client', helpValue: 'IP'}),
  header: Flags.string({description: 'header of the request, "Name: value"', multiple: true, multipleNonGreedy: true}),
  node: Flags.string({description: 'name of the server node (default: the configured one)'}),
  realm: Flags.string({description: 'realm of the user'}),
  resolver: Flags.string({description: 'resolver of the user (default: looked up)'}),
  scope: Flags.string({char: 's', default: 'authentication', description: 'scope that is asked for'}),
  serial: Flags.string({description: 'token of the request, for conditions'}),
  user: Flags.string({char: 'u', description: 'login of the user'}),
  'user-agent': Flags.string({description: 'name of the client program, since 3.12'}),
}

interface RequestFlags {
  action?: string | undefined
  'admin-realm'?: string | undefined
  'admin-user'?: string | undefined
  at?: string | undefined
  client?: string | undefined
  header?: string[] | undefined
  node?: string | undefined
  realm?: string | undefined
  resolver?: string | undefined
  scope: string
  user?: string | undefined
  'user-agent'?: string | undefined
}

/** The request that flags describe. @throws PiError USAGE */
export function requestFrom(flags: RequestFlags, context: ConditionContext): PolicyRequest {
  const now = flags.at === undefined ? new Date() : new Date(flags.at)
  if (Number.isNaN(now.getTime()))
    throw new PiError('USAGE', `--at '${flags.at}' is no time.`, {hints: ['Write 2024-05-01T12:00:00+02:00']})
  return {
    action: flags.action,
    adminRealm: flags['admin-realm'],
    adminUser: flags['admin-user'],
    client: flags.client,
    context: {...context, ...(flags.header && {headers: headersFrom(flags.header)})},
    login: flags.user,
    node: flags.node,
    now,
    realm: flags.realm?.toLowerCase(),
    resolver: flags.resolver,
    scope: flags.scope,
    userAgent: flags['user-agent'],
  }
}

function headersFrom(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      if (at < 1) throw new PiError('USAGE', `--header '${line}' is not of the form "Name: value".`)
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]
    }),
  )
}
