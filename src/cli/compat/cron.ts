import {pythonJson} from '../../lib/crypto/python-json.js'
import {pythonRepr} from '../../lib/python/repr.js'
import type {TaskRun} from '../../lib/services/tasks/index.js'
import type {PeriodicTask} from '../../lib/types/periodic-task.js'

/** What `privacyidea-cron list` printed (spec/03-cli.md §C). */
export function cronListLines(tasks: readonly PeriodicTask[]): string[] {
  return [
    `Active  ID  ${column('Name', 16)}\t${column('Interval', 16)}\t${column('Task Module', 16)}\t${column('Nodes', 20)}\tOptions`,
    '='.repeat(120),
    ...tasks.map(({active, id, interval, module, name, nodes, options}) =>
      [
        `${(active ? 'True' : 'False').padEnd(5)} ${String(id).padStart(5)} ${column(cut(name), 16)}`,
        column(cut(interval), 16),
        column(module, 16),
        column(nodes.join(', '), 20),
        pythonJson(options, {sortKeys: true}),
      ].join('\t'),
    ),
  ]
}

/** What `run_scheduled` printed before it began. */
export function cronDueLines(tasks: readonly PeriodicTask[], node: string): string[] {
  if (tasks.length === 0) return [`There are no tasks scheduled on node ${node}.`]
  return [
    `The following tasks are scheduled to run on node ${node}:`,
    '',
    ...tasks.map(({interval, module, name}) => `  ${name} (${pythonRepr(interval)}, ${module})`),
    '',
  ]
}

/** Printed without line end before a task runs. */
export function cronStartText({name}: PeriodicTask): string {
  return `Running ${pythonRepr(name)} ...`
}

/** Printed after a task; the last sentence was printed whether the run was noted or not (spec/11 §B3). */
export function cronEndText({name, node, outcome, reason}: TaskRun): {stdout?: string; stderr?: string[]} {
  const what = `Task ${pythonRepr(name)} on node ${pythonRepr(node)}`
  if (outcome === 'succeeded') return {stdout: `${what} exited successfully. Noting this in the database ...`}
  return {
    stderr: [
      `Caught exception when running ${pythonRepr(name)}: ${reason}`,
      `${what} did not run successfully.`,
      'This unsuccessful run is not recorded in the database.',
    ],
  }
}

const column = (text: string, width: number) => text.padEnd(width)
const cut = (text: string) => [...text].slice(0, 16).join('')
