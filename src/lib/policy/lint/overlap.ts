import type {Policy} from '../../types/policy.js'
import {parseNetwork} from '../client-networks.js'
import {compileAnchored, isNegation} from '../elements.js'
import {weekdays} from '../time.js'

/** Whether two policies can meet the same request: surely, perhaps (patterns, conditions), or never. */
export type Overlap = 'sure' | 'possible' | 'none'

const literal = (element: string): boolean => /^[\w@ -]*$/u.test(element) && !isNegation(element)

/**
 * Compares every criterion of two policies (spec/07 §10.3). Literal lists are compared as sets, patterns are tried on
 * the literals of the other side, two patterns are taken to overlap "possibly".
 */
export function overlapOf(first: Policy, second: Policy): Overlap {
  const parts: Overlap[] = [
    names(first.users, second.users),
    names(first.realms, second.realms),
    names(first.resolvers, second.resolvers),
    names(first.adminRealms, second.adminRealms),
    names(first.adminUsers, second.adminUsers),
    plain(first.nodes, second.nodes),
    plain(lower(first.userAgents), lower(second.userAgents)),
    clients(first.clients, second.clients),
    times(first.time, second.time),
  ]
  if (parts.includes('none')) return 'none'
  const conditional = [first, second].some(({conditions}) => conditions.some(({active}) => active))
  return conditional || parts.includes('possible') ? 'possible' : 'sure'
}

/** Whether every request that meets `inner` also meets `outer`, as far as can be told; patterns count only when equal. */
export function covers(outer: Policy, inner: Policy): boolean {
  if (outer.conditions.some(({active}) => active)) return false
  if (outer.time !== '' && outer.time !== inner.time) return false
  const lists: [readonly string[], readonly string[]][] = [
    [outer.users, inner.users],
    [outer.realms, inner.realms],
    [outer.resolvers, inner.resolvers],
    [outer.adminRealms, inner.adminRealms],
    [outer.adminUsers, inner.adminUsers],
    [outer.nodes, inner.nodes],
    [outer.clients, inner.clients],
    [lower(outer.userAgents), lower(inner.userAgents)],
  ]
  return lists.every(([wide, narrow]) => isWithin(wide, narrow))
}

function isWithin(wide: readonly string[], narrow: readonly string[]): boolean {
  if (wide.length === 0) return true
  if (narrow.length === 0) return wide.length === 1 && wide[0] === '*'
  if (wide.length === 1 && wide[0] === '*') return true
  return narrow.every((element) => isNegation(element) || wide.includes(element)) && !wide.some(isNegation)
}

const lower = (elements: readonly string[]): string[] => elements.map((element) => element.toLowerCase())

function plain(first: readonly string[], second: readonly string[]): Overlap {
  if (first.length === 0 || second.length === 0) return 'sure'
  return first.some((element) => second.includes(element)) ? 'sure' : 'none'
}

function names(first: readonly string[], second: readonly string[]): Overlap {
  if (first.length === 0 || second.length === 0) return 'sure'
  const excluded = new Set([...first, ...second].filter(isNegation).map((element) => element.slice(1)))
  const left = first.filter((element) => !isNegation(element))
  const right = second.filter((element) => !isNegation(element))
  let best: Overlap = 'none'
  for (const a of left) {
    for (const b of right) {
      const found = pair(a, b, excluded)
      if (found === 'sure') return 'sure'
      if (found === 'possible') best = 'possible'
    }
  }
  return best
}

function pair(a: string, b: string, excluded: ReadonlySet<string>): Overlap {
  const [aLiteral, bLiteral] = [literal(a), literal(b)]
  if (aLiteral && excluded.has(a)) return 'none'
  if (bLiteral && excluded.has(b)) return 'none'
  if (a === b || a === '*' || b === '*') return 'sure'
  if (aLiteral && bLiteral) return 'none'
  if (aLiteral) return compileAnchored(b)?.(a) ? 'sure' : 'none'
  if (bLiteral) return compileAnchored(a)?.(b) ? 'sure' : 'none'
  return 'possible'
}

function clients(first: readonly string[], second: readonly string[]): Overlap {
  const networks = (elements: readonly string[]): NonNullable<ReturnType<typeof parseNetwork>>[] =>
    elements
      .filter((element) => element !== '' && !isNegation(element))
      .map(parseNetwork)
      .filter((network) => network !== undefined)
  if (first.length === 0 || second.length === 0) return 'sure'
  const negated = [...first, ...second].some(isNegation)
  const meets = networks(first).some(([a, aBits]) =>
    networks(second).some(([b, bBits]) => a.kind() === b.kind() && a.match(b, Math.min(aBits, bBits))),
  )
  if (!meets) return 'none'
  return negated ? 'possible' : 'sure'
}

/** Compares two time definitions minute by minute over their range bounds. */
function times(first: string, second: string): Overlap {
  if (first.trim() === '' || second.trim() === '') return 'sure'
  const slots = (definition: string): Set<number> => {
    const found = new Set<number>()
    for (const [, from = '', to = from, h1 = '0', m1 = '0', h2 = '0', m2 = '0'] of definition
      .replace(/\s+/g, '')
      .toLowerCase()
      .matchAll(/([a-z]+)(?:-([a-z]+))?:(\d+)(?::(\d+))?-(\d+)(?::(\d+))?/g)) {
      const firstDay = weekdays.indexOf(from as (typeof weekdays)[number])
      const lastDay = weekdays.indexOf(to as (typeof weekdays)[number])
      if (firstDay < 0) continue
      for (let day = firstDay; day <= lastDay; day++) {
        for (let minute = Number(h1) * 60 + Number(m1); minute <= Number(h2) * 60 + Number(m2); minute++)
          found.add(day * 1440 + minute)
      }
    }
    return found
  }
  const other = slots(second)
  for (const slot of slots(first)) if (other.has(slot)) return 'sure'
  return 'none'
}
