import type {AuditRecord} from './record.js'

/**
 * A record in ArcSight's Common Event Format, version 0 (Micro Focus, «Implementing ArcSight CEF», revision 26).
 * @param product name and release of the server
 */
export function cefLine(record: AuditRecord, product: {name: string; version: string}): string {
  const action = record.action ?? ''
  const severity = record.success === false ? 5 : 2
  const header = ['CEF:0', product.name, product.name, product.version, action, action, String(severity)]
  const extension: [string, string | null | undefined][] = [
    ['rt', record.date === null ? null : String(Date.parse(record.date))],
    ['start', record.startdate === null ? null : String(Date.parse(record.startdate))],
    ['externalId', String(record.id)],
    ['outcome', record.success === null ? null : record.success ? 'success' : 'failure'],
    ['src', record.client],
    ['dvchost', record.server],
    ['duser', record.user],
    ['suser', record.administrator],
    ['msg', record.info],
    ['cs1Label', 'serial'],
    ['cs1', record.serial],
    ['cs2Label', 'realm'],
    ['cs2', record.realm],
    ['cs3Label', 'tokenType'],
    ['cs3', record.tokenType],
    ['cs4Label', 'policies'],
    ['cs4', record.policies.join(',')],
    ['cs5Label', 'signature'],
    ['cs5', record.signature],
  ]
  const pairs = extension
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${escaped(value!, /[\\=]/g)}`)
  // A label without its value says nothing.
  const kept = pairs.filter((pair) => {
    const label = /^(cs\d)Label=/.exec(pair)?.[1]
    return label === undefined || pairs.some((other) => other.startsWith(`${label}=`))
  })
  return `${header.map((field, at) => (at === 0 ? field : escaped(field, /[\\|]/g))).join('|')}|${kept.join(' ')}\n`
}

function escaped(text: string, special: RegExp): string {
  return text.replaceAll(special, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
