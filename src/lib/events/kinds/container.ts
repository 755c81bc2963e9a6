import {warning, type EventAction, type EventHandlerKind, type EventOption} from '../contract.js'
import {anyText, choice, someText, truth} from '../values/simple.js'

const plain = (name: string, description: string): EventAction => ({description, name, options: []})
const states: readonly EventOption[] = ['active', 'disabled', 'lost', 'damaged'].map((name) => ({
  description: `any text selects the state ${name}`,
  name,
  value: anyText,
}))
const info: readonly EventOption[] = [
  {description: 'field', name: 'key', required: true, value: someText},
  {description: 'value', name: 'value', required: true, value: anyText},
]

/** Containers of tokens (spec/09 §8.10). */
export const container: EventHandlerKind = {
  name: 'Container',
  since: [3, 10],
  eduMfa: false,
  description: 'changes containers of tokens',
  positions: ['pre', 'post'],
  actions: [
    {
      description: 'makes a container',
      name: 'create',
      options: [
        {
          description: 'type',
          name: 'type',
          required: true,
          value: choice('generic', 'smartphone', 'yubikey'),
        },
        {description: 'text', name: 'description', value: anyText},
        {description: 'give it to the user', name: 'user', value: truth},
        {description: 'put the token into it', name: 'token', value: truth},
      ],
    },
    plain('delete', 'deletes it'),
    plain('unassign', 'takes it from all owners'),
    plain('assign', 'gives it to the user'),
    {...plain('unregister', 'ends its registration'), since: [3, 11]},
    plain('remove all tokens', 'takes all tokens out of it'),
    plain('disable all tokens', 'disables all tokens in it'),
    plain('enable all tokens', 'enables all tokens in it'),
    plain('delete container info', 'removes all its info'),
    {description: 'sets exactly these states', name: 'set states', options: states},
    {description: 'adds states', name: 'add states', options: states},
    {
      description: 'sets the description',
      name: 'set description',
      options: [{description: 'text', name: 'description', required: true, value: anyText}],
    },
    {description: 'replaces all info', name: 'set container info', options: info},
    {description: 'adds info', name: 'add container info', options: info},
  ],
  *check({action, options}) {
    if (!action.endsWith(' states')) return
    const chosen = Object.keys(options).filter((name) => options[name] !== '')
    if (chosen.length === 0) yield warning('No state is chosen: nothing happens.')
    if (chosen.includes('active') && chosen.includes('disabled'))
      yield warning('The states active and disabled exclude each other.')
  },
}
