import path from 'node:path'
import {event} from '../../config-objects/kinds/event.js'
import type {Database, Row} from '../../db/database.js'
import {outcome, type DoctorCheck, type DoctorEnv, type Fault, type Outcome} from '../contract.js'
import {eventNames, handlerFacts} from '../shared/handler-facts.js'

type Handler = Awaited<ReturnType<typeof event.list>> extends Map<string, infer D> ? D : never

/** Active event handlers: whether what they need is there. */
export const eventChecks: readonly DoctorCheck[] = [
  {
    id: 'events-modules',
    title: 'the modules and actions of event handlers exist',
    severity: 'error',
    mend: 'pi-manage event show ID; disable it with pi-manage event disable ID',
    run: (env) =>
      eachHandler(env, ({action, handler, position}) => {
        const facts = Object.hasOwn(handlerFacts, handler) ? handlerFacts[handler] : undefined
        if (!facts) return [{message: `has the module '${handler}', which no server knows: requests fail.`}]
        const faults: Fault[] = []
        if (facts.actions && !actionOf(handler, action))
          faults.push({message: `has the action '${action}', which ${handler} does not know.`})
        if (!facts.positions.includes(position))
          faults.push({message: `is at position '${position}', where ${handler} cannot work.`, severity: 'warning'})
        return faults
      }),
  },
  {
    id: 'events-options',
    title: 'event handlers have the options that they need',
    severity: 'error',
    mend: 'pi-manage event show ID; set the option in the web interface or by pi-manage config apply',
    run: (env) =>
      eachHandler(env, ({action, handler, options}) => {
        const missing = (actionOf(handler, action)?.needs ?? []).filter((option) => !options[option])
        return missing.map((option) => ({message: `has no option '${option}', without which it does nothing.`}))
      }),
  },
  {
    id: 'events-references',
    title: 'servers, realms and scripts that event handlers name are there',
    severity: 'error',
    mend: 'pi-manage event show ID; create what it names, or correct the option',
    async run(env) {
      const scripts = (await env.settings()).path('PI_SCRIPT_HANDLER_DIRECTORY')
      return eachHandler(env, async ({action, conditions, handler, options}, db) => {
        const faults: Fault[] = []
        for (const [option, {column, table}] of Object.entries(actionOf(handler, action)?.refers ?? {})) {
          const name = options[option]
          const real = table === 'privacyideaserver' ? db.schema.remoteServerTable : table
          if (!name || !db.schema.hasTable(real)) continue
          if (!(await exists(db, real, column, name)))
            faults.push({message: `names '${name}' (${option}), which is not there.`})
        }
        for (const realm of (conditions['realm'] ?? '').split(',').filter((name) => name !== '')) {
          if (!(await exists(db, 'realm', 'name', realm.trim())))
            faults.push({message: `waits for the realm '${realm}', which is not there.`, severity: 'warning'})
        }
        if (handler === 'Script' && scripts !== undefined) {
          const facts = await env.fileFacts(path.join(scripts, path.basename(action)))
          if (!facts) faults.push({message: `runs '${action}', which is not in ${scripts}.`})
          else if ((facts.mode & 0o111) === 0) faults.push({message: `runs '${action}', which is not executable.`})
        }
        return faults
      })
    },
  },
  {
    id: 'events-names',
    title: 'event handlers wait for events that happen',
    severity: 'warning',
    mend: 'pi-manage event show ID',
    run: (env) =>
      eachHandler(env, ({events}) => {
        const unknown = events.filter((name) => !eventNames.has(name))
        return unknown.map((name) => ({message: `waits for '${name}', which no server knows.`}))
      }),
  },
]

function actionOf(handler: string, action: string) {
  const facts = Object.hasOwn(handlerFacts, handler) ? handlerFacts[handler] : undefined
  const name = facts?.exact ? action : action.toLowerCase()
  return facts?.actions && Object.hasOwn(facts.actions, name) ? facts.actions[name] : undefined
}

async function eachHandler(
  {database}: DoctorEnv,
  look: (handler: Handler, db: Database) => readonly Fault[] | Promise<readonly Fault[]>,
): Promise<Outcome> {
  const db = await database()
  const active = [...(await event.list(db))].filter(([, handler]) => handler.active)
  if (active.length === 0) return {skipped: 'There are no active event handlers.'}
  const faults: Fault[] = []
  for (const [name, handler] of active) {
    for (const fault of await look(handler, db))
      faults.push({...fault, message: `The event handler '${name}' ${fault.message}`})
  }
  return outcome(`${active.length} handlers`, faults)
}

async function exists(db: Database, table: string, column: string, name: string): Promise<boolean> {
  const row = (await db.k<Row>(table).where(column, name).first(column)) as Row | undefined
  return row !== undefined
}
