import type {SecurityModule} from '../../security-module.js'
import type {Behaviour} from '../authenticate/behaviour.js'
import type {ConfigurationCache} from '../configuration.js'
import type {UserService} from '../users.js'
import type {ApiResponse} from './contract.js'
import {successDocument} from './envelope.js'

interface HealthSources {
  configuration: ConfigurationCache
  users: UserService
  security: SecurityModule
  behaviour: Behaviour
}

/**
 * Probes of load balancers and supervisors (spec/08 §10): `livez` (the process answers), `startupz`, `readyz` and the
 * bare address (database and keys work), `resolversz` (user stores answer).
 */
export async function healthOf(probe: string, sources: HealthSources): Promise<ApiResponse> {
  switch (probe) {
    case 'livez':
      return answer(sources, 200, {status: 'OK'})
    case 'startupz':
      return answer(sources, 200, {status: 'started'})
    case '':
    case 'readyz':
      return ready(sources)
    case 'resolversz':
      return resolvers(sources)
    default:
      return {status: 404, text: 'Not Found', contentType: 'text/plain; charset=utf-8'}
  }
}

function answer({behaviour}: HealthSources, status: number, value: unknown): ApiResponse {
  return {status, document: successDocument({id: 1, value}, behaviour, Date.now())}
}

async function ready(sources: HealthSources): Promise<ApiResponse> {
  try {
    await sources.configuration.current()
  } catch {
    return answer(sources, 503, {status: 'not ready', hsm: 'unchecked'})
  }
  try {
    await sources.security.random(1)
  } catch {
    return answer(sources, 503, {status: 'not ready', hsm: 'fail'})
  }
  return answer(sources, 200, {status: 'ready', hsm: 'OK'})
}

async function resolvers(sources: HealthSources): Promise<ApiResponse> {
  try {
    const {directory} = await sources.configuration.current()
    const states: Record<string, Record<string, string>> = {ldapresolver: {}, sqlresolver: {}}
    for (const [name, {type}] of directory.resolvers) {
      const group = states[type]
      if (group) group[name] = (await works(sources.users, name)) ? 'OK' : 'fail'
    }
    return answer(sources, 200, {status: 'OK', ...states})
  } catch {
    return answer(sources, 503, {status: 'error'})
  }
}

async function works(users: UserService, name: string): Promise<boolean> {
  try {
    return (await (await users.resolver(name)).test()).ok
  } catch {
    return false
  }
}
