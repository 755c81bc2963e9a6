import type {Policy} from '../../../types/policy.js'
import {compileAnchored, isNegation} from '../../elements.js'
import {clientList} from '../../client-networks.js'
import type {PolicyRule} from '../contract.js'

/** The lists whose elements are names or patterns, by the word an operator knows. */
export function nameLists(policy: Policy): [string, readonly string[]][] {
  return [
    ['user', policy.users],
    ['realm', policy.realms],
    ['resolver', policy.resolvers],
    ['adminrealm', policy.adminRealms],
    ['adminuser', policy.adminUsers],
  ]
}

/** What is left of an element without its negation. */
const bare = (element: string): string => (isNegation(element) ? element.slice(1) : element)

/** True for an element that is compared as a name: no character with a meaning in a pattern, the dot aside. */
const isName = (element: string): boolean => /^[\w@.\- ]*$/u.test(element)

/** A `|` that is not inside a group. */
function hasLooseBranch(pattern: string): boolean {
  let depth = 0
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index]
    if (char === '\\') index += 1
    else if (char === '(' || char === '[') depth += 1
    else if (char === ')' || char === ']') depth -= 1
    else if (char === '|' && depth === 0) return true
  }
  return false
}

export const listRules: readonly PolicyRule[] = [
  {
    id: 'P013',
    severity: 'error',
    title: 'a list of negations only never matches',
    *check(policy) {
      const lists: [string, readonly string[]][] = [...nameLists(policy), ['client', policy.clients]]
      for (const [name, elements] of lists) {
        if (elements.length === 0 || !elements.every(isNegation)) continue
        const all = name === 'client' ? '0.0.0.0/0' : '*'
        yield {message: `${name} '${elements.join(', ')}' excludes, but names nobody: add ${all}.`}
      }
    },
  },
  {
    id: 'P014',
    severity: 'error',
    title: 'an element is no valid regular expression',
    *check(policy) {
      for (const [name, elements] of nameLists(policy)) {
        for (const element of elements) {
          if (element === '*' || isNegation(element) || compileAnchored(element)) continue
          yield {message: `${name} '${element}' is neither a name nor a regular expression.`}
        }
      }
    },
  },
  {
    id: 'P015',
    severity: 'warning',
    title: 'an alternative binds the anchors to one branch, or a dot is a pattern',
    *check(policy) {
      for (const [name, elements] of nameLists(policy)) {
        for (const element of elements) {
          if (element === '*' || isNegation(element)) continue
          if (hasLooseBranch(element)) {
            yield {
              message: `${name} '${element}' means "begins with the first or ends with the last": write (${element}).`,
            }
          } else if (element.includes('.') && isName(element)) {
            yield {
              message: `${name} '${element}' is a regular expression, its dot stands for any character.`,
              severity: 'info',
            }
          }
        }
      }
    },
  },
  {
    id: 'P016',
    severity: 'error',
    title: 'a realm in upper case never matches',
    *check(policy) {
      const lists: [string, readonly string[]][] = [
        ['realm', policy.realms],
        ['adminrealm', policy.adminRealms],
      ]
      for (const [name, elements] of lists) {
        for (const element of elements) {
          if (/\p{Lu}/u.test(bare(element).replace(/\\[A-Z]/g, '')) && !element.includes('(?i)')) {
            yield {message: `${name} '${element}': realms are in lower case, so this never matches.`}
          }
        }
      }
    },
  },
  {
    id: 'P017',
    severity: 'warning',
    title: 'a negated resolver is ignored',
    *check({resolvers}) {
      for (const element of resolvers.filter(isNegation))
        yield {message: `resolver '${element}': a negation has no effect here.`}
    },
  },
  {
    id: 'P018',
    severity: 'error',
    title: 'check_all_resolvers without a resolver never matches',
    *check({checkAllResolvers, resolvers}) {
      if (checkAllResolvers && resolvers.length === 0) {
        yield {message: 'All resolvers are to be checked, but none is named, so the policy never matches.'}
      }
    },
  },
  {
    id: 'P019',
    severity: 'error',
    title: 'a node is compared literally',
    *check({nodes}, {nodes: known}) {
      for (const node of nodes) {
        if (node === '*' || isNegation(node) || !isName(node)) {
          yield {message: `node '${node}': nodes are compared literally, without * and patterns.`}
        } else if (known && !known.has(node)) yield {message: `There is no node '${node}'.`, severity: 'warning'}
      }
    },
  },
  {
    id: 'P020',
    severity: 'warning',
    title: 'a realm or resolver does not exist',
    *check(policy, {adminRealms, realms, resolvers}) {
      const lists: [string, readonly string[], ReadonlySet<string> | undefined][] = [
        ['realm', policy.realms, realms],
        ['resolver', policy.resolvers, resolvers],
        ['adminrealm', policy.adminRealms, adminRealms],
      ]
      for (const [name, elements, known] of lists) {
        if (!known) continue
        for (const element of elements.map(bare)) {
          if (
            element !== '' &&
            isName(element) &&
            !known.has(element) &&
            ![...known].some((one) => compileAnchored(element)?.(one))
          ) {
            yield {message: `There is no ${name} '${element}'.`}
          }
        }
      }
    },
  },
  {
    id: 'P021',
    severity: 'error',
    title: 'a client is no address or network',
    *check({clients}, {ipv6}) {
      if (clients.length === 0) return
      for (const element of clientList(clients).invalid) {
        yield {message: `client '${element}' is neither an address nor a network.`}
      }
      if (clients.every((element) => element === '')) {
        yield {message: 'The list of clients holds empty elements only, so it never matches.', severity: 'warning'}
      } else if (ipv6 && !clients.some((element) => element.includes(':'))) {
        yield {
          message: 'The list of clients names IPv4 networks only, and the server is reached over IPv6 too.',
          severity: 'warning',
        }
      }
    },
  },
  {
    id: 'P035',
    severity: 'warning',
    title: 'administrators are looked at in scope admin only',
    *check({adminRealms, adminUsers, scope}) {
      if (scope === 'admin' || adminRealms.length + adminUsers.length === 0) return
      yield {message: `adminrealm and adminuser have no effect in scope '${scope}'.`}
    },
  },
  {
    id: 'P038',
    severity: 'warning',
    title: 'a user with @ is compared with the login only',
    *check({users}) {
      for (const element of users.filter((user) => user.includes('@'))) {
        yield {message: `user '${element}' is compared with the login, never with login@realm.`}
      }
    },
  },
]
