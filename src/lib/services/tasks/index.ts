import {periodicTask} from '../../config-objects/kinds/periodic-task.js'
import type {Database} from '../../db/database.js'
import {alreadyExists, notFound, PiError, reasonOf} from '../../errors.js'
import {DatabaseLock} from '../../jobs/lock.js'
import {PeriodicTaskRepository} from '../../store/periodic-tasks.js'
import type {TaskEnv} from '../../tasks/contract.js'
import {readInterval} from '../../tasks/interval.js'
import {findTaskKind, taskKinds} from '../../tasks/registry.js'
import type {PeriodicTask} from '../../types/periodic-task.js'
import {dueState, type DueState} from './due.js'

/** A task before it has a row, and what can be changed of one. */
export interface TaskDefinition {
  active: boolean
  interval: string
  nodes: readonly string[]
  module: string
  retryIfFailed: boolean
  ordering: number
  options: Readonly<Record<string, string>>
}

/** What became of one run. */
export interface TaskRun {
  name: string
  module: string
  node: string
  /** `busy`: another run of the same task on the same node is under way, or has just ended. */
  outcome: 'succeeded' | 'failed' | 'busy'
  /** Whether the run was noted, so that the task waits for its next time. */
  recorded: boolean
  /** Why it failed. */
  reason?: string
}

/** Told of each step, for output while tasks run. */
export interface TaskListener {
  onStart?(task: PeriodicTask): void
  onEnd?(task: PeriodicTask, run: TaskRun): void
}

interface TaskServiceOptions {
  db: Database
  /** What the modules need, opened when the first task runs. */
  env: () => Promise<TaskEnv>
  now?: () => Date
}

/** Periodic tasks: their definitions, which of them are due, and running them (spec/11 §B). */
export class PeriodicTaskService {
  readonly #db: Database
  readonly #env: () => Promise<TaskEnv>
  readonly #now: () => Date

  constructor({db, env, now = () => new Date()}: TaskServiceOptions) {
    this.#db = db
    this.#env = env
    this.#now = now
  }

  /** In the order in which they run. */
  list(): Promise<PeriodicTask[]> {
    return new PeriodicTaskRepository(this.#db).all()
  }

  /** @throws PiError NOT_FOUND */
  async get(name: string): Promise<PeriodicTask> {
    const task = await new PeriodicTaskRepository(this.#db).find(name)
    if (!task) throw notFound('periodic task', name, 'pi-manage cron list')
    return task
  }

  /** When each task is to run on a node, and whether its time has come. */
  async schedule(node: string): Promise<{task: PeriodicTask; state: DueState}[]> {
    const now = this.#now()
    return (await this.list()).map((task) => ({task, state: dueState(task, node, now)}))
  }

  /** Runs what is due on a node, one after another. A task that cannot be scheduled is left out. */
  async runScheduled(node: string, listener: TaskListener = {}): Promise<TaskRun[]> {
    const due = (await this.schedule(node)).filter(({state}) => state.kind === 'due')
    const runs: TaskRun[] = []
    for (const {task} of due) {
      runs.push(
        await this.#run(task, node, listener, async () => {
          const again = await new PeriodicTaskRepository(this.#db).find(task.name)
          return again !== undefined && dueState(again, node, this.#now()).kind === 'due'
        }),
      )
    }
    return runs
  }

  /** Runs one task now, whether it is active, due, meant for this node, or not. @throws PiError NOT_FOUND */
  async runManually(name: string, node: string, listener: TaskListener = {}): Promise<TaskRun> {
    return this.#run(await this.get(name), node, listener, async () => true)
  }

  /** @throws PiError ALREADY_EXISTS, INVALID_INPUT */
  async add(name: string, definition: TaskDefinition): Promise<void> {
    checkDefinition(name, definition)
    await this.#db.transaction(async (tx) => {
      if (await new PeriodicTaskRepository(tx).find(name)) {
        throw alreadyExists('periodic task', name, 'Change it with pi-manage cron edit')
      }
      await this.#save(tx, name, definition)
    })
  }

