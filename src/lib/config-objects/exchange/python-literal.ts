import {evaluatePython} from '../../config/python/evaluate.js'
import {toSettingValue} from '../../config/python/setting-value.js'
import {PiError, reasonOf} from '../../errors.js'

/** Nothing of the machine is visible to a literal. */
const nowhere = {
  cwd: '/',
  env: {},
  file: '/',
  homeDirectory: '/',
  hostname: 'localhost',
  kindOf: () => undefined,
  readFile: () => undefined,
}

/** `datetime.datetime(2024, 2, 3, …)`, as a Python text of a value that is no literal shows it. */
const dateTime = /datetime\.datetime\(\s*(\d+(?:\s*,\s*\d+){2,6})\s*(?:,\s*tzinfo=[\w.]+\(\))?\s*\)/g

/**
 * Reads a Python literal: dict, list, tuple, texts with prefixes, numbers, True, False, None (spec/04 §7.1). Nothing is
 * executed; dates of the datetime module become texts.
 * @throws PiError INVALID_INPUT
 */
export function readPythonLiteral(text: string): unknown {
  const plain = text.replace(dateTime, (_, numbers: string) => {
    const [year = '', month = '', day = '', ...rest] = numbers.split(',').map((part) => part.trim())
    const two = (part = '0'): string => part.padStart(2, '0')
    return `'${year}-${two(month)}-${two(day)}T${two(rest[0])}:${two(rest[1])}:${two(rest[2])}+00:00'`
  })
  try {
    const {names} = evaluatePython(`LITERAL = (\n${plain}\n)\n`, nowhere)
    const bound = names.get('LITERAL')
    if (bound && 'value' in bound) {
      const found = toSettingValue(bound.value)
      if (found) return found.value
    }
    const failure = bound && 'failure' in bound ? `: ${bound.failure.reason}` : ''
    throw new PiError('INVALID_INPUT', `This is no Python literal${failure}.`)
  } catch (error) {
    if (error instanceof PiError) throw error
    throw new PiError('INVALID_INPUT', `This is no Python literal: ${reasonOf(error)}.`, {cause: error})
  }
}
