import {isIP} from 'node:net'
import {parameterError} from '../authenticate/errors.js'
import {clientList, parseNetwork} from '../../policy/client-networks.js'

/** Where a request came through: the peer, then what proxies say, nearest first. */
export interface RequestPath {
  remoteAddress: string
  forwardedFor: string | undefined
  /** Parameter `client`, where an endpoint takes it. */
  clientParameter?: string | undefined
}

/**
 * The address that counts as the client's (spec/08 §2.4). `OverrideAuthorizationClient` lists chains of proxies that are
 * trusted to name it: the furthest address that an unbroken chain vouches for wins.
 * @throws RequestError 905 when a proxy that is asked names something else than an address
 */
export function clientAddress(
  setting: string | undefined,
  {remoteAddress, forwardedFor, clientParameter}: RequestPath,
): string {
  const peer = remoteAddress.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
  if (!setting?.trim()) return peer
  const chains = readChains(setting)
  if (!chains) return peer
  const path = [peer, ...proxies(forwardedFor, peer)]
  if (clientParameter) path.push(clientParameter.trim())
  const unreadable = path.find((address) => isIP(address) === 0)
  if (unreadable !== undefined) {
    throw parameterError(`The address '${unreadable}' of the client, or of a proxy before it, is none.`)
  }
  let best = 0
  for (const chain of chains) {
    const matches =
      chain.length <= path.length && chain.every((network, at) => clientList([network]).search(path[at]!).found)
    if (matches) best = Math.max(best, chain.length - 1)
  }
  return path[best] ?? peer
}

function proxies(header: string | undefined, peer: string): string[] {
  const listed = (header ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  return listed.length === 1 && listed[0] === peer ? [] : listed.reverse()
}

/** `A > B, C`: a single network means that everything behind it is believed. @returns undefined when unreadable */
function readChains(setting: string): string[][] | undefined {
  const chains = setting.split(',').map((chain) => chain.split('>').map((network) => network.trim()))
  if (chains.some((chain) => chain.some((network) => !parseNetwork(network)))) return undefined
  return chains.map((chain) => (chain.length === 1 ? [...chain, '0.0.0.0/0'] : chain))
}
