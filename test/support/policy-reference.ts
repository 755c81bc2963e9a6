/**
 * A slow and literal evaluator of policies, written from spec/07 alone and sharing no code with `src/lib/policy`. It works
 * on texts as they stand in the tables.
 */

/** A row of table `policy` with its conditions. */
export interface StoredPolicy {
  id: number
  name: string
  scope: string
  active: boolean
  action: string
  realm: string
  user: string
  resolver: string
  adminrealm: string
  adminuser: string
  pinode: string
  client: string
  userAgents: string
  time: string
  priority: number
  checkAllResolvers: boolean
  userCaseInsensitive: boolean
  conditions: readonly StoredCondition[]
}

export interface StoredCondition {
  section: string
  key: string
  comparator: string
  value: string
  active: boolean
  missingData?: 'raise_error' | 'condition_is_false' | 'condition_is_true'
}

type Datum = string | number | boolean | null | readonly string[]

/** What is asked; what is left out is not compared. */
export interface Asked {
  scope: string
  action?: string | undefined
  login?: string | undefined
  realm?: string | undefined
  tokenRealms?: readonly string[] | undefined
  resolver?: string | undefined
  adminUser?: string | undefined
  adminRealm?: string | undefined
  node?: string | undefined
  client?: string | undefined
  userAgent?: string | undefined
  userInfo?: Readonly<Record<string, Datum>> | undefined
  token?: Readonly<Record<string, Datum>> | undefined
  tokenInfo?: Readonly<Record<string, string>> | undefined
  headers?: Readonly<Record<string, string>> | undefined
  environment?: Readonly<Record<string, string>> | undefined
  now: Date
  /** Realm → its resolvers. */
  resolversOf: Readonly<Record<string, readonly string[]>>
}

class Refusal extends Error {}

/** A section without the object that it looks at. */
const noObject = Symbol('no object')

/** Names of the matching policies in order, or the error that ends the request. */
export function referenceMatch(rows: readonly StoredPolicy[], asked: Asked): string[] | {error: string} {
  try {
    return matching(rows, asked).map(({name}) => name)
  } catch (error) {
    if (error instanceof Refusal) return {error: error.message}
    throw error
  }
}

/** §6.4 */
export function referenceAllowed(rows: readonly StoredPolicy[], asked: Asked): boolean | {error: string} {
  if (!rows.some((row) => row.active && row.scope === asked.scope)) return true
  const matched = referenceMatch(rows, asked)
  return 'error' in matched ? matched : matched.length > 0
}

/** §6.2 */
export function referenceValues(
  rows: readonly StoredPolicy[],
  asked: Asked & {action: string},
  {unique, whiteSpace}: {unique: boolean; whiteSpace: boolean},
): Record<string, string[]> | {error: string} {
  try {
    let matched = matching(rows, asked)
    if (unique) matched = matched.filter(({priority}) => priority === matched[0]!.priority)
    const values: [string, string[]][] = []
    for (const row of matched) {
      const text = actionMap(row.action).find(([key]) => key === asked.action)?.[1]
      if (text === undefined || text === true) continue
      let found: string[]
      if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) found = [text.slice(1, -1)]
      else if (whiteSpace) found = [text]
      else found = text.split(/\s+/).filter((word) => word !== '')
      for (const value of found) {
        const known = values.find(([other]) => other === value)
        if (!known) values.push([value, [row.name]])
        else if (!known[1].includes(row.name)) known[1].push(row.name)
      }
    }
    if (unique && values.length > 1) {
      const names = matched.map(({name}) => `'${name}'`).join(', ')
      throw new Refusal(`There are policies with conflicting actions: [${names}]`)
    }
    return Object.fromEntries(values)
  } catch (error) {
    if (error instanceof Refusal) return {error: error.message}
    throw error
  }
}

