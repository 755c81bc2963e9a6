import type {Database} from '../../db/database.js'
import {PiError, notFound} from '../../errors.js'
import {guardMass} from '../../jobs/breaker.js'
import {DatabaseLock} from '../../jobs/lock.js'
import {parseTimedelta} from '../../python/timedelta.js'
import {ContainerRepository, type Container} from '../../store/containers.js'
import {TokenGroupingRepository} from '../../store/token-groupings.js'
import {TokenRepository} from '../../store/tokens.js'
import {columnTime} from '../authenticate/times.js'
import type {OwnerCheck} from './owners.js'
import {janitorLock} from './run.js'

/** Which containers are meant (spec/03-cli.md §B.2.4); all that are given must hold. `*` stands for any text. */
export interface ContainerFilters {
  serial?: string | undefined
  type?: string | undefined
  tokenSerial?: string | undefined
  realm?: string | undefined
  /** With regard to case, unlike the others. */
  template?: string | undefined
  description?: string | undefined
  resolver?: string | undefined
  assigned?: boolean | undefined
  /** `KEY=VALUE`, wildcards in both. */
  info?: string | undefined
  /** A span of time: seen, or changed, since then. */
  seenWithin?: string | undefined
  changedWithin?: string | undefined
  /** It has users, and each is proven to be gone. False: not so. */
  orphaned?: boolean | undefined
}

export type ContainerChange =
  | {name: 'delete'; withTokens: boolean}
  | {name: 'set-description'; description: string}
  | {name: 'set-info'; key: string; value: string}
  | {name: 'remove-info'; key: string}
  | {name: 'set-realms'; realms: string[]; add: boolean}

export interface ContainerEnv {
  db: Database
  /** Asked only where orphans are. */
  owners: () => Promise<OwnerCheck>
  now: () => Date
}

type Test = (container: Container) => boolean

/** Containers that meet all filters, page by page in the order of their ids. @throws PiError USAGE, CONFIG */
export async function* findContainers(env: ContainerEnv, filters: ContainerFilters): AsyncIterable<Container[]> {
  const tests = testsOf(filters, env.now())
  const owners = filters.orphaned === undefined ? undefined : await env.owners()
  for await (const page of new ContainerRepository(env.db).pages()) {
    const found: Container[] = []
    for (const container of page) {
      if (!tests.every((test) => test(container))) continue
      if (owners && (await isOrphaned(container, owners)) !== filters.orphaned) continue
      found.push(container)
    }
    if (found.length > 0) yield found
  }
}

/** Undefined while a user store does not tell: then it is neither an orphan nor none. */
async function isOrphaned({owners}: Container, check: OwnerCheck): Promise<boolean | undefined> {
  if (owners.length === 0) return false
  const states = await Promise.all(
    owners.map(({userId, resolver, realm}) => check.stateOf({userId, resolver, ...(realm !== undefined && {realm})})),
  )
  if (states.some((state) => state === 'found')) return false
  if (states.some((state) => state === 'unknown')) return undefined
  return true
}

function testsOf(filters: ContainerFilters, now: Date): Test[] {
  const tests: Test[] = []
  const matches = (pattern: string | undefined, values: (container: Container) => readonly string[], cased = false) => {
    if (pattern === undefined) return
    const test = wildcard(pattern, cased)
    tests.push((container) => values(container).some((value) => test(value)))
  }
  matches(filters.serial, ({serial}) => [serial])
  matches(filters.type, ({type}) => [type])
  matches(filters.tokenSerial, ({tokens}) => tokens)
  matches(filters.realm, ({realms}) => realms)
  matches(filters.template, ({template}) => (template === undefined ? [] : [template]), true)
  matches(filters.description, ({description}) => [description])
  matches(filters.resolver, ({owners}) => owners.map(({resolver}) => resolver))
  if (filters.assigned !== undefined) tests.push(({owners}) => owners.length > 0 === filters.assigned)
  if (filters.info !== undefined) {
    const at = filters.info.indexOf('=')
    if (at < 1) throw new PiError('USAGE', `--info is KEY=VALUE, not '${filters.info}'.`)
    const [key, value] = [wildcard(filters.info.slice(0, at).trim()), wildcard(filters.info.slice(at + 1).trim())]
    tests.push(({info}) => Object.entries(info).some(([name, text]) => key(name) && value(text)))
  }
  const since = (span: string | undefined, time: (container: Container) => string | undefined) => {
    if (span === undefined) return
    const limit = columnTime(now.getTime() - parseTimedelta(span) * 1000, 'utc')
    tests.push((container) => (time(container)?.replace('T', ' ') ?? '') > limit)
  }
  since(filters.seenWithin, ({lastSeen}) => lastSeen)
  since(filters.changedWithin, ({lastUpdated}) => lastUpdated)
  return tests
}

