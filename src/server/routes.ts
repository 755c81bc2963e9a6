import type {Endpoint} from '../lib/services/validate/api.js'
import {auth, authRights} from '../lib/services/validate/endpoints/auth.js'
import {radiusCheck, samlCheck, validateCheck} from '../lib/services/validate/endpoints/check.js'
import {offlineRefill} from '../lib/services/validate/endpoints/offline-refill.js'
import {pollTransaction} from '../lib/services/validate/endpoints/poll.js'
import {triggerChallenge} from '../lib/services/validate/endpoints/trigger.js'

/** An address that is answered, and by what. */
export interface Route {
  methods: readonly ('GET' | 'POST')[]
  /** With `:name` for variables. */
  url: string
  endpoint: Endpoint
}

export const routes: readonly Route[] = [
  {methods: ['GET', 'POST'], url: '/validate/check', endpoint: validateCheck},
  {methods: ['GET', 'POST'], url: '/validate/radiuscheck', endpoint: radiusCheck},
  {methods: ['GET', 'POST'], url: '/validate/samlcheck', endpoint: samlCheck},
  {methods: ['GET', 'POST'], url: '/validate/triggerchallenge', endpoint: triggerChallenge},
  {methods: ['POST'], url: '/auth', endpoint: auth},
  {methods: ['GET'], url: '/auth/rights', endpoint: authRights},
  {methods: ['POST'], url: '/validate/offlinerefill', endpoint: offlineRefill},
  {methods: ['GET'], url: '/validate/polltransaction', endpoint: pollTransaction},
  {methods: ['GET'], url: '/validate/polltransaction/:transaction_id', endpoint: pollTransaction},
]

/** The address as the audit names it: variables in angle brackets. */
export function auditRoute(url: string): string {
  return url.replaceAll(/:(\w+)/g, '<$1>')
}