function matching(rows: readonly StoredPolicy[], asked: Asked): StoredPolicy[] {
  let left = [...rows].sort((a, b) => a.id - b.id).filter(({active}) => active)
  left = left.filter(({scope}) => scope === asked.scope)
  if (asked.action !== undefined) {
    const {action} = asked
    left = left.filter((row) => {
      const keys = actionMap(row.action).map(([key]) => key)
      return keys.length > 0 && passes(keys, action)
    })
  }
  const fold = (row: StoredPolicy, text: string): string => (row.userCaseInsensitive ? text.toLowerCase() : text)
  if (asked.login !== undefined) {
    const {login} = asked
    left = left.filter((row) => passes(parts(fold(row, row.user)), fold(row, login)))
  }
  if (asked.tokenRealms !== undefined) {
    const realms = asked.tokenRealms
    left = left.filter((row) => {
      const list = parts(row.realm)
      return list.length === 0 || list.some((element) => element === '*' || realms.includes(element))
    })
  } else if (asked.realm !== undefined) {
    const {realm} = asked
    left = left.filter((row) => passes(parts(row.realm), realm))
  }
  if (asked.scope === 'admin') {
    if (asked.adminRealm !== undefined) left = left.filter((row) => passes(parts(row.adminrealm), asked.adminRealm!))
    if (asked.adminUser !== undefined) {
      left = left.filter((row) => passes(parts(fold(row, row.adminuser)), fold(row, asked.adminUser!)))
    }
  }
  if (asked.resolver !== undefined) left = left.filter((row) => passesResolver(row, asked))
  if (asked.node !== undefined) {
    left = left.filter((row) => parts(row.pinode).length === 0 || parts(row.pinode).includes(asked.node!))
  }
  if (asked.userAgent !== undefined) {
    const agent = asked.userAgent.toLowerCase()
    left = left.filter((row) => {
      const list = parts(row.userAgents).map((element) => element.toLowerCase())
      return list.length === 0 || (agent !== '' && list.includes(agent))
    })
  }
  if (asked.client !== undefined) {
    const {client} = asked
    const named = left.filter((row) => parts(row.client).length > 0 && passesClient(parts(row.client), client))
    left = [...named, ...left.filter((row) => parts(row.client).length === 0)]
  }
  left = left
    .map((row, place) => ({place, row}))
    .sort((a, b) => a.row.priority - b.row.priority || a.place - b.place)
    .map(({row}) => row)
  left = left.filter((row) => inTime(row.time, asked.now))
  return left.filter((row) => row.conditions.every((condition) => !condition.active || holds(row, condition, asked)))
}

/** §1.4 */
function parts(stored: string): string[] {
  return stored === '' ? [] : stored.split(',').map((part) => part.trim())
}

/** §3.1; a later duplicate overwrites, in the place of the first. */
function actionMap(stored: string): [string, string | true][] {
  if (stored.trim() === '') return []
  const map: [string, string | true][] = []
  for (const part of stored.split(',')) {
    const text = part.trim()
    const at = text.indexOf('=')
    const [key, value] = at < 0 ? ([text, true] as const) : ([text.slice(0, at), text.slice(at + 1)] as const)
    const old = map.find(([known]) => known === key)
    if (old) old[1] = value
    else map.push([key, value])
  }
  return map
}

/** §4.1 */
function search(list: readonly string[], value: string): {found: boolean; excluded: boolean} {
  let found = false
  let excluded = false
  for (const element of list) {
    if ((element.startsWith('!') || element.startsWith('-')) && element.slice(1) === value) excluded = true
    else if (element === value || element === '*') found = true
    else if (matchesWhole(element, value)) found = true
  }
  return {excluded, found}
}

function passes(list: readonly string[], value: string): boolean {
  if (list.length === 0) return true
  const {excluded, found} = search(list, value)
  return found && !excluded
}

/** `^` + expression + `$` without a group; undefined for an expression that is none. */
function matchesWhole(expression: string, value: string): boolean | undefined {
  const flagged = expression.startsWith('(?i)')
  const body = flagged ? expression.slice(4) : expression
  try {
    return new RegExp(String.raw`^${body}(?=\n?(?![\s\S]))`, flagged ? 'iu' : 'u').test(value)
  } catch {
    return undefined
  }
}

/** §4.5 */
function passesResolver(row: StoredPolicy, {login, realm, resolver, resolversOf}: Asked): boolean {
  const list = parts(row.resolver)
  if (!row.checkAllResolvers) return list.length === 0 || search(list, resolver!).found
  if (!realm || !login) return false
  return (resolversOf[realm] ?? []).some((candidate) => search(list, candidate).found)
}

/** §4.7 */
function passesClient(list: readonly string[], client: string): boolean {
  let found = false
  for (const element of list) {
    if (element === '') continue
    if (element.startsWith('!') || element.startsWith('-')) {
      if (networkHolds(element.slice(1), client)) return false
    } else if (networkHolds(element, client)) found = true
  }
  return found
}

function networkHolds(network: string, client: string): boolean {
  const [base = '', mask] = network.split('/')
  const [a, b] = [bits(base), bits(client)]
  if (a.length !== b.length) return false
  let length = a.length
  if (mask?.includes('.')) length = bits(mask).lastIndexOf('1') + 1
  else if (mask !== undefined) length = Number(mask)
  return a.slice(0, length) === b.slice(0, length)
}

/** An address as text of binary digits. */
function bits(address: string): string {
  if (!address.includes(':')) {
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
  }
  const [head = '', tail] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = tail === undefined ? [] : Array.from({length: 8 - before.length - after.length}, () => '0')
  return [...before, ...zeros, ...after].map((part) => Number.parseInt(part, 16).toString(2).padStart(16, '0')).join('')
}

