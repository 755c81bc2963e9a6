import type {Database} from '../lib/db/database.js'
import type {PeriodicTaskService} from '../lib/services/tasks/index.js'
import type {CoreServices} from './core.js'
import {once, type AppOptions, type OnClose} from './options.js'

/** Periodic tasks. */
export interface TaskServices {
  periodicTasks(): Promise<PeriodicTaskService>
}

export function taskServices(options: AppOptions, {database, settings}: CoreServices, onClose: OnClose): TaskServices {
  /** The statistics may have a database of their own (PI_MONITORING_SQL_URI). */
  const monitoring = async (): Promise<Database> => {
    const [main, found] = [await database(), await settings()]
    const uri = found.text('PI_MONITORING_SQL_URI')
    if (!uri || uri === found.text('SQLALCHEMY_DATABASE_URI')) return main
    const {openDatabase} = await import('../lib/db/connect.js')
    const opened = await openDatabase(uri, {create: true, settings: found})
    onClose(() => opened.close())
    return opened
  }
  const periodicTasks = once(async () => {
    const [{PeriodicTaskService}, db] = await Promise.all([import('../lib/services/tasks/index.js'), database()])
    const env = once(async () => {
      const {taskEnv} = await import('../lib/services/tasks/env.js')
      return taskEnv(db, await monitoring(), options.warn ?? (() => {}))
    })
    return new PeriodicTaskService({db, env})
  })
  return {periodicTasks}
}
