import type {EventHandlerKind, EventOption} from '../contract.js'
import {someText, truth} from '../values/simple.js'

const name: EventOption = {description: 'counter', name: 'counter_name', required: true, value: someText}

/** Event counters (spec/09 §8.4). */
export const counter: EventHandlerKind = {
  name: 'Counter',
  description: 'counts',
  positions: ['pre', 'post'],
  exactAction: true,
  actions: [
    {description: 'adds 1', name: 'increase_counter', options: [name]},
    {
      description: 'takes 1 away',
      name: 'decrease_counter',
      options: [name, {description: 'go below 0', name: 'allow_negative_values', value: truth}],
    },
    {description: 'sets it to 0', name: 'reset_counter', options: [name]},
  ],
}
