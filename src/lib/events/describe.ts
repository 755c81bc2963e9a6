import {eventConditions} from './conditions.js'
import {existsOn, type EventOption, type EventServer, type Existence} from './contract.js'
import {eventNames} from './event-names.js'
import {eventHandlers} from './registry.js'

interface DescribedOption {
  name: string
  description: string
  form: string
  choices?: readonly string[]
  required?: boolean
}

/** Everything that definitions may use on a server. */
export interface EventVocabulary {
  handlers: {
    name: string
    description: string
    positions: readonly string[]
    actions: {name: string; description: string; options: DescribedOption[]}[]
  }[]
  conditions: (DescribedOption & {about: string})[]
  events: string[]
}

/** What a server knows: modules with actions and options, conditions, events; all releases together without one. */
export function eventVocabulary(server: EventServer | undefined): EventVocabulary {
  const there = (thing: Existence): boolean => server === undefined || existsOn(thing, server)
  return {
    conditions: [...eventConditions]
      .filter(([, condition]) => there(condition))
      .map(([name, {about, ...condition}]) => ({...described({name, ...condition}), about})),
    events: [...eventNames].filter(([, existence]) => there(existence)).map(([name]) => name),
    handlers: [...eventHandlers.values()].filter(there).map(({actions, description, name, positions}) => ({
      actions: actions.filter(there).map((action) => ({
        description: action.description,
        name: action.name,
        options: action.options.filter(there).map(described),
      })),
      description,
      name,
      positions,
    })),
  }
}

function described({description, name, required, value}: EventOption): DescribedOption {
  return {
    name,
    description,
    form: value.form,
    ...(value.choices && {choices: value.choices}),
    ...(required && {required}),
  }
}
