import {eventConditions} from '../conditions.js'
import {existsOn, type Reference} from '../contract.js'
import {actionOf, kindOf} from '../find.js'
import type {EventRule, EventSurroundings, LintedEvent} from './contract.js'

const responseConditions = new Set(
  [...eventConditions].filter(([, {about}]) => about === 'response').map(([name]) => name),
)

/** Values of a definition that name something, with what they name. */
function* references(
  event: LintedEvent,
  {server}: EventSurroundings,
): Iterable<{place: string; reference: Reference; text: string}> {
  const kind = kindOf(event.handler, server)
  const action = kind && actionOf(kind, event.action, server)
  for (const {name, reference} of action?.options.filter((option) => existsOn(option, server)) ?? []) {
    const text = event.options[name]
    if (reference && text) yield {place: `Option '${name}'`, reference, text}
  }
  for (const [name, text] of Object.entries(event.conditions)) {
    const reference = eventConditions.get(name)?.reference
    if (reference && text) yield {place: `Condition '${name}'`, reference, text}
  }
}

/** Rules about what surrounds a handler: names that must exist, files, columns, and what is there at its time. */
export const installationRules: readonly EventRule[] = [
  {
    id: 'E011',
    severity: 'error',
    title: 'something that is named does not exist',
    *check(event, surroundings) {
      for (const {place, reference, text} of references(event, surroundings)) {
        const several = reference === 'realms' || reference === 'resolvers'
        const names = surroundings.known[several ? (reference.slice(0, -1) as Reference) : reference]
        if (!names) continue
        for (const name of several ? text.split(',') : [text]) {
          if (!names.has(name))
            yield {message: `${place}: there is no ${reference.replace(/s$/, '').replace('-', ' ')} '${name}'.`}
        }
      }
    },
  },
  {
    id: 'E012',
    severity: 'error',
    title: 'a file that is named cannot be used',
    *check({action, handler, options}, {canRead, scriptFault, server}) {
      const body = options['body'] ?? ''
      if (handler === 'UserNotification' && body.startsWith('file:') && canRead && !canRead(body.slice(5)))
        yield {message: `The file ${body.slice(5)} cannot be read; '${body}' itself would be sent.`}
      const fault = kindOf(handler, server)?.actionIsFile ? scriptFault?.(action) : undefined
      if (fault) yield {message: `The script '${action}' ${fault}.`}
    },
  },
  {
    id: 'E013',
    severity: 'warning',
    title: 'a condition looks at the answer before there is one',
    *check({conditions, position}) {
      if (position !== 'pre') return
      for (const name of Object.keys(conditions)) {
        if (responseConditions.has(name))
          yield {message: `The condition '${name}' is checked against an empty answer at position pre.`}
      }
    },
  },
  {
    id: 'E014',
    severity: 'error',
    title: 'the conditions exclude each other',
    *check({conditions, events, position}) {
      const value = truth(conditions['result_value'])
      const result = conditions['result_authentication']
      if (value !== undefined && result !== undefined && value !== (result === 'ACCEPT'))
        yield {message: `result_value ${conditions['result_value']} and result_authentication ${result} never meet.`}
      if (truth(conditions['result_status']) === false && position === 'post')
        yield {
          message: 'After a failed request no handler runs, so that result_status False never holds.',
          severity: 'warning',
        }
      const counting = events.length > 0 && events.every((name) => name === 'validate_triggerchallenge')
      if (value === true && counting)
        yield {
          message:
            'validate_triggerchallenge answers with a number; result_value True holds for exactly one challenge.',
          severity: 'warning',
        }
      if (conditions['logged_in_user'] === 'admin' && events.length > 0 && events.every((name) => noSession.has(name)))
        yield {message: 'These requests have no session, so that logged_in_user admin never holds.'}
    },
  },
  {
    id: 'E015',
    severity: 'info',
    title: 'a condition on a token is met where no single token is known',
    *check({conditions}) {
      const names = Object.keys(conditions).filter((name) => eventConditions.get(name)?.about === 'token')
      if (names.length > 0) yield {message: `Without exactly one token in question, ${names.join(', ')} count as met.`}
    },
  },
  {
    id: 'E016',
    severity: 'info',
    title: 'the action does not fit into the audit log',
    *check({action, events, handler, position}, {auditActionLength}) {
      if (auditActionLength === undefined) return
      for (const name of events) {
        const text = `${position.toUpperCase()}-EVENT ${name}>>${handler}:${action}`
        if (text.length > auditActionLength)
          yield {message: `'${text}' has ${text.length} characters, the audit log holds ${auditActionLength}.`}
      }
    },
  },
  {
    id: 'E017',
    severity: 'error',
    title: 'a text is longer than its column',
    *check(event) {
      const texts: [string, string, number][] = [
        ['name', event.name, 64],
        ['event', event.events.join(','), 255],
        ['handler', event.handler, 255],
        ['action', event.action, 1024],
        ...[...Object.entries(event.options), ...Object.entries(event.conditions)].flatMap(
          ([key, value]): [string, string, number][] => [
            [`name '${key.slice(0, 20)}'`, key, 255],
            [`value of '${key}'`, value, 2000],
          ],
        ),
      ]
      for (const [field, text, limit] of texts) {
        if ([...text].length > limit)
          yield {message: `The ${field} has ${[...text].length} characters, the column holds ${limit}.`}
      }
      if (event.events.some((name) => name.includes(',') || name !== name.trim()))
        yield {message: 'The name of an event holds a comma or a blank beside it.'}
    },
  },
]

const noSession = new Set(['validate_check', 'validate_poll_transaction', 'validate_offlinerefill', 'ttype'])

function truth(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : ['1', 'true', 'True', 'TRUE'].includes(text)
}
