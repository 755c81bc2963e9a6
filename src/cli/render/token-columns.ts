import type {TokenDocument} from '../../lib/services/tokens/document.js'
import {pairs} from './row-stream.js'
import type {Column} from './table.js'

const ownerName = ({userId, resolver, realm, username}: TokenDocument['owners'][number]) =>
  `${username ?? userId}@${realm ?? ''}${username === undefined ? ` (${resolver})` : ''}`

/** What a list of tokens shows. */
export const tokenColumns: readonly Column<TokenDocument>[] = [
  {header: 'serial', get: (token) => token.serial},
  {header: 'type', get: (token) => token.tokentype},
  {header: 'state', get: (token) => stateOf(token)},
  {header: 'owner', get: (token) => token.owners.map((owner) => ownerName(owner))},
  {header: 'realms', get: (token) => token.realms},
  {header: 'failcount', get: ({failcount, maxfail}) => `${failcount}/${maxfail}`, align: 'right'},
  {header: 'count', get: (token) => token.count, align: 'right'},
  {header: 'description', get: (token) => token.description},
]

/** The column that `--show-secrets` adds. */
export const secretColumn: Column<TokenDocument> = {header: 'secret', get: (token) => token.secret}

/** One line for each property of one token. */
export function tokenProperties(token: TokenDocument): {property: string; value: unknown}[] {
  const {info, owners, secret, ...plain} = token
  return [
    ...Object.entries(plain).map(([property, value]) => ({property, value})),
    {property: 'owners', value: owners.map((owner) => ownerName(owner))},
    ...Object.entries(info).map(([key, value]) => ({property: `info.${key}`, value})),
    ...(secret === undefined ? [] : [{property: 'secret', value: secret}]),
  ]
}

function stateOf({active, locked, revoked, rolloutState}: TokenDocument): string {
  const states = [active ? 'enabled' : 'disabled']
  if (locked) states.push('locked')
  if (revoked) states.push('revoked')
  if (rolloutState !== '' && rolloutState !== 'enrolled') states.push(rolloutState)
  return states.join(',')
}

/** For reading a whole record in a list. */
export const infoColumn: Column<TokenDocument> = {header: 'info', get: (token) => pairs(token.info)}
