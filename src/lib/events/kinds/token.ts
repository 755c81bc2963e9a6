import {warning, type EventAction, type EventHandlerKind, type EventOption} from '../contract.js'
import {dateOrOffset} from '../values/comparisons.js'
import {anyText, changeBy, choice, isTruthy, someText, truth, whole} from '../values/simple.js'
import {timedText, yamlMapping} from '../values/templates.js'

const option = (name: string, description: string, value: EventOption['value'], more = {}): EventOption => ({
  description,
  name,
  value,
  ...more,
})
const required = {required: true}
const plain = (name: string, description: string): EventAction => ({description, name, options: []})

/** Changes of the token that a request is about (spec/09 §8.2). */
export const token: EventHandlerKind = {
  name: 'Token',
  description: 'changes or enrols a token',
  positions: ['pre', 'post'],
  actions: [
    {
      name: 'set tokenrealm',
      description: 'adds a realm, or replaces all',
      options: [
        option('realm', 'realm to add', someText, {...required, reference: 'realm'}),
        option('only_realm', 'takes all other realms away', truth),
      ],
    },
    plain('delete', 'deletes the token'),
    plain('unassign', 'takes it from its owner'),
    plain('disable', 'disables it'),
    plain('enable', 'enables it'),
    {
      name: 'set random pin',
      description: 'sets a PIN and puts it into the answer',
      options: [option('length', 'characters, 6 if empty', whole({max: 31, min: 1, optional: true}))],
    },
    {
      name: 'enroll',
      description: 'enrols a new token',
      options: [
        option('tokentype', 'type of the token', someText, required),
        option('user', 'give it to the owner of the token', truth),
        option('realm', 'realm of the token', anyText, {reference: 'realm'}),
        option('dynamic_phone', 'SMS: read the number at each use', truth),
        option('dynamic_email', 'email: read the address at each use', truth),
        option('smtp_identifier', 'email: SMTP server', anyText, {reference: 'smtp-server'}),
        option('sms_identifier', 'SMS: gateway', anyText, {reference: 'sms-gateway'}),
        option('additional_params', 'further parameters of the enrolment', yamlMapping),
        option('motppin', 'mOTP: PIN', anyText),
        option('container', 'add it to the container of the request', truth, {since: [3, 10], eduMfa: false}),
      ],
    },
    {
      name: 'set description',
      description: 'sets the description',
      options: [option('description', 'text', timedText(), required)],
    },
    {
      name: 'set validity',
      description: 'sets from and until when it is valid',
      options: [option('valid from', 'start', dateOrOffset), option('valid till', 'end', dateOrOffset)],
    },
    {
      name: 'set countwindow',
      description: 'sets the window of counters looked at',
      options: [option('count window', 'values, default 50', whole({min: 1}))],
    },
    {
      name: 'set tokeninfo',
      description: 'sets a field of the token info',
      options: [
        option('key', 'field', someText, required),
        option('value', 'text', timedText('username', 'realm'), required),
      ],
    },
    {
      name: 'delete tokeninfo',
      description: 'removes a field of the token info',
      options: [option('key', 'field', someText, required)],
    },
    {
      name: 'increase tokeninfo',
      since: [3, 10],
      eduMfa: false,
      description: 'adds to a number in the token info',
      options: [option('key', 'field', someText, required), option('increment', 'default 1', whole({optional: true}))],
    },
    {
      name: 'set failcounter',
      description: 'sets the fail counter',
      options: [option('fail counter', 'new value', whole(), required)],
    },
    {
      name: 'change failcounter',
      description: 'adds to the fail counter',
      options: [option('change fail counter', '+n or -n', changeBy, required)],
    },
    {
      name: 'set max failcount',
      description: 'sets how many failures lock it',
      options: [option('max failcount', 'failures', whole({min: 0}), required)],
    },
    {
      name: 'add tokengroup',
      description: 'adds it to a group',
      options: [option('tokengroup', 'group', someText, {...required, reference: 'token-group'})],
    },
    {
      name: 'remove tokengroup',
      description: 'takes it out of a group',
      options: [option('tokengroup', 'group', someText, {...required, reference: 'token-group'})],
    },
    {
      name: 'attach application',
      since: [3, 9],
      description: 'attaches it to a machine',
      options: [
        option('machine ID', 'machine; only "any machine" works', anyText),
        option('application', 'what it is for', choice('ssh', 'offline', 'luks'), required),
        option('service_id', 'ssh: not passed on by the originals', anyText),
        option('user', 'ssh: login', anyText),
        option('count', 'offline: values', whole({min: 1, optional: true})),
        option('rounds', 'offline: rounds of the hash', whole({min: 1, optional: true})),
        option('slot', 'luks: slot', whole({min: 0, optional: true})),
        option('partition', 'luks: partition', anyText),
      ],
    },
  ],
  *check({action, options, position}, {eduMfa, release}) {
    if (action === 'set random pin' && position === 'pre')
      yield warning('At position pre the originals set the PIN and end the request with an error 500.')
    if (action === 'set validity' && !options['valid from'] && !options['valid till'])
      yield warning('Neither start nor end is given: nothing changes.')
    const needsUser = eduMfa || release[0] < 3 || (release[0] === 3 && release[1] < 11)
    if (action === 'enroll' && needsUser && !isTruthy(options['user'] ?? '') && options['additional_params'])
      yield warning("The option 'additional_params' is read only with 'user' before 3.11.")
  },
}
