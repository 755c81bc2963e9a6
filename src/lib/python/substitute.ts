import {createContext, Script} from 'node:vm'
import {PiError, reasonOf} from '../errors.js'
import {emitRegex} from './regex-emit.js'
import {parsePythonRegex} from './regex-syntax.js'

/** How long one text may take. */
const timeLimitMs = 1000

/**
 * Replaces every match as Python's `re.sub` does; `\1` in the replacement is a group of the match.
 * @throws PiError CONFIG for a pattern that is none, REFUSED when it takes too long
 */
export function substituteAll(pattern: string, replacement: string, text: string): string {
  let regex: RegExp
  try {
    regex = new RegExp(emitRegex(parsePythonRegex(pattern), {target: 'js'}), 'gv')
  } catch (error) {
    throw new PiError('CONFIG', `'${pattern}' is not a regular expression: ${reasonOf(error)}.`, {cause: error})
  }
  const context = createContext({regex, text, template: template(replacement)})
  try {
    return String(new Script('text.replace(regex, template)').runInContext(context, {timeout: timeLimitMs}))
  } catch (error) {
    throw new PiError('REFUSED', `The pattern '${pattern}' takes too long on a text of ${text.length} characters.`, {
      hints: ['Write it without nested repetitions'],
      cause: error,
    })
  }
}

/** Python's replacement text in the words of JavaScript. */
function template(replacement: string): string {
  return replacement
    .replaceAll('$', '$$$$')
    .replaceAll(/\\g<(\w+)>/g, (_, name: string) => (/^\d+$/.test(name) ? `$${name}` : `$<${name}>`))
    .replaceAll(/\\(\d{1,2})/g, '$$$1')
    .replaceAll('\\n', '\n')
    .replaceAll('\\\\', '\\')
}
