import {PiError} from '../../errors.js'
import type {Database} from '../../db/database.js'
import {TokenRepository} from '../../store/tokens.js'
import type {JanitorAction} from './actions.js'
import type {Condition} from './condition.js'
import {selectTokens, type SelectionEnv} from './select.js'
import {fingerprint, readSnapshots} from './snapshot.js'

export const planFormat = 'pi-manage janitor plan'
export const planVersion = 1

/** A token of a plan, and the state in which it was found. */
export interface PlannedToken {
  id: number
  serial: string
  fingerprint: string
}

/** What is to be done to which tokens; holds no secrets. */
export interface Plan {
  format: typeof planFormat
  version: typeof planVersion
  /** ISO 8601, UTC. */
  created: string
  database: {product: string; version: string; tokens: number}
  action: JanitorAction
  /** The command line or rule that found them, for people. */
  found: string
  tokens: PlannedToken[]
}

/**
 * Freezes a selection: the list is complete before anything is changed, and each token carries the state in which it was
 * found.
 * @throws PiError UNAVAILABLE; what `selectTokens` throws
 */
export async function makePlan(
  env: SelectionEnv,
  condition: Condition,
  {action, found, onPage}: {action: JanitorAction; found: string; onPage?: (read: number) => void},
): Promise<Plan> {
  const tokens: PlannedToken[] = []
  const pages = selectTokens(env, condition, {...(onPage && {onPage: ({read}) => onPage(read)})})
  for await (const page of pages) {
    if (page.length === 0) continue
    const snapshots = await readSnapshots(
      env.db,
      page.map(({token}) => token.id),
    )
    for (const {token} of page) {
      tokens.push({id: token.id, serial: token.serial, fingerprint: fingerprint(snapshots.get(token.id))})
    }
  }
  return {
    format: planFormat,
    version: planVersion,
    created: env.now().toISOString(),
    database: await describeDatabase(env.db),
    action,
    found,
    tokens,
  }
}

async function describeDatabase(db: Database): Promise<Plan['database']> {
  const {product, version} = db.schema
  return {product, version, tokens: await new TokenRepository(db).count()}
}

/** A plan as the text of a file: one token a line, so that it can be read and compared. */
export function writePlan({tokens, ...head}: Plan): string {
  const lines = tokens.map((token) => `    ${JSON.stringify(token)}`)
  const text = JSON.stringify(head, null, 2).slice(0, -2)
  return `${text},\n  "tokens": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`
}

/** @throws PiError INVALID_INPUT for anything that is no plan of ours */
export function readPlan(text: string, name: string): Plan {
  let plan: Partial<Plan>
  try {
    plan = JSON.parse(text) as Partial<Plan>
  } catch (error) {
    throw notAPlan(name, 'it is not JSON', error)
  }
  if (plan === null || typeof plan !== 'object' || plan.format !== planFormat)
    throw notAPlan(name, 'it is something else')
  if (plan.version !== planVersion) throw notAPlan(name, `it is of version ${String(plan.version)}`)
  const sound =
    Array.isArray(plan.tokens) &&
    typeof plan.action?.name === 'string' &&
    plan.tokens.every(
      (token) =>
        Number.isSafeInteger(token?.id) && typeof token.serial === 'string' && typeof token.fingerprint === 'string',
    )
  if (!sound) throw notAPlan(name, 'it is damaged')
  return plan as Plan
}

function notAPlan(name: string, reason: string, cause?: unknown): PiError {
  return new PiError('INVALID_INPUT', `${name} is not a plan of the janitor: ${reason}.`, {
    hints: ['Make one with token-janitor find … --plan FILE'],
    cause,
  })
}
