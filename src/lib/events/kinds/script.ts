import {error, warning, type EventHandlerKind} from '../contract.js'
import {choiceOr, isTruthy, truth} from '../values/simple.js'

/** Programs in the script folder (spec/09 §8.3). */
export const script: EventHandlerKind = {
  name: 'Script',
  description: 'runs a program of the script folder',
  positions: ['pre', 'post'],
  actionIsFile: true,
  exactAction: true,
  actions: [
    {
      name: 'FILE',
      description: 'a file in the script folder',
      options: [
        {description: 'pass --serial', name: 'serial', value: truth},
        {description: 'pass --user', name: 'user', value: truth},
        {description: 'pass --realm', name: 'realm', value: truth},
        {description: 'pass --logged_in_user', name: 'logged_in_user', value: truth},
        {description: 'pass --logged_in_role', name: 'logged_in_role', value: truth},
        {description: 'write open changes before it starts', name: 'sync_to_database', value: truth},
        {
          description: 'wait for its end or not',
          name: 'background',
          value: choiceOr('background', 'background', 'wait'),
        },
        {description: 'fail the request when it fails; with wait only', name: 'raise_error', value: truth},
      ],
    },
  ],
  *check({action, options}) {
    if (action === '' || action === '.' || action === '..' || action.includes('/'))
      yield error(`'${action}' is no name of a file in the script folder.`)
    if (isTruthy(options['raise_error'] ?? '') && options['background'] !== 'wait')
      yield warning("The option 'raise_error' has no effect without 'background' = 'wait'.")
  },
}
