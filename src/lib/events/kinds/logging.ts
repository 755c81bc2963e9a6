import type {EventHandlerKind} from '../contract.js'
import {anyText, choiceOr} from '../values/simple.js'
import {message, messageTagsOf, template} from '../values/templates.js'

/** Lines in the log of the server (spec/09 §8.7). */
export const logging: EventHandlerKind = {
  name: 'Logging',
  description: 'writes a line to the log',
  positions: ['pre', 'post'],
  actions: [
    {
      description: 'writes a line',
      name: 'logging',
      options: [
        {description: 'logger', name: 'name', value: anyText},
        {
          description: 'text',
          name: 'message',
          value: {
            ...message,
            ...template((server) =>
              server.eduMfa
                ? new Set([...messageTagsOf(server), 'result_value', 'result_status'])
                : messageTagsOf(server),
            ),
          },
        },
        {description: 'level', name: 'level', value: choiceOr('INFO', 'ERROR', 'WARNING', 'INFO', 'DEBUG')},
      ],
    },
  ],
}
