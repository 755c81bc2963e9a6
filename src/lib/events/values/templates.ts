import {parseDocument} from 'yaml'
import {isOlder} from '../../types/release.js'
import {error, warning, type EventServer, type ValueFault, type ValueForm} from '../contract.js'

/** Tags of mails, messages, files and log lines (spec/09 §7). */
const messageTags = [
  ...['admin', 'realm', 'action', 'serial', 'url', 'user', 'surname', 'givenname', 'username', 'userrealm'],
  ...['tokentype', 'registrationcode', 'recipient_givenname', 'recipient_surname', 'googleurl_value', 'googleurl_img'],
  ...['time', 'date', 'client_ip', 'pin', 'ua_browser', 'ua_string'],
]
const laterMessageTags = [
  ...['pushurl_value', 'pushurl_img', 'container_url_value', 'container_url_img', 'container_serial', 'challenge'],
]

/** The tags that texts of messages may hold. */
export function messageTagsOf(server: EventServer): Set<string> {
  const tags = new Set(messageTags)
  if (server.eduMfa) tags.add('description')
  else if (!isOlder(server.release, [3, 10])) tags.add('tokendescription')
  if (!server.eduMfa && !isOlder(server.release, [3, 11])) for (const tag of laterMessageTags) tags.add(tag)
  return tags
}

/** What is wrong with a text that is filled as Python's `str.format` does. */
export function templateFault(text: string, tags: ReadonlySet<string>): ValueFault | undefined {
  const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g
  for (const [found, tag] of text.matchAll(pattern)) {
    if (found === '{{' || found === '}}') continue
    if (tag === undefined) return error(`has a '${found}' that stands alone; write '${found}${found}' for one brace`)
    const [, name = '', rest = ''] = /^([^!:.[]*)(.*)$/s.exec(tag) ?? []
    if (!tags.has(name)) return error(`has the unknown tag '{${tag}}'; write '{{' for a brace`)
    if (rest !== '' && !/^:.?[<>^]?\d*s?$/.test(rest))
      return warning(`has '{${tag}}', which needs the original to be read`)
  }
  return undefined
}

/** A text with tags. */
export function template(tags: (server: EventServer) => ReadonlySet<string>): ValueForm {
  return {check: (text, server) => templateFault(text, tags(server)), form: 'text with tags such as {serial}'}
}

/** A text with the tags of messages. */
export const message = template(messageTagsOf)

/** The same, or `file:` and the path of such a text. */
export const messageOrFile: ValueForm = {
  check: (text, server) => (text.startsWith('file:') ? undefined : message.check!(text, server)),
  form: 'text with tags such as {serial}, or file:PATH',
}

/** The name of a file with the tags of messages, below the spool folder. */
export const spoolFile: ValueForm = {
  check(text, server) {
    if (text === '') return error('is empty')
    const fault = templateFault(text, new Set([...messageTagsOf(server), 'random']))
    if (fault) return fault
    const depth = text
      .replace(/^\/+/, '')
      .split('/')
      .reduce((level, part) => (level < 0 ? level : part === '..' ? level - 1 : part === '.' ? level : level + 1), 0)
    return depth < 0 ? error(`'${text}' leaves the spool folder and is never written`) : undefined
  },
  form: 'name of a file with tags, below the spool folder',
}

/** A text in which `{now}+5d` and the like stand for times (spec/09 §6.4). */
export function timedText(...tags: readonly string[]): ValueForm {
  return template(() => new Set(['now', 'current_time', 'client_ip', 'ua_browser', 'ua_string', ...tags]))
}

/** A mapping in YAML or JSON. */
export const yamlMapping: ValueForm = {
  check(text) {
    if (text.trim() === '') return undefined
    const parsed = parseDocument(text)
    if (parsed.errors.length > 0) return error(`is no YAML: ${parsed.errors[0]!.message.split('\n')[0]}`)
    const found = parsed.toJS() as unknown
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? undefined
      : warning('is no mapping and ignored')
  },
  form: 'mapping in YAML or JSON',
}