/** §4.9 */
function inTime(definition: string, now: Date): boolean {
  const text = definition.replaceAll(/\s/g, '')
  if (text === '') return true
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const today = (now.getDay() + 6) % 7
  const minute = now.getHours() * 60 + now.getMinutes()
  for (const range of text.split(',')) {
    const found = /^([a-z]+)(-([a-z]+))?:(\d\d?(?::\d\d)?)-(\d\d?(?::\d\d)?)$/i.exec(range)
    if (!found) return false
    const from = clock(found[4]!)
    const to = clock(found[5]!)
    if (from === undefined || to === undefined) return false
    const first = days.indexOf(found[1]!.toLowerCase())
    const last = days.indexOf((found[3] ?? found[1]!).toLowerCase())
    if (first < 0 || last < 0) continue
    if (first <= today && today <= last && from <= minute && minute <= to) return true
  }
  return false
}

function clock(text: string): number | undefined {
  const [hour = '', minute = '0'] = text.split(':')
  return Number(hour) > 23 || Number(minute) > 59 ? undefined : Number(hour) * 60 + Number(minute)
}

/** §5; throws what §5.2 says. */
function holds({name}: StoredPolicy, condition: StoredCondition, asked: Asked): boolean {
  const {comparator, key, missingData = 'raise_error', section, value} = condition
  const sections: Record<
    string,
    {missing: string; unknown: string; invalid: string; left: () => Datum | undefined | typeof noObject}
  > = {
    userinfo: {
      invalid: `Invalid comparison in the userinfo conditions of policy '${name}'`,
      left: () => (asked.userInfo ? own(asked.userInfo, key) : noObject),
      missing: `Policy '${name}' has condition on userinfo, but an according object is not available`,
      unknown: `Unknown key in the userinfo conditions of policy '${name}'`,
    },
    tokeninfo: {
      invalid: `Invalid comparison in the tokeninfo conditions of policy '${name}'`,
      left: () => (asked.tokenInfo ? own(asked.tokenInfo, key) : noObject),
      missing: `Policy '${name}' has condition on tokeninfo, but an according object is not available`,
      unknown: `Unknown key in the tokeninfo conditions of policy '${name}'`,
    },
    token: {
      invalid: `Invalid comparison in the 'token' conditions of policy '${name}'`,
      left: () => (asked.token ? own(asked.token, key) : noObject),
      missing: `Policy '${name}' has conditions on tokens, but a token object is not available`,
      unknown: `Unknown key in the token conditions of policy '${name}'`,
    },
    'HTTP Request header': {
      invalid: `Invalid comparison in the HTTP header conditions of policy '${name}'`,
      left: () => (asked.headers ? own(asked.headers, key.toLowerCase()) || undefined : noObject),
      missing: `Policy '${name}' has conditions on headers '${key}', but HTTP header is not available`,
      unknown: `Unknown HTTP header key referenced in condition of policy '${name}': '${key}'`,
    },
    'HTTP Environment': {
      invalid: `Invalid comparison in the HTTP environment conditions of policy '${name}'`,
      left: () => (asked.environment ? own(asked.environment, key) || undefined : undefined),
      missing: '',
      unknown: `Unknown HTTP environment key referenced in condition of policy '${name}': '${key}'`,
    },
  }
  const known = sections[section]
  if (!known) throw new Refusal(`Policy '${name}' has condition with unknown section`)
  const left = known.left()
  if (left === undefined || left === noObject) {
    if (missingData === 'condition_is_true') return true
    if (missingData === 'condition_is_false') return false
    throw new Refusal(left === noObject ? known.missing : known.unknown)
  }
  const result = compare(left, comparator, value)
  if (result === undefined) throw new Refusal(known.invalid)
  return result
}

function own<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** §5.3; undefined: cannot be compared. */
function compare(left: Datum, comparator: string, right: string): boolean | undefined {
  const negated = comparator.startsWith('!')
  const plain = (): boolean | undefined => {
    switch (negated ? comparator.slice(1) : comparator) {
      case 'equals':
        return left === right
      case 'contains':
        return Array.isArray(left) ? left.includes(right) : undefined
      case 'matches':
        return typeof left === 'string' ? matchesWhole(right, left) : undefined
      case 'in':
        return right.split(',').some((cell) => cell.replace(/^ +/, '') === left)
      case '<':
      case '>': {
        if (negated) return undefined
        const [a, b] = [numberOf(left), numberOf(right)]
        if (a === undefined || b === undefined) return undefined
        return comparator === '<' ? a < b : a > b
      }
      default:
        return undefined
    }
  }
  const result = plain()
  return result === undefined ? undefined : negated ? !result : result
}

function numberOf(value: Datum): number | undefined {
  if (value === null || value === '') return 0
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : undefined
}
