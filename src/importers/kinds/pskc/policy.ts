import {RowError} from '../../shared/rows.js'
import {child, type XmlElement} from '../../shared/xml.js'

/** Parts of `Policy` that are understood, or that change nothing for a verifier. */
const known = new Set(['startdate', 'expirydate', 'pinpolicy', 'keyusage', 'numberoftransactions'])

/**
 * Tokeninfo that keeps what the `Policy` of a key and the dates of its device allow (RFC 6030 §5).
 * @throws RowError when the key may not be used for OTPs, or its policy is not understood: RFC 6030 §5 then forbids its use
 */
export function readPolicy(key: XmlElement, device: XmlElement | undefined): Record<string, string> {
  const policy = child(key, 'policy')
  for (const part of policy?.children ?? []) {
    if (!known.has(part.name)) throw new RowError('the key has a policy that is not understood')
  }
  const usages = (policy?.children ?? [])
    .filter(({name}) => name === 'keyusage')
    .map(({text}) => text.trim().toUpperCase())
  if (usages.length > 0 && !usages.some((usage) => usage === 'OTP' || usage === 'CR')) {
    throw new RowError('the policy of the key does not allow OTPs')
  }
  const info: Record<string, string> = {}
  const start = date(child(policy, 'startdate') ?? child(device, 'startdate'))
  if (start) info['validity_period_start'] = start
  const end = date(child(policy, 'expirydate') ?? child(device, 'expirydate'))
  if (end) info['validity_period_end'] = end
  const transactions = child(policy, 'numberoftransactions')?.text.trim()
  if (transactions) {
    if (!/^\d{1,9}$/.test(transactions)) throw new RowError('the number of transactions is no number')
    info['count_auth_success_max'] = String(Number(transactions))
  }
  return info
}

/** `xs:dateTime` as the originals keep validity: `2024-05-01T12:30+0000`. */
function date(element: XmlElement | undefined): string | undefined {
  const text = element?.text.trim()
  if (!text) return undefined
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  if (!parts || Number.isNaN(Date.parse(`${parts[1]}:00Z`))) throw new RowError('a date of the policy cannot be read')
  const zone = parts[2] === undefined || parts[2] === 'Z' ? '+0000' : parts[2].replace(':', '')
  return `${parts[1]}${zone}`
}