/** Equality in which `*` stands for any text, in linear time. */
function wildcard(pattern: string, cased = false): (text: string) => boolean {
  const fold = (text: string) => (cased ? text : text.toLowerCase())
  const [first = '', ...rest] = fold(pattern).split('*')
  const last = rest.pop()
  return (text) => {
    const folded = fold(text)
    if (last === undefined) return folded === first
    if (!folded.startsWith(first)) return false
    let at = first.length
    for (const part of rest) {
      const found = folded.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return folded.length - last.length >= at && folded.endsWith(last)
  }
}

export interface ContainerResult {
  changed: string[]
  /** Gone, or taken by somebody else, since they were found. */
  skipped: string[]
}

/**
 * Changes containers, one transaction each. The list is complete before the first one is changed.
 * @param options.allowMass how many may be touched; without it the breaker decides
 * @throws PiError BREAKER, LOCKED, NOT_FOUND (realm), CONFIG, UNAVAILABLE
 */
export async function changeContainers(
  env: ContainerEnv,
  containers: readonly {id: number; serial: string}[],
  change: ContainerChange,
  options: {allowMass?: number | undefined} = {},
): Promise<ContainerResult> {
  const {db} = env
  const [row] = await db.k('tokencontainer').count({n: '*'})
  guardMass(containers.length, Number(row?.['n'] ?? 0), 'containers to change', options.allowMass)
  const realmIds = change.name === 'set-realms' ? await idsOf(db, change.realms) : []
  const lock = await DatabaseLock.acquire(db, {name: janitorLock, work: `to change ${containers.length} containers`})
  const result: ContainerResult = {changed: [], skipped: []}
  try {
    for (const {id, serial} of containers) {
      lock.check()
      const done = await db.transaction((tx) => changeOne(tx, id, change, realmIds))
      result[done ? 'changed' : 'skipped'].push(serial)
    }
  } finally {
    await lock.release()
  }
  return result
}

async function changeOne(
  tx: Database,
  id: number,
  change: ContainerChange,
  realmIds: readonly number[],
): Promise<boolean> {
  const containers = new ContainerRepository(tx)
  if (!(await tx.k('tokencontainer').where({id}).first('id'))) return false
  switch (change.name) {
    case 'delete': {
      if (change.withTokens) await deleteTokens(tx, await containers.tokenIds(id))
      return containers.delete(id)
    }
    case 'set-description': {
      return containers.setDescription(id, change.description)
    }
    case 'set-info': {
      await containers.setInfo(id, change.key, change.value)
      return true
    }
    case 'remove-info': {
      return containers.removeInfo(id, change.key)
    }
    case 'set-realms': {
      await containers.setRealms(id, realmIds, {add: change.add})
      return true
    }
  }
}

async function deleteTokens(tx: Database, ids: readonly number[]): Promise<void> {
  const rows = (await tx
    .k('token')
    .whereIn('id', [...ids])
    .select('id', 'serial')) as {id: number; serial: string}[]
  await new TokenRepository(tx).delete(rows.map(({id, serial}) => ({id: Number(id), serial})))
}

async function idsOf(db: Database, names: readonly string[]): Promise<number[]> {
  const found = await new TokenGroupingRepository(db).realmIds(names)
  return names.map((name) => {
    const id = found.get(name.toLowerCase())
    if (id === undefined) throw notFound('realm', name, 'pi-manage realm list')
    return id
  })
}
