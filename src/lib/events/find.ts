import {existsOn, type EventAction, type EventHandlerKind, type EventServer} from './contract.js'
import {eventHandlers} from './registry.js'

/** The module of a handler, when the server has it. */
export function kindOf(handler: string, server: EventServer): EventHandlerKind | undefined {
  const kind = eventHandlers.get(handler)
  return kind && existsOn(kind, server) ? kind : undefined
}

/** The action that a text stands for, when the module has it on this server. */
export function actionOf(kind: EventHandlerKind, action: string, server: EventServer): EventAction | undefined {
  if (kind.actionIsFile) return kind.actions[0]
  const wanted = kind.exactAction ? action : action.toLowerCase()
  return kind.actions.find((known) => known.name === wanted && existsOn(known, server))
}
