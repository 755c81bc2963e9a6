import {Flags} from '@oclif/core'
import type {AuditFilters} from '../../lib/services/audit-search/filters.js'
import {PiError} from '../../lib/errors.js'

const group = 'FILTER'
const text = (description: string, helpValue: string) => Flags.string({description, helpGroup: group, helpValue})

/** Which audit rows: * stands for any text, a leading ! for not. */
export const auditFilters = {
  user: text('login of the user', 'TEXT'),
  realm: text('realm of the user', 'TEXT'),
  resolver: text('resolver of the user', 'TEXT'),
  administrator: text('who did it', 'TEXT'),
  serial: text('serial of the token', 'TEXT'),
  'token-type': text('type of the token', 'TEXT'),
  action: text('what was done, e.g. "*/validate/check"', 'TEXT'),
  info: text('what is said of it', 'TEXT'),
  client: text('address of the client', 'TEXT'),
  where: Flags.string({
    description: 'another column; may be repeated',
    helpGroup: group,
    helpValue: 'COLUMN=TEXT',
    multiple: true,
    multipleNonGreedy: true,
  }),
  success: Flags.boolean({allowNo: true, description: 'only what succeeded, or did not', helpGroup: group}),
  since: text('not before: 2h, 30d, 2025-03-30, 2025-03-30T14:00 (local time of the server)', 'WHEN'),
  until: text('before', 'WHEN'),
}

type Values = {[name in keyof typeof auditFilters]?: boolean | string | readonly string[] | undefined}

/** Reads the flags of `auditFilters`. @throws PiError USAGE */
export function auditFiltersOf(flags: Values): AuditFilters {
  const columns: Record<string, string> = {}
  const names = [
    'user',
    'realm',
    'resolver',
    'administrator',
    'serial',
    'token-type',
    'action',
    'info',
    'client',
  ] as const
  for (const name of names) {
    const value = flags[name] as string | undefined
    if (value !== undefined && value !== '*') columns[name.replace('-', '_')] = value
  }
  for (const pair of (flags.where as readonly string[] | undefined) ?? []) {
    const [, column, value] = /^([A-Za-z_]+)=([^]*)$/.exec(pair) ?? []
    if (column === undefined || value === undefined) {
      throw new PiError('USAGE', `--where ${pair} is not of the form COLUMN=TEXT.`)
    }
    columns[column] = value
  }
  return {
    columns,
    success: flags.success as boolean | undefined,
    since: flags.since as string | undefined,
    until: flags.until as string | undefined,
  }
}

/** Whether any of the flags was given. */
export function hasAuditFilters(flags: Values): boolean {
  return Object.keys(auditFilters).some((name) => flags[name as keyof Values] !== undefined)
}
