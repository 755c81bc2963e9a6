import {eventConditions} from '../conditions.js'
import {existsOn, type EventOption} from '../contract.js'
import {eventNames} from '../event-names.js'
import {actionOf, kindOf} from '../find.js'
import {eventHandlers} from '../registry.js'
import type {EventRule, EventSurroundings, LintedEvent} from './contract.js'

const optionsOf = (event: LintedEvent, {server}: EventSurroundings): readonly EventOption[] | undefined => {
  const kind = kindOf(event.handler, server)
  const action = kind && actionOf(kind, event.action, server)
  return action?.options.filter((option) => existsOn(option, server))
}

/** Rules about what the modules declare: names of modules, actions, options, conditions and their values. */
export const definitionRules: readonly EventRule[] = [
  {
    id: 'E001',
    severity: 'error',
    title: 'the handler module does not exist',
    *check({handler}, {server}) {
      if (kindOf(handler, server)) return
      const later = eventHandlers.has(handler) ? ' on this release' : ''
      yield {message: `There is no module '${handler}'${later}; the originals end the request with an error 500.`}
    },
  },
  {
    id: 'E002',
    severity: 'error',
    title: 'the module has no such action',
    *check({action, handler}, {server}) {
      const kind = kindOf(handler, server)
      if (!kind || actionOf(kind, action, server)) return
      const meant = kind.actions.find(({name}) => name.toLowerCase() === action.toLowerCase())
      if (meant && !existsOn(meant, server))
        yield {message: `'${action}' does not exist on this release of ${handler}.`}
      else if (meant) yield {message: `'${action}' does nothing; the action is called '${meant.name}'.`}
      else
        yield {
          message: `${handler} has no action '${action}'; it has ${kind.actions.map(({name}) => name).join(', ')}.`,
        }
    },
  },
  {
    id: 'E003',
    severity: 'error',
    title: 'an event never happens',
    *check({events}, {server}) {
      if (events.length === 0) yield {message: 'No event is named.'}
      for (const name of events) {
        const known = eventNames.get(name)
        if (!known) yield {message: `There is no event '${name}'.`}
        else if (!existsOn(known, server)) yield {message: `The event '${name}' does not exist on this release.`}
      }
    },
  },
  {
    id: 'E004',
    severity: 'warning',
    title: 'an option is not read by the action',
    *check(event, surroundings) {
      const options = optionsOf(event, surroundings)
      if (!options) return
      for (const name of Object.keys(event.options)) {
        if (options.some((option) => option.name === name)) continue
        const meant = options.find((option) => option.name.toLowerCase() === name.toLowerCase())
        yield {message: `'${event.action}' reads no option '${name}'${meant ? `; it is called '${meant.name}'` : ''}.`}
      }
    },
  },
  {
    id: 'E005',
    severity: 'error',
    title: 'a needed option is missing',
    *check(event, surroundings) {
      for (const {name, required} of optionsOf(event, surroundings) ?? []) {
        if (required && event.options[name] === undefined)
          yield {message: `'${event.action}' needs the option '${name}'.`}
      }
    },
  },
  {
    id: 'E006',
    severity: 'error',
    title: 'the value of an option cannot be used',
    *check(event, surroundings) {
      for (const {name, value} of optionsOf(event, surroundings) ?? []) {
        const text = event.options[name]
        const fault = text === undefined ? undefined : value.check?.(text, surroundings.server)
        if (fault) yield {message: `Option '${name}': ${fault.message}.`, severity: fault.severity}
      }
    },
  },
  {
    id: 'E007',
    severity: 'error',
    title: 'a condition is unknown and therefore ignored',
    *check({conditions}, {server}) {
      for (const name of Object.keys(conditions)) {
        const known = eventConditions.get(name)
        if (known && existsOn(known, server)) continue
        const where = known ? ' on this release' : ''
        yield {message: `The condition '${name}' does not exist${where} and is ignored: the handler runs without it.`}
      }
    },
  },
  {
    id: 'E008',
    severity: 'error',
    title: 'the value of a condition cannot be used',
    *check({conditions}, {server}) {
      for (const [name, text] of Object.entries(conditions)) {
        const known = eventConditions.get(name)
        const fault = known && existsOn(known, server) ? known.value.check?.(text, server) : undefined
        if (fault) yield {message: `Condition '${name}': ${fault.message}.`, severity: fault.severity}
      }
    },
  },
  {
    id: 'E009',
    severity: 'warning',
    title: 'the module is not meant for this position',
    *check({handler, position}, {server}) {
      const kind = kindOf(handler, server)
      if (kind && !kind.positions.includes(position))
        yield {message: `${handler} does nothing useful at position ${position}.`}
    },
  },
  {
    id: 'E010',
    severity: 'error',
    title: 'the fields of a definition do not fit together',
    *check(event, {server}) {
      const kind = kindOf(event.handler, server)
      if (kind?.check) yield* kind.check(event, server)
    },
  },
]
