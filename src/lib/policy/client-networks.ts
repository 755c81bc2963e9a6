import ipaddr from 'ipaddr.js'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** A client list of a policy, prepared for many look-ups. */
export interface ClientList {
  search(client: string): {found: boolean; excluded: boolean}
  /** Elements that are neither address nor network. */
  readonly invalid: readonly string[]
}

/**
 * Prepares a list of addresses and networks; `!` and `-` exclude. Host bits and netmasks are allowed, families never
 * contain each other, empty elements are dropped (spec/07 §4.7).
 */
export function clientList(elements: readonly string[]): ClientList {
  const entries: {negated: boolean; network: Network}[] = []
  const invalid: string[] = []
  for (const element of elements) {
    if (element === '') continue
    const negated = element.startsWith('!') || element.startsWith('-')
    const network = parseNetwork(negated ? element.slice(1) : element)
    if (network) entries.push({negated, network})
    else invalid.push(element)
  }
  return {
    invalid,
    search(client) {
      const address = parseAddress(client)
      if (!address) return {excluded: false, found: false}
      const hits = entries.filter(({network}) => contains(network, address))
      return {excluded: hits.some(({negated}) => negated), found: hits.some(({negated}) => !negated)}
    },
  }
}

/** Reads `10.0.0.0/8`, `10.1.2.3/255.0.0.0`, `fe80::/10` or one address; `undefined` when it is none of these. */
export function parseNetwork(text: string): Network | undefined {
  const [host = '', mask, ...rest] = text.trim().split('/')
  const address = parseAddress(host)
  if (!address || rest.length > 0) return undefined
  const bits = address.kind() === 'ipv4' ? 32 : 128
  if (mask === undefined) return [address, bits]
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= bits ? [address, Number(mask)] : undefined
  const netmask = parseAddress(mask)
  const length = netmask?.kind() === address.kind() ? netmask.prefixLengthFromSubnetMask() : null
  return length === null ? undefined : [address, length]
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined
}

function contains([base, bits]: Network, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return base.kind() === address.kind() && address.match(base, bits)
}
