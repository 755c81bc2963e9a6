import {Flags} from '@oclif/core'
import type {TokenFilters} from '../../lib/services/janitor/filters.js'

const text = (description: string, more: {helpValue?: string; aliases?: string[]} = {}) =>
  Flags.string({description, helpGroup: 'FILTER', ...more})

/** Filters that name single tokens or simple properties: for `token list`. `tokenFiltersOf` reads them. */
export const tokenSelection = {
  type: text('tokens of this type; * stands for any text', {helpValue: 'TYPE', aliases: ['tokentype']}),
  realm: text('tokens in this realm; * stands for any text', {helpValue: 'REALM'}),
  resolver: text('tokens of owners from this resolver; * stands for any text', {helpValue: 'NAME'}),
  active: text('true: enabled tokens, false: disabled ones', {helpValue: 'BOOL'}),
  assigned: text('true: tokens with an owner, false: those without', {helpValue: 'BOOL'}),
  description: text('pattern (Python) found in the description', {helpValue: 'REGEX'}),
}

/** Reads the flags of `tokenSelection`. */
export function tokenFiltersOf(flags: {
  type?: string | undefined
  realm?: string | undefined
  resolver?: string | undefined
  active?: string | undefined
  assigned?: string | undefined
  description?: string | undefined
}): TokenFilters {
  return {
    tokentype: flags.type,
    realm: flags.realm,
    resolver: flags.resolver,
    active: flags.active,
    assigned: flags.assigned,
    description: flags.description,
  }
}
