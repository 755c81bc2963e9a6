import type {Database} from '../../db/database.js'
import {PiError} from '../../errors.js'
import {guardMass} from '../../jobs/breaker.js'
import {DatabaseLock} from '../../jobs/lock.js'
import type {SecurityModule} from '../../security-module.js'
import type {TokenService} from '../tokens/index.js'
import {actionWords, changeOf, type JanitorAction} from './actions.js'
import {applyChange, type ApplyResult} from './apply.js'
import type {Plan} from './plan.js'
import {UndoWriter} from './undo-file.js'

export const janitorLock = 'janitor'

export interface JanitorEnv {
  db: Database
  security: () => Promise<SecurityModule>
  tokens: () => Promise<TokenService>
  now: () => Date
}

export interface RunOptions {
  /** How many tokens may be touched; without it the breaker decides. */
  allowMass?: number | undefined
  /** Where the way back is written; without it there is none. */
  undoFile?: string | undefined
  /** Go on with that undo file, which an interrupted run of the same plan has begun. */
  resume?: boolean
  /** Asked when the number is known and the breaker has not spoken. May throw to stop. */
  confirm?: (question: string) => Promise<void>
  chunkSize?: number | undefined
  signal?: AbortSignal | undefined
  /** How long to wait for another run of the janitor. */
  waitSeconds?: number
  onProgress?: (tokens: number) => void
}

export interface RunResult extends ApplyResult {
  action: JanitorAction['name']
  /** Absent when nothing was changed, or no way back was asked for. */
  undoFile?: string
}

/**
 * Does what a plan says: refuses what is too much, keeps other janitors away, and writes the way back before each change.
 * @throws PiError BREAKER, LOCKED, USAGE, NOT_FOUND (realm), ALREADY_EXISTS (undo file), UNAVAILABLE
 */
export async function runPlan(env: JanitorEnv, plan: Plan, options: RunOptions = {}): Promise<RunResult> {
  const {verb} = actionWords[plan.action.name]
  await changeOf(plan.action, await env.tokens())
  guardMass(plan.tokens.length, plan.database.tokens, `tokens to ${verb}`, options.allowMass)
  if (plan.tokens.length === 0) return {...nothing(), action: plan.action.name}
  await options.confirm?.(`${capital(verb)} ${countOf(plan.tokens.length)}?`)

  const lock = await DatabaseLock.acquire(env.db, {
    name: janitorLock,
    work: `to ${verb} ${countOf(plan.tokens.length)}`,
    waitSeconds: options.waitSeconds ?? 0,
  })
  let undo: UndoWriter | undefined
  try {
    let earlier: Map<number, string> | undefined
    if (options.undoFile !== undefined && options.resume) {
      const resumed = await UndoWriter.resume(options.undoFile, await env.security())
      undo = resumed.writer
      earlier = new Map(resumed.records.map(({before, after}) => [before.id, after]))
    } else if (options.undoFile !== undefined) {
      undo = await openUndo(env, options.undoFile, plan.action.name)
    }
    const result = await carryOut(env, plan, {...options, undo, earlier, check: () => lock.check()})
    return {...result, action: plan.action.name, ...(undo && undo.count > 0 && {undoFile: undo.path})}
  } finally {
    undo?.close()
    await lock.release()
  }
}

/** A new undo file. @throws PiError ALREADY_EXISTS, INVALID_INPUT, UNAVAILABLE */
export async function openUndo(env: JanitorEnv, path: string, action: string): Promise<UndoWriter> {
  const {product, version} = env.db.schema
  return UndoWriter.create(
    path,
    {action, created: env.now().toISOString(), database: {product, version}},
    await env.security(),
  )
}

/** Does what a plan says, for a caller who holds the lock and has asked. */
export async function carryOut(
  env: JanitorEnv,
  plan: Plan,
  {
    undo,
    earlier,
    signal,
    check,
    chunkSize,
    onProgress,
  }: Pick<RunOptions, 'chunkSize' | 'onProgress' | 'signal'> & {
    undo?: UndoWriter | undefined
    earlier?: ReadonlyMap<number, string> | undefined
    check: () => void
  },
): Promise<ApplyResult> {
  if (plan.tokens.length === 0) return nothing()
  return applyChange(env.db, plan.tokens, await changeOf(plan.action, await env.tokens()), {
    undo,
    earlier,
    signal,
    beforeChunk: async () => check(),
    ...(chunkSize !== undefined && {chunkSize}),
    ...(onProgress && {onProgress}),
  })
}

/**
 * Whether a plan that was frozen earlier still belongs to this database.
 * @throws PiError BREAKER
 */
export function guardPlan(db: Database, plan: Plan, name: string): void {
  const {product, version} = plan.database
  if (db.schema.product === product && db.schema.version === version) return
  throw new PiError(
    'BREAKER',
    `${name} was made on ${product} ${version}, this is ${db.schema.product} ${db.schema.version}.`,
    {
      hints: ['Make the plan again'],
    },
  )
}

export function countOf(tokens: number): string {
  return tokens === 1 ? '1 token' : `${tokens} tokens`
}

function nothing(): ApplyResult {
  return {changed: [], unchanged: [], skipped: [], failed: [], interrupted: false}
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
