import type {PeriodicTask} from '../lib/types/periodic-task.js'
import type {TaskListener, TaskRun} from '../lib/services/tasks/index.js'
import {cronEndText, cronStartText} from './compat/cron.js'

/** Where the texts about running tasks go. */
export interface TaskOutput {
  /** Standard output; nothing there under `--cron`. */
  write(text: string): void
  /** Standard error. */
  fail(text: string): void
  /** The texts of the originals. */
  shim: boolean
}

/** Tells about tasks while they run. */
export function taskListener({fail, shim, write}: TaskOutput): TaskListener {
  if (!shim) {
    return {
      onEnd: (_task: PeriodicTask, run: TaskRun) => {
        if (run.outcome === 'succeeded') write(`${run.name}: done.\n`)
        else
          fail(`${run.name}: failed: ${run.reason}${run.recorded ? '' : ' It is tried again at the next occasion.'}\n`)
      },
    }
  }
  return {
    onStart: (task) => write(cronStartText(task)),
    onEnd(_task, run) {
      const {stderr = [], stdout} = cronEndText(run)
      if (stdout !== undefined) write(`${stdout}\n`)
      for (const line of stderr) fail(`${line}\n`)
    },
  }
}
