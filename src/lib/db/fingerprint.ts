import type {Catalogue} from './catalogue.js'
import type {Product} from './revision.js'

export interface Recognised {
  product: Product
  /** As `Schema.version`. */
  version: string
}

/** What the newest release added, newest first; the first hit wins (spec/01 §2.3). */
const marks: readonly (Recognised & {table: string; column?: string})[] = [
  {product: 'privacyidea', version: '3.14dev1', table: 'eventhandler', column: 'abort_on_error'},
  {product: 'privacyidea', version: '3.14dev0', table: 'smsgatewayoption', column: 'Encrypted'},
  {product: 'privacyidea', version: '3.13.1', table: 'smtpserver', column: 'smime'},
  {product: 'privacyidea', version: '3.12', table: 'policy', column: 'user_agents'},
  {product: 'privacyidea', version: '3.11', table: 'tokencredentialidhash'},
  {product: 'privacyidea', version: '3.10.2', table: 'tokencontainer'},
  {product: 'edumfa', version: '2.9.1', table: 'jwt_blacklist'},
  {product: 'edumfa', version: '2.2', table: 'radiusserver', column: 'enforce_ma'},
  {product: 'edumfa', version: '1.0', table: 'mfa_audit'},
  {product: 'privacyidea', version: '3.9', table: 'serviceid'},
  {product: 'privacyidea', version: '3.8', table: 'tokengroup'},
]

/**
 * The release that tables and columns speak of, when no revision is stamped. Releases that differ only in a type or an
 * index are told by that (eduMFA 2.5 and 2.9) or count as the later one (3.13 and 3.13.1, 3.10 and 3.10.2).
 */
export function fingerprint({tables}: Catalogue): Recognised | undefined {
  const mark = marks.find(({table, column}) => {
    const found = tables.get(table)
    return found && (column === undefined || found.columns.has(column))
  })
  if (!mark) return undefined
  if (mark.version === '3.8' && !tables.get('pidea_audit')?.columns.has('thread_id')) return undefined
  if (mark.product === 'edumfa' && mark.version === '2.2') {
    const audit = tables.get('mfa_audit')?.columns
    if ((audit?.get('info')?.length ?? 0) >= 128) return {product: 'edumfa', version: '2.9'}
    if (/bigint/i.test(audit?.get('id')?.type ?? '')) return {product: 'edumfa', version: '2.5'}
  }
  return {product: mark.product, version: mark.version}
}

/** The release of an audit table that has a database of its own: it is not migrated with the main one (spec/01 §4.8). */
export function fingerprintOfAudit({tables}: Catalogue): Recognised | undefined {
  const audit = tables.get('pidea_audit')?.columns
  if (!audit) return tables.has('mfa_audit') ? {product: 'edumfa', version: '2.9.1'} : undefined
  if ((audit.get('signature')?.length ?? 0) >= 1100) return {product: 'privacyidea', version: '3.13.1'}
  if ((audit.get('action')?.length ?? 0) >= 200) return {product: 'privacyidea', version: '3.12'}
  if (audit.has('container_serial')) return {product: 'privacyidea', version: '3.10.2'}
  if (audit.has('thread_id')) return {product: 'privacyidea', version: '3.8'}
  return undefined
}
