/** The `Policy` of a key (RFC 6030 §5) for the validity and the count of uses in tokeninfo; empty when there is none. */
export function pskcPolicy(info: Readonly<Record<string, string>> = {}): string {
  const start = dateTime(info['validity_period_start'])
  const end = dateTime(info['validity_period_end'])
  const uses = /^\d{1,9}$/.exec(info['count_auth_success_max'] ?? '')?.[0]
  const parts = [
    start && `<pskc:StartDate>${start}</pskc:StartDate>`,
    end && `<pskc:ExpiryDate>${end}</pskc:ExpiryDate>`,
    uses && Number(uses) > 0 && `<pskc:NumberOfTransactions>${uses}</pskc:NumberOfTransactions>`,
  ].filter(Boolean)
  return parts.length > 0 ? `<pskc:Policy>${parts.join('')}</pskc:Policy>` : ''
}

/** `2024-05-01T12:30+0000`, as the originals keep dates, as `xs:dateTime`. */
function dateTime(text = ''): string | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?([+-]\d\d):?(\d\d)$/.exec(text.trim())
  if (!parts || Number.isNaN(Date.parse(`${parts[1]}:00Z`))) return undefined
  return `${parts[1]}${parts[2] ?? ':00'}${parts[3]}:${parts[4]}`
}
