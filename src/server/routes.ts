import type {Endpoint} from '../lib/services/validate/api.js'
import {validateCheck} from '../lib/services/validate/endpoints/check.js'

/** An address that is answered, and by what. */
export interface Route {
  methods: readonly ('GET' | 'POST')[]
  /** With `:name` for variables. */
  url: string
  endpoint: Endpoint
}

export const routes: readonly Route[] = [{methods: ['GET', 'POST'], url: '/validate/check', endpoint: validateCheck}]

/** The address as the audit names it: variables in angle brackets. */
export function auditRoute(url: string): string {
  return url.replaceAll(/:(\w+)/g, '<$1>')
}
