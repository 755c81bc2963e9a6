import {isOlder} from '../../types/release.js'
import {error, warning, type EventHandlerKind, type EventServer, type ValueForm} from '../contract.js'
import {anyText, httpUrl, isTruthy} from '../values/simple.js'
import {messageTagsOf, templateFault} from '../values/templates.js'

const tags = new Set(['logged_in_user', 'realm', 'surname', 'token_owner', 'user_realm', 'token_serial'])

/** The words that a release sends for; any other sends nothing (spec/09 §8.9). */
function contentTypes(server: EventServer): readonly string[] {
  if (server.eduMfa || isOlder(server.release, [3, 10])) return ['json', 'urlendcode']
  if (isOlder(server.release, [3, 11])) return ['json', 'urlendcode']
  if (isOlder(server.release, [3, 13])) return ['json', 'urlencoded']
  return ['json', 'urlencoded', 'application/json', 'application/x-www-form-urlencoded']
}

const contentType: ValueForm = {
  check(text, server) {
    const known = contentTypes(server)
    return known.includes(text) ? undefined : error(`'${text}' is none of ${known.join(', ')}: nothing is sent`)
  },
  choices: ['json', 'urlencoded', 'urlendcode', 'application/json', 'application/x-www-form-urlencoded'],
  form: 'json or urlencoded (urlendcode before 3.11)',
}

/** Calls of other web servers (spec/09 §8.9). */
export const webHook: EventHandlerKind = {
  name: 'WebHook',
  description: 'calls a web server',
  positions: ['pre', 'post'],
  actions: [
    {
      description: 'sends a POST request',
      name: 'post_webhook',
      options: [
        {description: 'address', name: 'URL', required: true, value: httpUrl},
        {description: 'kind of the data', name: 'content_type', required: true, value: contentType},
        {description: 'replace tags in the data', name: 'replace', value: anyText},
        {description: 'what is sent', name: 'data', required: true, value: anyText},
      ],
    },
  ],
  *check({options: {data = '', replace = ''}}, server) {
    const later = !isOlder(server.release, [3, 14])
    if (!later && replace !== '' && !isTruthy(replace))
      yield warning(`The option 'replace' is '${replace}', which means yes before 3.14; leave it out for no.`)
    if (later ? !isTruthy(replace) : replace === '') return
    if (later && data.trimStart().startsWith('{')) return
    const fault = templateFault(data, later ? new Set([...messageTagsOf(server), ...tags]) : tags)
    if (fault) yield warning(`The data ${fault.message}; it is sent as it stands.`)
  },
}
