import {PiError} from '../../errors.js'
import {nextRun} from '../../services/tasks/due.js'
import {PeriodicTaskRepository} from '../../store/periodic-tasks.js'
import {readInterval} from '../../tasks/interval.js'
import {findTaskKind} from '../../tasks/registry.js'
import type {PeriodicTask} from '../../types/periodic-task.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Fault, type Outcome} from '../contract.js'
import {quoted} from '../shared/texts.js'

/** Active periodic tasks. */
export const taskChecks: readonly DoctorCheck[] = [
  {
    id: 'tasks-modules',
    title: 'the modules of periodic tasks exist and have what they need',
    severity: 'error',
    mend: 'pi-manage cron edit NAME, or pi-manage cron disable NAME',
    run: (env) =>
      eachTask(env, ({module, options}) => {
        const kind = findTaskKind(module)
        if (!kind) return [{message: `has the module '${module}', which no server knows.`}]
        const missing = kind.options.filter(({key, required}) => required && !options[key])
        return missing.map(({key}) => ({message: `has no option '${key}', which ${module} needs.`}))
      }),
  },
  {
    id: 'tasks-intervals',
    title: 'the intervals of periodic tasks can be read',
    severity: 'error',
    mend: 'pi-manage cron edit NAME --interval …',
    run: (env) =>
      eachTask(env, ({interval, lastUpdate, name}) => {
        try {
          const next = readInterval(interval, name).nextAfter(lastUpdate)
          return next ? [] : [{message: `has the interval '${interval}', which never comes.`}]
        } catch (error) {
          if (error instanceof PiError) return [{message: `never runs: ${error.message}`}]
          throw error
        }
      }),
  },
  {
    id: 'tasks-lag',
    title: 'periodic tasks run when they should',
    severity: 'warning',
    mend: 'Run pi-manage cron run-scheduled --cron every five minutes on each node; pi-manage cron run-manually NAME shows why a task fails',
    run: (env) =>
      eachTask(env, (task) =>
        task.nodes.flatMap((node) => {
          const next = nextRun(task, node)
          if (!('at' in next)) return []
          const hours = (env.now.getTime() - next.at.getTime()) / 3_600_000
          return hours > lagHours ? [{message: `should have run on ${node} ${spanOf(hours)} ago.`}] : []
        }),
      ),
  },
  {
    id: 'tasks-nodes',
    title: 'periodic tasks are for nodes that are there',
    severity: 'warning',
    mend: 'pi-manage cron edit NAME --node NODE',
    async run(env) {
      const [settings, db] = [await env.settings(), await env.database()]
      const known = new Set([settings.text('PI_NODE') ?? 'localnode', ...settings.list('PI_NODES')])
      if (db.schema.hasTable('nodename')) {
        for (const row of await db.k('nodename').select('name')) known.add(String((row as {name: unknown}).name))
      }
      return eachTask(env, ({nodes}) => {
        const unknown = nodes.filter((node) => !known.has(node))
        if (nodes.length === 0) return [{message: 'is for no node, so it never runs.'}]
        return unknown.length > 0 ? [{message: `is for unknown nodes: ${quoted(unknown)}.`}] : []
      })
    },
  },
]

/** The originals recommend to look every five minutes; an hour is late in any case. */
const lagHours = 1

async function eachTask({database}: DoctorEnv, look: (task: PeriodicTask) => readonly Fault[]): Promise<Outcome> {
  const active = (await new PeriodicTaskRepository(await database()).all()).filter((task) => task.active)
  if (active.length === 0) return {skipped: 'There are no active periodic tasks.'}
  const faults = active.flatMap((task) =>
    look(task).map((fault): Fault => ({...fault, message: `The periodic task '${task.name}' ${fault.message}`})),
  )
  return outcome(`${active.length} tasks`, faults)
}

function spanOf(hours: number): string {
  return hours < 48 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`
}
