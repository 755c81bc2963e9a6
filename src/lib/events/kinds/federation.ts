import {warning, type EventHandlerKind} from '../contract.js'
import {anyText, someText, truth} from '../values/simple.js'

/** Requests that are handed on to another server (spec/09 §9). */
export const federation: EventHandlerKind = {
  name: 'Federation',
  description: 'hands the request on to another server',
  positions: ['post'],
  exactAction: true,
  actions: [
    {
      name: 'forward',
      description: 'answers with what the other server says',
      options: [
        {
          description: 'server',
          eduMfa: false,
          name: 'privacyIDEA',
          reference: 'remote-server',
          required: true,
          value: someText,
        },
        {
          description: 'server',
          eduMfa: 'only',
          name: 'eduMFA',
          reference: 'remote-server',
          required: true,
          value: someText,
        },
        {description: 'realm to ask there', name: 'realm', value: anyText},
        {description: 'resolver to ask there', name: 'resolver', value: anyText},
        {description: 'pass the address of the client on', name: 'forward_client_ip', value: truth},
        {description: 'pass the session token on', name: 'forward_authorization_token', value: truth},
      ],
    },
  ],
  *check({conditions}) {
    if (conditions['result_value'] === undefined || conditions['result_authentication'] !== undefined) return
    if (!['1', 'true', 'True', 'TRUE'].includes(conditions['result_value']))
      yield warning('A triggered challenge has the value False as well and is forwarded.')
  },
}