  /**
   * Changes what is given and keeps the rest; options are replaced as a whole when given.
   * @throws PiError NOT_FOUND, ALREADY_EXISTS (the new name), INVALID_INPUT
   */
  async edit(name: string, changes: Partial<TaskDefinition> & {name?: string | undefined}): Promise<PeriodicTask> {
    return this.#db.transaction(async (tx) => {
      const tasks = new PeriodicTaskRepository(tx)
      const stored = await tasks.find(name)
      if (!stored) throw notFound('periodic task', name, 'pi-manage cron list')
      const newName = changes.name ?? name
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const definition: TaskDefinition = {...stored, ...given}
      checkDefinition(newName, definition)
      if (newName !== name) {
        if (await tasks.find(newName)) throw alreadyExists('periodic task', newName)
        await tasks.rename(stored.id, newName)
      }
      await this.#save(tx, newName, definition)
      return (await tasks.find(newName))!
    })
  }

  /** @returns whether anything changed @throws PiError NOT_FOUND */
  async setActive(name: string, active: boolean): Promise<boolean> {
    const task = await this.get(name)
    await new PeriodicTaskRepository(this.#db).setActive(task.id, active, this.#now())
    return task.active !== active
  }

  /** @throws PiError NOT_FOUND */
  async delete(name: string): Promise<void> {
    await this.get(name)
    await this.#db.transaction((tx) => periodicTask.delete(tx, name))
  }

  /** Under a lock, so that two invocations for one node do not run a task twice. */
  async #run(
    task: PeriodicTask,
    node: string,
    listener: TaskListener,
    stillWanted: () => Promise<boolean>,
  ): Promise<TaskRun> {
    const common = {name: task.name, module: task.module, node}
    let lock: DatabaseLock
    try {
      lock = await DatabaseLock.acquire(this.#db, {
        name: `task.${task.id}.${node.slice(0, 100)}`,
        work: `task ${task.name}`,
      })
    } catch (error) {
      if (!(error instanceof PiError) || error.code !== 'LOCKED') throw error
      return {...common, outcome: 'busy', recorded: false, reason: error.message}
    }
    try {
      if (!(await stillWanted())) return {...common, outcome: 'busy', recorded: false, reason: 'It has just run.'}
      listener.onStart?.(task)
      const reason = await this.#failureOf(task)
      const recorded = reason === undefined || !task.retryIfFailed
      if (recorded) await new PeriodicTaskRepository(this.#db).recordRun(task.id, node, this.#now())
      const run: TaskRun = {
        ...common,
        outcome: reason === undefined ? 'succeeded' : 'failed',
        recorded,
        ...(reason !== undefined && {reason}),
      }
      listener.onEnd?.(task, run)
      return run
    } finally {
      await lock.release()
    }
  }

  /** Why it failed; undefined when it did not. */
  async #failureOf({module, options}: PeriodicTask): Promise<string | undefined> {
    const kind = findTaskKind(module)
    if (!kind) return `There is no task module '${module}'.`
    try {
      return (await kind.run(options, await this.#env())) ? undefined : 'It did not succeed.'
    } catch (error) {
      return reasonOf(error)
    }
  }

  async #save(tx: Database, name: string, definition: TaskDefinition): Promise<void> {
    const {active, interval, module, options, ordering, retryIfFailed} = definition
    const seal = () => Promise.reject(new PiError('INTERNAL', 'A periodic task has no secrets.'))
    const document = {
      active,
      interval,
      module,
      nodes: [...definition.nodes],
      options: {...options},
      ordering,
      retryIfFailed,
    }
    await periodicTask.save({db: tx, seal}, name, document, undefined)
  }
}

function checkDefinition(name: string, {interval, module, nodes, options, ordering}: TaskDefinition): void {
  const refuse = (message: string, hint?: string) => {
    throw new PiError('INVALID_INPUT', message, {hints: hint ? [hint] : []})
  }
  if (name === '' || [...name].length > 64) refuse('A task needs a name of at most 64 characters.')
  readInterval(interval)
  if (!Number.isSafeInteger(ordering) || ordering < 0) refuse(`Invalid ordering: ${ordering}, it must not be below 0.`)
  if (nodes.length === 0 || nodes.some((node) => node === '' || node.includes(','))) {
    refuse('A task needs at least one node.', 'Name it with --node')
  }
  if (nodes.join(', ').length > 256) refuse('The names of all nodes together have more than 256 characters.')
  const kind = findTaskKind(module)
  if (!kind)
    refuse(`There is no task module '${module}'.`, `Modules: ${taskKinds.map((known) => known.module).join(', ')}`)
  for (const key of Object.keys(options)) {
    if (kind!.options.some((option) => option.key === key)) continue
    refuse(`${module} has no option '${key}'.`, `Options: ${kind!.options.map((option) => option.key).join(', ')}`)
  }
  for (const {key, required} of kind!.options)
    if (required && !options[key]) refuse(`${module} needs the option '${key}'.`)
}
