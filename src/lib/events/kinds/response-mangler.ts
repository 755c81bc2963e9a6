import {warning, type EventHandlerKind, type EventOption} from '../contract.js'
import {anyText, choice, jsonPointer} from '../values/simple.js'

const pointer: EventOption = {
  description: 'member of the answer',
  name: 'JSON pointer',
  required: true,
  value: jsonPointer,
}

/** Changes of the answer (spec/09 §8.6). */
export const responseMangler: EventHandlerKind = {
  name: 'ResponseMangler',
  description: 'changes the answer',
  positions: ['post'],
  actions: [
    {description: 'removes a member', name: 'delete', options: [pointer]},
    {
      description: 'sets a member',
      name: 'set',
      options: [
        pointer,
        {description: 'type of the value', name: 'type', required: true, value: choice('string', 'integer', 'bool')},
        {description: 'value', name: 'value', required: true, value: anyText},
      ],
    },
  ],
  *check({action, options: {type, value = ''}}) {
    if (action === 'set' && type === 'integer' && !/^\s*[+-]?\d+\s*$/.test(value))
      yield warning(`'${value}' is no whole number and set as a text.`)
  },
}
